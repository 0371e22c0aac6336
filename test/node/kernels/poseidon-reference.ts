import { createCipheriv, createHash } from "node:crypto";
import { buildPoseidon } from "circomlibjs";

/** The order of the BN254 scalar field (EIP-196). */
export const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** circomlibjs on bigints: the definition the kernels are compared with. */
export async function createReference(): Promise<(inputs: bigint[]) => bigint> {
  const poseidon = await buildPoseidon();
  return (inputs) => BigInt(poseidon.F.toString(poseidon(inputs)));
}

/** The same "random" bytes in every run: a failure can be repeated. */
export function seededBytes(seed: string, length: number): Uint8Array {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

export function toNode(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex");
}

export function splitBytes(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

export function splitEights<Item>(items: Item[]): Item[][] {
  return Array.from({ length: items.length / 8 }, (_, i) => items.slice(8 * i, 8 * i + 8));
}
