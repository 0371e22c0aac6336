/** Keys that a public chain may use: circuits/circuits.json lists each with the transcript of its ceremony. */
import { HoldfastError } from "../../node/common/errors.ts";
import { isListed, type ListedKey, listedKeys } from "../../node/consensus/ceremony-keys.ts";
import { verifyingKeyHash } from "../../node/consensus/prover/verifying-key.ts";
import type { CircuitKey } from "./deployment-plan.ts";

/**
 * @param listed What circuits/circuits.json lists for the key's circuit; for the spacetime circuit unless told.
 * @throws HoldfastError DEPLOY_FORBIDDEN for a key without a ceremony: whoever made it can forge proofs.
 */
export function requireListedKey(
  { verifyingKey, K, D }: CircuitKey,
  chainId: number,
  listed: readonly ListedKey[] = listedKeys("spacetime"),
): void {
  const hash = verifyingKeyHash(verifyingKey);
  if (isListed(listed, { hash, K, D })) return;
  throw new HoldfastError(
    "DEPLOY_FORBIDDEN",
    `Chain ${chainId} is not a local chain and circuits/circuits.json lists no ceremony for this verifying key; use a listed key.`,
    { details: { hash, K, D } },
  );
}
