// Events of the order book in words, for a deal's history.

import { formatAmount } from "../../common/amounts.ts";
import type { HoldfastLog } from "../../consensus/events.ts";
import { skipReasons } from "../../data/terms.ts";

const tokens = (amount: bigint) => `${formatAmount(amount)} tokens`;

/** One sentence without a full stop; undefined for an event of another contract. */
export function orderWordsOf(log: HoldfastLog): string | undefined {
  switch (log.eventName) {
    case "OrderPosted": {
      const { floor, cap, deadline } = log.args.order;
      return `an order was posted, ${tokens(floor)} to ${tokens(cap)} a window until block ${deadline}; ${tokens(log.args.payment)} held`;
    }
    case "SlotReserved":
      return `slot ${log.args.slot} reserved by ${log.args.provider} at ${tokens(log.args.price)} a window until block ${log.args.until}`;
    case "ReplicaCommitted":
      return `slot ${log.args.slot}: ${log.args.provider} committed to its replica with ${tokens(log.args.collateral)}; the answer is due by block ${log.args.until}`;
    case "OrderFilled":
      return `slot ${log.args.slot} of the order taken by ${log.args.provider} at ${tokens(log.args.price)} a window`;
    case "ReservationExpired":
      return `slot ${log.args.slot}: ${log.args.provider} let its reservation pass and lost ${tokens(log.args.deposit)}`;
    case "CommitmentExpired":
      return `slot ${log.args.slot}: the client did not answer ${log.args.provider}, who got ${tokens(log.args.deposit)} for it`;
    case "CommitmentRejected":
      return `slot ${log.args.slot}: the client rejected ${log.args.provider}; ${tokens(2n * log.args.deposit)} of both burned`;
    case "ProviderUnfit":
      return `slot ${log.args.slot}: ${log.args.provider} could not take it (${skipReasons[log.args.reason]}) and lost ${tokens(log.args.deposit)}`;
    case "OrderEnded":
      return "the client ended the order";
    case "OrderClosed":
      return `the order's free slots were refunded: ${tokens(log.args.escrow)} and ${tokens(log.args.bonds)} of bonds`;
    default:
      return undefined;
  }
}
