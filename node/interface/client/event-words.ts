// Events of a deal in words, for its history.

import { zeroAddress } from "viem";
import { formatAmount } from "../../common/amounts.ts";
import type { HoldfastLog } from "../../consensus/events.ts";
import { skipReasons } from "../../data/terms.ts";
import { orderWordsOf } from "./order-event-words.ts";
import { retrievalWordsOf } from "./retrieval-event-words.ts";

const tokens = (amount: bigint) => `${formatAmount(amount)} tokens`;

/** One sentence without a full stop. */
export function wordsOf(log: HoldfastLog): string {
  switch (log.eventName) {
    case "DealOpened":
      return `the deal opened; ${tokens(log.args.fee)} of fee burned`;
    case "SlotFilled": {
      const { slot, price, provider } = log.args.offer;
      return `slot ${slot} filled by ${provider} for ${tokens(price)} a window`;
    }
    case "SlotSkipped":
      return `slot ${log.args.slot} stayed vacant: ${skipReasons[log.args.reason]}`;
    case "SlotSettled":
      return `slot ${log.args.slot} settled: ${log.args.proven} windows proven and paid, ${log.args.missed} missed and returned`;
    case "SlotFailed":
      return `slot ${log.args.slot} FAILED; of its collateral ${tokens(log.args.toClient)} came to the client, ${tokens(log.args.bonus)} wait for who refills it`;
    case "SlotExtended":
      return `slot ${log.args.offer.slot} goes on for ${log.args.end} windows from its window ${log.args.firstWindow}, ${tokens(log.args.offer.price)} each`;
    case "SlotToppedUp":
      return `slot ${log.args.offer.slot} answers with ${tokens(log.args.offer.collateral)} of collateral now`;
    case "SlotRefilled":
      return `slot ${log.args.offer.slot} refilled by ${log.args.provider}`;
    case "SlotHandedOver":
      return `slot ${log.args.offer.slot} handed over to ${log.args.provider}`;
    case "SlotForfeited":
      return `slot ${log.args.slot} given up by its provider for ${tokens(log.args.penalty)}`;
    case "SlotCancelled":
      return `slot ${log.args.slot} cancelled: ${tokens(log.args.refunded)} returned, ${tokens(log.args.fee)} paid for leaving`;
    case "SlotDropped":
      return `slot ${log.args.slot} dropped: ${tokens(log.args.refunded)} returned`;
    case "SlotReleased":
      return `slot ${log.args.slot} over; its provider has its collateral back`;
    case "SlotReclaimed":
      return `slot ${log.args.slot}: ${tokens(log.args.escrow)} that waited for a refill came back`;
    case "ReplicaPinned":
      return `window ${log.args.window} of ${log.args.provider} pinned to this file for ${tokens(log.args.fee)}`;
    case "BonusClaimed":
      return `slot ${log.args.slot}: ${log.args.refiller} earned a bonus of ${tokens(log.args.amount)} for refilling it`;
    case "StewardSet":
      return log.args.grant.steward === zeroAddress
        ? "the client took its steward's right back"
        : `${log.args.grant.steward} may approve replacements until block ${log.args.grant.until}`;
    case "ReplacementApproved":
      return `the steward approved a replacement, number ${log.args.approvals} since the client was heard of`;
    case "ClientHeard":
      return "the client gave a sign of life";
    case "StorageRewarded":
      return `${log.args.provider} was rewarded for ${log.args.proven} proven windows with ${tokens(log.args.amount)}`;
    case "ReplicaRetired":
      return `${log.args.provider} keeps its replica until an open window is over`;
    case "ReplicaRemoved":
      return `${log.args.provider} keeps its replica no more`;
    default:
      return (
        orderWordsOf(log) ?? retrievalWordsOf(log) ?? log.eventName.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()
      );
  }
}
