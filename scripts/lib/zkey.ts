/** Writes snarkjs's Groth16 proving keys. Source: snarkjs 0.7.6, src/zkey_utils.js (sections 1 to 10). */
import { putScalar, Q, R } from "./scalar-field.ts";

/** Points in the zkey's own encoding: affine, little-endian Montgomery. */
export type KeyPoints = {
  readonly alpha1: Uint8Array;
  readonly beta1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly gamma2: Uint8Array;
  readonly delta1: Uint8Array;
  readonly delta2: Uint8Array;
  readonly publicWires: Uint8Array;
  readonly a: Uint8Array;
  readonly b1: Uint8Array;
  readonly b2: Uint8Array;
  readonly privateWires: Uint8Array;
  readonly h: Uint8Array;
};

export type KeyShape = { readonly wires: number; readonly publicSignals: number; readonly domainLog: number };

const GROTH16 = 1;
/** Stands where a ceremony's key has the hash of its circuit, so that the file itself says what it is. */
export const DEVELOPMENT_MARK = "HOLDFAST DEVELOPMENT KEY: ITS MAKER CAN FORGE PROOFS".padEnd(64, ".");

export function zkeyBytes(shape: KeyShape, points: KeyPoints, coefficients: Uint8Array): Uint8Array {
  const sections: [id: number, ...parts: Uint8Array[]][] = [
    [1, uint32(GROTH16)],
    [
      2,
      uint32(32),
      scalar(Q),
      uint32(32),
      scalar(R),
      uint32(shape.wires),
      uint32(shape.publicSignals),
      uint32(2 ** shape.domainLog),
      points.alpha1,
      points.beta1,
      points.beta2,
      points.gamma2,
      points.delta1,
      points.delta2,
    ],
    [3, points.publicWires],
    [4, coefficients],
    [5, points.a],
    [6, points.b1],
    [7, points.b2],
    [8, points.privateWires],
    [9, points.h],
    [10, new TextEncoder().encode(DEVELOPMENT_MARK), uint32(0)],
  ];
  const chunks = [new TextEncoder().encode("zkey"), uint32(1), uint32(sections.length)];
  for (const [id, ...parts] of sections) {
    chunks.push(uint32(id), uint64(parts.reduce((sum, part) => sum + part.length, 0)), ...parts);
  }
  return Buffer.concat(chunks);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

function scalar(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  putScalar(new DataView(bytes.buffer), 0, value);
  return bytes;
}
