/** Windows of several lanes at once. */
import type { SlotClaim } from "../../../node/data/terms.ts";
import { type Fixture, GOOD_PROOF } from "../../contracts/market/fixture.ts";

type Lanes = Pick<Fixture, "ethers" | "networkHelpers" | "spacetime" | "goTo">;

/**
 * Proves every window of the claims in `proven` until all windows of `all` are closed, whatever the order of their openings;
 * the next transaction is behind the last close.
 */
export async function proveAll(
  { networkHelpers, spacetime, goTo }: Lanes,
  proven: readonly SlotClaim[],
  all: readonly SlotClaim[] = proven,
): Promise<void> {
  const due: { claim: SlotClaim; window: number; opening: bigint }[] = [];
  for (const claim of proven) {
    for (let window = claim.firstWindow; window < claim.firstWindow + claim.terms.windows; window++) {
      due.push({ claim, window, opening: await spacetime.openingOf!(claim.offer.provider, window) });
    }
  }
  due.sort((a, b) => Number(a.opening - b.opening));
  for (const { claim, window, opening } of due) {
    const next = BigInt(await networkHelpers.time.latestBlock()) + 1n;
    if (next <= opening) await goTo(opening + 1n);
    await spacetime.submitProof!(claim.offer.provider, window, GOOD_PROOF, 1n);
  }
  for (const { offer, firstWindow, terms } of all) {
    const close: bigint = await spacetime.closeOf!(offer.provider, firstWindow + terms.windows - 1);
    if (BigInt(await networkHelpers.time.latestBlock()) < close) await goTo(close + 1n);
  }
}
