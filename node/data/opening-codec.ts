// Openings on the wire: the leaf as its 31 bytes, the rows as nodes of 32 bytes one after another. The index is the question.

import { bytesToInteger, concatBytes, integerToBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { ARITY, NODE_BYTES } from "./commitment.ts";
import { depthOfClass, ELEMENT_BYTES } from "./layout.ts";
import type { Opening } from "./opening.ts";

export interface OpeningBytes {
  /** 31 bytes. */
  readonly leaf: Uint8Array;
  /** depth x 8 x 32 bytes. */
  readonly rows: Uint8Array;
}

export function encodeOpening(opening: Opening): OpeningBytes {
  return {
    leaf: integerToBytes(opening.leaf, ELEMENT_BYTES),
    rows: concatBytes(...opening.rows.flat().map((node) => integerToBytes(node, NODE_BYTES))),
  };
}

/** Throws `BAD_OPENING` on a wrong length; `verifyOpening` judges the content. */
export function decodeOpening(m: number, index: number, { leaf, rows }: OpeningBytes): Opening {
  const depth = depthOfClass(m);
  if (leaf.length !== ELEMENT_BYTES || rows.length !== depth * ARITY * NODE_BYTES) {
    throw new HoldfastError("BAD_OPENING", `An opening of class ${m} has ${depth} rows of eight nodes.`, {
      details: { m, index, leafBytes: leaf.length, rowBytes: rows.length },
    });
  }
  const node = (i: number) => bytesToInteger(rows.subarray(i * NODE_BYTES, (i + 1) * NODE_BYTES));
  const rowAt = (level: number) => Array.from({ length: ARITY }, (_, i) => node(level * ARITY + i));
  return { leaf: bytesToInteger(leaf), index, depth, rows: Array.from({ length: depth }, (_, level) => rowAt(level)) };
}
