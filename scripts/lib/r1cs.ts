/** Reads circom's .r1cs files. Source: github.com/iden3/r1csfile, doc/r1cs_bin_format.md. */
import { HoldfastError } from "../../node/common/errors.ts";
import { getScalar, R } from "./scalar-field.ts";

/** What key and tests need of a circuit; `terms` walks all constraints in order. */
export type R1cs = {
  readonly wires: number;
  /** Outputs and public inputs, without the constant 1. */
  readonly publicSignals: number;
  /** Of the public signals; they come first. */
  readonly outputs: number;
  /** Public and private. In a circuit compiled without optimisation they are the wires after the outputs. */
  readonly inputs: number;
  readonly constraints: number;
  /** Calls `visit` for every term: matrix 0, 1, 2 = A, B, C. */
  readonly terms: (visit: (matrix: number, constraint: number, wire: number, value: bigint) => void) => void;
};

const HEADER = 1;
const CONSTRAINTS = 2;

/** Throws HoldfastError R1CS_INVALID if the bytes are no r1cs file over BN254. */
export function readR1cs(bytes: Uint8Array): R1cs {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || Buffer.from(bytes.subarray(0, 4)).toString("latin1") !== "r1cs") throw invalid("its magic");
  const sections = new Map<number, number>();
  let offset = 12;
  for (let i = view.getUint32(8, true); i > 0; i--) {
    sections.set(view.getUint32(offset, true), offset + 12);
    offset += 12 + Number(view.getBigUint64(offset + 4, true));
  }
  if (offset !== bytes.length) throw invalid("its length");
  const header = sections.get(HEADER);
  const start = sections.get(CONSTRAINTS);
  if (header === undefined || start === undefined) throw invalid("its sections");
  if (view.getUint32(header, true) !== 32 || getScalar(view, header + 4) !== R) throw invalid("its field");
  const constraints = view.getUint32(header + 60, true);
  return {
    wires: view.getUint32(header + 36, true),
    publicSignals: view.getUint32(header + 40, true) + view.getUint32(header + 44, true),
    outputs: view.getUint32(header + 40, true),
    inputs: view.getUint32(header + 44, true) + view.getUint32(header + 48, true),
    constraints,
    terms: (visit) => {
      let at = start;
      for (let constraint = 0; constraint < constraints; constraint++) {
        for (let matrix = 0; matrix < 3; matrix++) {
          const count = view.getUint32(at, true);
          at += 4;
          for (let i = 0; i < count; i++, at += 36) {
            visit(matrix, constraint, view.getUint32(at, true), getScalar(view, at + 4));
          }
        }
      }
    },
  };
}

function invalid(what: string): HoldfastError {
  return new HoldfastError("R1CS_INVALID", `This is not an r1cs file over BN254 (${what} is wrong); compile it again.`);
}
