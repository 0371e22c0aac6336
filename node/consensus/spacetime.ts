// Proofs of spacetime: windows, the replica bag, proofs. Blocks are bigints, window numbers are numbers.

import type { Address, Hex } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { spacetimeProofsAbi, spacetimeVerifierAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import type { Chain } from "./chain.ts";
import type { SendOptions } from "./sender.ts";

const spacetime = (chain: Chain) => ({ address: chain.addresses.spacetime, abi: spacetimeProofsAbi }) as const;

/** a, b, c in the order of the precompile. */
export type ProofWords = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

/** Proves `provider`'s open window; `c` is the digest of its challenges. */
export function submitProof(
  chain: Chain,
  proof: { provider: Address; window: number; proof: ProofWords; c: bigint },
  options?: SendOptions,
) {
  return write(
    chain,
    {
      ...spacetime(chain),
      functionName: "submitProof",
      args: [proof.provider, proof.window, proof.proof, proof.c],
    },
    options,
  );
}

/** Burns stake for up to `maxWindows` closed windows that were missed. Its result is the first window not accounted for. */
export function account(chain: Chain, provider: Address, maxWindows: bigint, options?: SendOptions) {
  return write(chain, { ...spacetime(chain), functionName: "account", args: [provider, maxWindows] }, options);
}

/** Takes retired replicas out of the bag. */
export function sweep(chain: Chain, provider: Address, roots: readonly Hex[], options?: SendOptions) {
  return write(chain, { ...spacetime(chain), functionName: "sweep", args: [provider, roots] }, options);
}

export function phaseOf(chain: Chain, provider: Address): Promise<bigint> {
  return read(chain, { ...spacetime(chain), functionName: "phaseOf", args: [provider] });
}

export function openingOf(chain: Chain, provider: Address, window: number): Promise<bigint> {
  return read(chain, { ...spacetime(chain), functionName: "openingOf", args: [provider, window] });
}

export function closeOf(chain: Chain, provider: Address, window: number): Promise<bigint> {
  return read(chain, { ...spacetime(chain), functionName: "closeOf", args: [provider, window] });
}

export function nextOpening(chain: Chain, provider: Address, block: bigint): Promise<number> {
  return read(chain, { ...spacetime(chain), functionName: "nextOpening", args: [provider, block] });
}

export function closedWindows(chain: Chain, provider: Address): Promise<number> {
  return read(chain, { ...spacetime(chain), functionName: "closedWindows", args: [provider] });
}

export function isProven(chain: Chain, provider: Address, window: number): Promise<boolean> {
  return read(chain, { ...spacetime(chain), functionName: "isProven", args: [provider, window] });
}

/** Bits of windows 256 * index .. 256 * index + 255, lowest first. */
export function provenWord(chain: Chain, provider: Address, index: bigint): Promise<bigint> {
  return read(chain, { ...spacetime(chain), functionName: "provenWord", args: [provider, index] });
}

/** How many of the windows from .. to - 1 are proven, by the bitmap. */
export async function provenBetween(chain: Chain, provider: Address, from: number, to: number): Promise<number> {
  let proven = 0;
  for (let word = from >> 8; word <= (to - 1) >> 8 && from < to; word++) {
    const bits = await provenWord(chain, provider, BigInt(word));
    const last = Math.min(to, (word + 1) * 256);
    for (let window = Math.max(from, word * 256); window < last; window++) {
      if ((bits >> BigInt(window & 255)) & 1n) proven++;
    }
  }
  return proven;
}

export function lane(chain: Chain, provider: Address) {
  return read(chain, { ...spacetime(chain), functionName: "lane", args: [provider] });
}

export function recordOf(chain: Chain, provider: Address, root: Hex) {
  return read(chain, { ...spacetime(chain), functionName: "recordOf", args: [provider, root] });
}

export function rootAt(chain: Chain, provider: Address, m: number, index: number): Promise<Hex> {
  return read(chain, { ...spacetime(chain), functionName: "rootAt", args: [provider, m, index] });
}

/** Padded elements in the bag, W. */
export function weightOf(chain: Chain, provider: Address): Promise<bigint> {
  return read(chain, { ...spacetime(chain), functionName: "weightOf", args: [provider] });
}

/** Stake below which nothing can be added at the current weight. */
export function requiredStake(chain: Chain, provider: Address): Promise<bigint> {
  return read(chain, { ...spacetime(chain), functionName: "requiredStake", args: [provider] });
}

export function isAccounted(chain: Chain, provider: Address): Promise<boolean> {
  return read(chain, { ...spacetime(chain), functionName: "isAccounted", args: [provider] });
}

/** Randomness of a window. */
export function seedOf(chain: Chain, provider: Address, window: number): Promise<Hex> {
  return read(chain, { ...spacetime(chain), functionName: "seedOf", args: [provider, window] });
}

/** (root_1, position_1, ..., root_K, position_K) of an open window. */
export function challengesOf(chain: Chain, provider: Address, window: number): Promise<readonly bigint[]> {
  return read(chain, { ...spacetime(chain), functionName: "challengesOf", args: [provider, window] });
}

/** The replica that the window is pinned to; zero for none, and for one that left the bag. */
export function pinOf(chain: Chain, provider: Address, window: number): Promise<Hex> {
  return read(chain, { ...spacetime(chain), functionName: "pinOf", args: [provider, window] });
}

/** The highest price per window that the proofs can stand for, for a replica of 2^m elements. */
export function priceLimit(chain: Chain, m: number): Promise<bigint> {
  return read(chain, { ...spacetime(chain), functionName: "priceLimit", args: [m] });
}

/** keccak256 of the verifying key's ABI encoding that a deployed verifier is known by. */
export function verifyingKeyHash(chain: Chain, address: Address): Promise<Hex> {
  return read(chain, { address, abi: spacetimeVerifierAbi, functionName: "verifyingKeyHash", args: [] });
}

/** Whose proofs a verifier takes. */
export interface KeyOnChain {
  readonly verifier: Address;
  readonly challenges: number;
  readonly levels: number;
}

/**
 * Throws `VERIFIER_MISMATCH` when the deployed verifier belongs to other proving keys than ours, or to another profile:
 * every proof would be refused and every window missed.
 */
export async function requireKey(
  chain: Chain,
  { verifier, challenges, levels }: KeyOnChain,
  ours: { keyHash: Hex; challenges: number; levels: number },
): Promise<void> {
  const found = await verifyingKeyHash(chain, verifier);
  if (found.toLowerCase() === ours.keyHash.toLowerCase() && challenges === ours.challenges && levels === ours.levels) {
    return;
  }
  throw new HoldfastError(
    "VERIFIER_MISMATCH",
    "The chain verifies with another key than this node proves with; build the circuits that the market was deployed with.",
    {
      details: {
        expected: { keyHash: ours.keyHash, challenges: ours.challenges, levels: ours.levels },
        found: { keyHash: found, challenges, levels },
      },
    },
  );
}

/** As `requireKey`, for the proofs of spacetime. */
export async function checkVerifier(
  chain: Chain,
  ours: { keyHash: Hex; challenges: number; levels: number },
): Promise<void> {
  await requireKey(chain, { verifier: chain.addresses.verifier, ...chain.parameters }, ours);
}
