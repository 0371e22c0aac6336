// What was paid or asked for pieces of a deal's files, in words, for its history.

import { formatAmount } from "../../common/amounts.ts";
import type { HoldfastLog } from "../../consensus/events.ts";

const tokens = (amount: bigint) => `${formatAmount(amount)} tokens`;

/** One sentence without a full stop; undefined for an event of another contract. */
export function retrievalWordsOf(log: HoldfastLog): string | undefined {
  switch (log.eventName) {
    case "GroupRequested":
      return `${log.args.requester} asked ${log.args.provider} on chain for group ${log.args.group}, due by block ${log.args.answerBy}`;
    case "GroupAnswered":
      return `${log.args.provider} showed group ${log.args.group} on chain`;
    case "GroupWithheld":
      return `${log.args.provider} WITHHELD group ${log.args.group} and lost ${tokens(log.args.taken)} of stake`;
    case "RequestDisplaced":
      return `the request of ${log.args.requester} gave way to another`;
    case "ChannelFunded":
      return `the client put ${tokens(log.args.amount)} aside to pay ${log.args.provider} for pieces of its files`;
    case "VoucherRedeemed":
      return `${log.args.provider} was paid ${tokens(log.args.paid)} for pieces of the client's files`;
    case "ChannelClosing":
      return `the client closes its channel with ${log.args.provider} at block ${log.args.closableAt}`;
    case "ChannelClosed":
      return `the channel with ${log.args.provider} is closed; ${tokens(log.args.returned)} came back`;
    case "DownloadOpened":
      return `${log.args.buyer} locked ${tokens(log.args.session.price)} for a strict download from ${log.args.seller}`;
    case "DownloadKeyRevealed":
      return "the key of a strict download was revealed";
    case "DownloadPaid":
      return `a strict download paid ${log.args.seller} ${tokens(log.args.paid)}`;
    case "DownloadReturned":
      return `${tokens(log.args.amount)} of a strict download came back${log.args.disputed ? ": its bytes were WRONG" : ""}`;
    case "DownloadRewarded":
      return `${log.args.seller} was rewarded with ${tokens(log.args.amount)} for a strict download`;
    default:
      return undefined;
  }
}
