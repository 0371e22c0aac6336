/**
 * circomlib's Poseidon with 8 inputs over the BN254 scalar field, in WASM: docs/design.md section 3, "Commitment".
 * Two kernels give the same bytes. The fast one multiplies in doubles and is exact only where a multiply-add rounds once
 * (x86-64 with FMA3, arm64); the integer one is exact everywhere.
 */
import { HoldfastError } from "../../common/errors.ts";
import { GROUP_BYTES, PIECE_BYTES, PIECE_GROUPS } from "../layout.ts";
import { countUnits, instantiateKernel } from "./wasm.ts";

/** Bytes of a field element between tree levels. */
const NODE_BYTES = 32;
const TUPLE_BYTES = 8 * NODE_BYTES;
/** A batch is one piece; behind it in memory lie its inner nodes, 64 + 8 for each group, and the results. */
const BATCH_TUPLES = PIECE_BYTES / TUPLE_BYTES;
const INNER_NODES = 72;

/** A hasher with buffers of its own: synchronous, for one thread, about half a megabyte. */
export interface Poseidon8 {
  readonly kind: "fma" | "integer";
  /**
   * The parents of consecutive 8-tuples of nodes.
   * @param nodes 256 n bytes: n times eight 32-byte big-endian field elements
   * @returns 32 n bytes, big-endian
   * @throws HoldfastError `KERNEL_INPUT_LENGTH`; `NOT_A_FIELD_ELEMENT` when a node is p or more
   */
  parents(nodes: Uint8Array): Uint8Array;
  /**
   * The root of each group's 8-ary tree of depth 3 (73 hashes).
   * @param groups n x 15,872 bytes: 512 big-endian elements of 31 bytes per group
   * @returns 32 n bytes, big-endian
   * @throws HoldfastError `KERNEL_INPUT_LENGTH`
   */
  groupNodes(groups: Uint8Array): Uint8Array;
}

interface PoseidonExports {
  buffer(): number;
  firstOutside(count: number): number;
  parents(count: number, output: number): void;
  groupNodes(count: number, nodes: number, output: number): void;
}

interface FmaExports extends PoseidonExports {
  isFused(x: number, addend: number): number;
}

/**
 * The fused kernel if this engine has one. `relaxed_madd` may round twice (or not exist); then (1 + 2^-30)^2 - (1 + 2^-29)
 * is 0 instead of 2^-60, and the doubles would lose bits without any error.
 */
function instantiateFused(): (FmaExports & { memory: WebAssembly.Memory }) | undefined {
  try {
    const kernel = instantiateKernel<FmaExports>("poseidon-fma");
    return kernel.isFused(1 + 2 ** -30, -(1 + 2 ** -29)) === 1 ? kernel : undefined;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === "KERNEL_UNSUPPORTED") return undefined;
    throw error;
  }
}

/** @param options.integer true forces the integer kernel (tests, comparisons) */
export function createPoseidon8(options: { integer?: boolean } = {}): Poseidon8 {
  const fused = options.integer ? undefined : instantiateFused();
  const kernel = fused ?? instantiateKernel<PoseidonExports>("poseidon-integer");
  const memory = new Uint8Array(kernel.memory.buffer);
  const input = kernel.buffer();
  const nodes = input + PIECE_BYTES;
  const output = nodes + INNER_NODES * NODE_BYTES * PIECE_GROUPS;

  function parents(tuples: Uint8Array): Uint8Array {
    const count = countUnits(tuples, TUPLE_BYTES, "tuples of eight nodes");
    const result = new Uint8Array(count * NODE_BYTES);
    for (let first = 0; first < count; first += BATCH_TUPLES) {
      const batch = Math.min(BATCH_TUPLES, count - first);
      memory.set(tuples.subarray(first * TUPLE_BYTES, (first + batch) * TUPLE_BYTES), input);
      const outside = kernel.firstOutside(8 * batch);
      if (outside >= 0) throw notAFieldElement(8 * first + outside);
      kernel.parents(batch, nodes);
      result.set(memory.subarray(nodes, nodes + batch * NODE_BYTES), first * NODE_BYTES);
    }
    return result;
  }

  function groupNodes(groups: Uint8Array): Uint8Array {
    const count = countUnits(groups, GROUP_BYTES, "groups");
    const result = new Uint8Array(count * NODE_BYTES);
    for (let first = 0; first < count; first += PIECE_GROUPS) {
      const batch = Math.min(PIECE_GROUPS, count - first);
      memory.set(groups.subarray(first * GROUP_BYTES, (first + batch) * GROUP_BYTES), input);
      kernel.groupNodes(batch, nodes, output);
      result.set(memory.subarray(output, output + batch * NODE_BYTES), first * NODE_BYTES);
    }
    return result;
  }

  return { kind: fused ? "fma" : "integer", parents, groupNodes };
}

function notAFieldElement(index: number): HoldfastError {
  return new HoldfastError(
    "NOT_A_FIELD_ELEMENT",
    `Node ${index} is not below the BN254 field order: reduce or refuse it before hashing.`,
    { details: { index } },
  );
}
