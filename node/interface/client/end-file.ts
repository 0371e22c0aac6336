// Ends a file's deal early: slots in their cooling-off are dropped for nothing, others cancelled for the fee of their terms.

import { type Address, isAddressEqual, zeroAddress } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import type { Chain } from "../../consensus/chain.ts";
import type { Replica } from "../../consensus/deals.ts";
import { cancel, drop, release, settle, sharesOf } from "../../consensus/market.ts";
import { freeOf } from "../../consensus/vault.ts";
import { attenuate, type FileReference } from "../../data/capability.ts";
import { decodeCapability } from "../../data/capability-codec.ts";
import { windowsLeft } from "../../data/changes.ts";
import { cancelSlot, dropSlot, releaseSlot } from "../../data/endings.ts";
import { type Move, type Shares, settleSlot } from "../../data/settlement.ts";
import { changeFileIndex } from "../../physical/file-index.ts";
import { type ClientContext, clientAddress } from "./context.ts";
import { readDeal, requireOwner } from "./deal-on-chain.ts";
import { readTimedSlot, type TimedSlot } from "./slot-clock.ts";

/** drop and cancel end a slot, reclaim takes back what a failed one left, fail settles one that has failed unnoticed. */
export type EndingKind = "drop" | "cancel" | "reclaim" | "fail";

export interface SlotEnding {
  readonly slot: number;
  readonly provider: Address;
  readonly how: EndingKind;
  /** Base units that come back to the client, for missed windows so far too. */
  readonly refund: bigint;
  /** Base units that the provider gets for being left. */
  readonly fee: bigint;
  /** Windows that are still to come and are paid if they are proven. */
  readonly windowsLeft: number;
}

export interface EndResult {
  readonly dealKey: string;
  /** As foreseen when it was asked for; slots with nothing to end are left out. */
  readonly slots: readonly SlotEnding[];
  readonly refund: bigint;
  readonly fee: bigint;
  /** Base units that reached the client's account in the vault; absent when nothing was sent. */
  readonly paidBack?: bigint;
}

/** Ends what can be ended; with `dryRun` it only says what would come back. Throws `NOT_OWNER`. */
export async function endFile(
  context: ClientContext,
  capability: string,
  { dryRun = false }: { dryRun?: boolean | undefined } = {},
): Promise<EndResult> {
  const { chain } = context;
  const client = clientAddress(context);
  const reference: FileReference = attenuate(decodeCapability(capability), "verify");
  const { deal, replicas } = await readDeal(context, reference);
  requireOwner(deal.client, client);
  const [block, shares] = await Promise.all([chain.publicClient.getBlockNumber(), sharesOf(chain)]);
  const planned = await Promise.all(
    replicas.map(async (replica) => {
      const timed = await readTimedSlot(chain, replica, block);
      const ending = endingOf(replica, timed, shares);
      return ending === undefined ? [] : [{ replica, ending }];
    }),
  );
  const todo = planned.flat();
  const slots = todo.map(({ ending }) => ending);
  const sum = (of: (ending: SlotEnding) => bigint) => slots.reduce((total, ending) => total + of(ending), 0n);
  const result = { dealKey: deal.dealKey, slots, refund: sum((one) => one.refund), fee: sum((one) => one.fee) };
  if (dryRun) return result;
  const before = await freeOf(chain, client);
  for (const { replica, ending } of todo) {
    context.tell(`slot ${ending.slot}: ${ending.how}`);
    await endSlot(chain, replica, ending.how);
  }
  await changeFileIndex(context.folder, deal.dealKey, { endedAt: new Date().toISOString() });
  return { ...result, paidBack: (await freeOf(chain, client)) - before };
}

/** What ending the slot would do now; undefined when there is nothing to end. */
export function endingOf(replica: Replica, { slot, clock }: TimedSlot, shares: Shares): SlotEnding | undefined {
  const { claim } = replica;
  const { client, offer } = claim;
  const make = (how: EndingKind, moves: readonly Move[], fee: bigint, left: number): SlotEnding => {
    return { slot: offer.slot, provider: offer.provider, how, refund: sumFor(client, moves), fee, windowsLeft: left };
  };
  if (slot.status !== "Active") {
    if (slot.status === "Vacant" || windowsLeft(slot) === 0) return undefined;
    const reclaimed = releaseSlot(slot, claim, clock, { caller: client, refiller: zeroAddress });
    return typeof reclaimed === "string" ? undefined : make("reclaim", reclaimed.moves, 0n, 0);
  }
  const settled = settleSlot(slot, claim, clock, { maxWindows: slot.end, caller: client, shares });
  if (settled.slot.status === "Failed") {
    const reclaimed = releaseSlot(settled.slot, claim, clock, { caller: client, refiller: zeroAddress });
    return make("fail", [...settled.moves, ...(typeof reclaimed === "string" ? [] : reclaimed.moves)], 0n, 0);
  }
  const dropped = dropSlot(settled.slot, claim, clock);
  if (typeof dropped !== "string") {
    return make("drop", [...settled.moves, ...dropped.moves], 0n, dropped.slot.end - dropped.slot.settled);
  }
  const cancelled = cancelSlot(settled.slot, claim, clock);
  if (typeof cancelled === "string") return undefined;
  const fee = sumFor(offer.provider, cancelled.moves);
  return make("cancel", [...settled.moves, ...cancelled.moves], fee, cancelled.slot.end - cancelled.slot.settled);
}

async function endSlot(chain: Chain, { claim }: Replica, how: EndingKind): Promise<void> {
  switch (how) {
    case "drop":
      // The cooling-off may end in the very block that the transaction gets into.
      await drop(chain, claim).catch(async (cause: unknown) => {
        if (!(cause instanceof HoldfastError) || cause.details.errorName !== "MarketCoolingOffOver") throw cause;
        throw new HoldfastError(
          "COOLING_OFF_OVER",
          `The cooling-off of slot ${claim.offer.slot} ended just now: look again what leaving it costs.`,
          { cause },
        );
      });
      return;
    case "cancel":
      await cancel(chain, claim);
      return;
    case "fail":
      await settle(chain, claim, 65_535n);
      await release(chain, claim);
      return;
    case "reclaim":
      await release(chain, claim);
  }
}

function sumFor(account: Address, moves: readonly Move[]): bigint {
  return moves.reduce(
    (sum, move) => (move.kind === "release" && isAddressEqual(move.account, account) ? sum + move.amount : sum),
    0n,
  );
}
