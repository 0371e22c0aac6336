/** The settle duty: collects what windows have earned, and lets go of replicas whose deals are over. */
import { stateOf } from "../../consensus/market.ts";
import { type Settleable, settleDue } from "../../consensus/settling.ts";
import { account, lane, recordOf, sweep } from "../../consensus/spacetime.ts";
import { closedWindows, openWindow } from "../../data/windows.ts";
import type { ProviderParts } from "../../interface/provider-parts.ts";
import { changeReplica, claimOf, type HeldReplica, heldReplicas } from "../../interface/provider-replicas.ts";
import { isAskedFor } from "./answer.ts";
import { claimRewards } from "./claim.ts";
import { dropReplica } from "./drop.ts";

/** Windows that may be unaccounted for before the provider accounts for them itself: a lane too far behind takes no deals. */
const MAX_BEHIND = 16;
/** Of `ReplicaStatus` in contracts/types/Spacetime.sol. */
const [UNKNOWN, ACTIVE, RETIRED, REMOVED] = [0, 1, 2, 3];

export interface SettleDuty {
  onBlock(block: bigint): Promise<void>;
}

/** Settles every `every` windows of this provider's own. */
export function createSettleDuty(parts: ProviderParts, { every }: { every: number }): SettleDuty {
  const { chain, journal, log } = parts;
  const me = chain.account.address;
  let settledAt: number | undefined;

  return {
    async onBlock(block) {
      const closed = closedWindows(chain.parameters, me, block);
      settledAt ??= closed;
      if (closed < settledAt + every) return;
      settledAt = closed;
      const held = journal.read(heldReplicas);
      const settled = await settleDue(chain, held.flatMap(settleableOf), { andRelease: true });
      const paid = settled.reduce((sum, slot) => sum + slot.paid, 0n);
      if (settled.length > 0) log("info", `Settled ${settled.length} slots.`, { paid });
      await claimRewards(
        parts,
        held.flatMap(settleableOf).map(({ claim }) => claim),
      );
      await catchUp(parts, closed);
      for (const replica of held) await letGo(parts, replica);
      await sweepRetired(parts, block);
    },
  };
}

function settleableOf(held: HeldReplica): Settleable[] {
  const claim = claimOf(held);
  if (held.state !== "active" || claim === undefined) return [];
  return [{ offer: claim.offer, firstWindow: claim.firstWindow, claim }];
}

async function catchUp({ chain, log }: ProviderParts, closed: number): Promise<void> {
  const { accounted } = await lane(chain, chain.account.address);
  if (closed - accounted <= MAX_BEHIND) return;
  await account(chain, chain.account.address, 256n);
  log("info", "Accounted for own windows.", { from: accounted, closed });
}

/** An active replica whose slot is no longer ours is leaving. */
async function letGo({ chain, journal, log, now }: ProviderParts, held: HeldReplica): Promise<void> {
  const claim = claimOf(held);
  if (held.state !== "active" || claim === undefined) return;
  // Of an extension that was not heard of yet, the slot shows another filling; but the market has not let the replica go.
  if ((await recordOf(chain, claim.offer.provider, claim.offer.root)).status === ACTIVE) return;
  const status = (await stateOf(chain, claim))?.status ?? "filled by another replica";
  log(status === "failed" ? "error" : "info", `The deal of replica ${held.replicaId} is over.`, { status });
  await journal.commit((db) => changeReplica(db, held.replicaId, { state: "leaving", touchedAt: now() }));
}

/** The bytes of a leaving replica must be kept until it is out of the bag: until then windows ask for them. */
async function sweepRetired(parts: ProviderParts, block: bigint): Promise<void> {
  const { chain, journal, log } = parts;
  const me = chain.account.address;
  const leaving = journal.read(heldReplicas).filter(({ state }) => state === "leaving");
  const withStatus = await Promise.all(
    leaving.map(async (held) => ({ held, status: (await recordOf(chain, me, held.root!)).status })),
  );
  const retired = withStatus.filter(({ status }) => status === RETIRED).map(({ held }) => held.root!);
  // While a window is open the sweep would revert; the next round comes.
  if (retired.length > 0 && openWindow(chain.parameters, me, block) === undefined) await sweep(chain, me, retired);
  for (const { held, status } of withStatus) {
    if (status !== REMOVED && status !== UNKNOWN) continue;
    if (await isAskedFor(parts, held)) continue;
    log("info", "A replica has left the bag; its bytes are deleted.", { replicaId: held.replicaId });
    await dropReplica(parts, held);
  }
}
