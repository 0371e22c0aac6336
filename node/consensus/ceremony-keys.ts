// Which verifying keys money may trust: those of a listed ceremony, or any on chains that nobody's money is on.

import type { Hex } from "viem";
import circuits from "../../circuits/circuits.json" with { type: "json" };
import { HoldfastError } from "../common/errors.ts";
import type { Chain } from "./chain.ts";
import { type KeyOnChain, verifyingKeyHash } from "./spacetime.ts";

/** Chains that nobody's money is on; contracts/verifiers/DevelopmentVerifier.sol has the same list. */
const LOCAL_CHAIN_IDS: readonly number[] = [31337, 1337];

export function isLocalChain(chainId: number): boolean {
  return LOCAL_CHAIN_IDS.includes(chainId);
}

/** What circuits/circuits.json says of a ceremony's key. */
export interface ListedKey {
  /** keccak256 of the verifying key's ABI encoding. */
  readonly hash: string;
  readonly K: number;
  readonly D: number;
  /** Where the transcript is. */
  readonly transcript: string;
}

/** K and D do not tell two statements apart, so each has a list of its own. */
export function listedKeys(circuit: "spacetime" | "capacity"): readonly ListedKey[] {
  return (circuit === "spacetime" ? circuits : circuits.capacity).verifyingKeys as readonly ListedKey[];
}

export function isListed(listed: readonly ListedKey[], key: Pick<ListedKey, "hash" | "K" | "D">): boolean {
  const { hash, K, D } = key;
  return listed.some((one) => one.hash.toLowerCase() === hash.toLowerCase() && one.K === K && one.D === D);
}

/**
 * For whoever is about to stake, to run a provider or to pay for a new deal; what keeps a deal that exists going does not ask again. Throws `KEY_WITHOUT_CEREMONY` off
 * local chains unless a ceremony is listed for the key that a verifier is known by: whoever made another could prove what it does not store. The verifier's own word is
 * taken for that; its bytecode is not compared.
 * @param listed what circuits/circuits.json lists for the verifier's circuit
 */
export async function requireCeremony(
  chain: Chain,
  { verifier, challenges: K, levels: D }: KeyOnChain,
  listed: readonly ListedKey[],
): Promise<void> {
  if (isLocalChain(chain.chainId)) return;
  const hash: Hex = await verifyingKeyHash(chain, verifier);
  if (isListed(listed, { hash, K, D })) return;
  throw new HoldfastError(
    "KEY_WITHOUT_CEREMONY",
    "This market verifies proofs with a key for which no ceremony is listed: whoever made it can forge proofs. Use another market, or update Holdfast.",
    { details: { hash, K, D, chainId: chain.chainId } },
  );
}
