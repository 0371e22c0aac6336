// Replays events, transaction by transaction: each event changes the books by the rules and must say what the rules give.

import { eventsAbi, type HoldfastLog } from "../events.ts";
import { capacityEvents } from "./capacity-events.ts";
import { changeEvents } from "./change-events.ts";
import { channelEvents } from "./channel-events.ts";
import { type Difference, RuleBroken, same } from "./difference.ts";
import { downloadEvents } from "./download-events.ts";
import { judgeLanes, laneEvents } from "./lane-events.ts";
import { marketEvents, takeFee } from "./market-events.ts";
import { compareMoves } from "./moves.ts";
import { orderEvents } from "./order-events.ts";
import { pinEvents } from "./pin-events.ts";
import { programmeEvents } from "./programme-events.ts";
import type { Evidence, ProofClaim } from "./proof-claims.ts";
import { referenceEvents } from "./reference-events.ts";
import { registryEvents } from "./registry-events.ts";
import { retrievalEvents } from "./retrieval-events.ts";
import { rewardEvents } from "./reward-events.ts";
import { newScope, type Scope } from "./scope.ts";
import type { Books, Handler, Handlers } from "./state.ts";
import { giveTokens, moveTokens, type TokenTransfer, vaultEvents } from "./vault-events.ts";

export type EventName = HoldfastLog["eventName"];

/** Events by the contract that may tell of them. */
const handlers = {
  vault: vaultEvents,
  registry: registryEvents,
  spacetime: laneEvents,
  market: { ...marketEvents, ...changeEvents },
  channels: channelEvents,
  downloads: downloadEvents,
  retrieval: retrievalEvents,
  rewards: rewardEvents,
  pins: pinEvents,
  orders: orderEvents,
  reference: referenceEvents,
  capacity: capacityEvents,
  programme: programmeEvents,
} satisfies Record<string, Handlers>;

/** What moves nothing and binds nobody, so that there is nothing to recompute. */
const SILENT: ReadonlySet<string> = new Set<EventName>(["AuthorityUpdated", "EIP712DomainChanged", "SlotSkipped"]);

/** The events that an audit follows, and those that it may pass over. */
export function followedEvents(): { followed: string[]; silent: string[]; unknown: string[] } {
  const followed = [...new Set(Object.values(handlers).flatMap((group) => Object.keys(group)))];
  const all = eventsAbi.flatMap((item) => (item.type === "event" ? [item.name] : []));
  const unknown = [...new Set(all)].filter((name) => !followed.includes(name) && !SILENT.has(name));
  return { followed, silent: [...SILENT], unknown };
}

/** What one transaction told; without a single event it can only have given tokens away. */
export interface TransactionLogs {
  readonly logs: readonly HoldfastLog[];
  readonly transfers: readonly TokenTransfer[];
}

/**
 * Applies one transaction to the books. Answers what it proves, to be verified, or the first difference; after one the
 * books are worth nothing any more.
 */
export function replayTransaction(
  books: Books,
  { logs, transfers }: TransactionLogs,
  evidence: Evidence,
): { claims: readonly ProofClaim[]; difference?: Difference } {
  if (logs.length === 0) return replayGift(books, transfers);
  const scope = newScope(logs, evidence);
  let log = logs[0]!;
  try {
    for (log of logs) apply(books, scope, log);
    takeFee(books, scope, log);
    moveTokens(books, transfers, scope);
    closeScope(books, scope);
    return { claims: scope.claims };
  } catch (broken) {
    if (!(broken instanceof RuleBroken)) throw broken;
    return { claims: scope.claims, difference: differenceAt(scope, broken, log) };
  }
}

function replayGift(books: Books, transfers: readonly TokenTransfer[]): { claims: []; difference?: Difference } {
  try {
    giveTokens(books, transfers);
    return { claims: [] };
  } catch (broken) {
    if (!(broken instanceof RuleBroken)) throw broken;
    const { what, expected, found } = broken;
    const { block, transaction } = transfers[0]!;
    return { claims: [], difference: { block, transaction, event: "Transfer", what, expected, found } };
  }
}

function apply(books: Books, scope: Scope, log: HoldfastLog): void {
  if (SILENT.has(log.eventName)) return;
  const { addresses } = books.rules;
  const emitter = Object.keys(handlers).find(
    (name) => addresses[name as keyof typeof handlers]?.toLowerCase() === log.address.toLowerCase(),
  ) as keyof typeof handlers | undefined;
  const handler = emitter === undefined ? undefined : (handlers[emitter] as Handlers)[log.eventName];
  same(`${emitter ?? log.address} tells of ${log.eventName}`, true, handler !== undefined);
  const { market } = addresses;
  if (log.eventName === "Locked" && log.args.module === market && log.args.bucket === ESCROWS)
    takeFee(books, scope, log);
  (handler as Handler<EventName>)(books, log.args as never, scope, log);
}

/** The escrow bucket's number in the vault. */
const ESCROWS = 1;

class OwedBy extends RuleBroken {
  readonly log: HoldfastLog;

  constructor(log: HoldfastLog, { what, expected, found }: RuleBroken) {
    super(what, expected, found);
    this.log = log;
  }
}

function closeScope(books: Books, scope: Scope): void {
  for (const [what, log] of scope.owed) throw new OwedBy(log, new RuleBroken(what, "in this transaction", "missing"));
  for (const { provider } of scope.slashes) throw new RuleBroken(`reason of the slash of ${provider}`, "one", "none");
  const unbalanced = compareMoves(scope.moves);
  if (unbalanced !== undefined) throw new OwedBy(unbalanced.log, unbalanced.broken);
  judgeLanes(books, scope);
}

function differenceAt(scope: Scope, broken: RuleBroken, last: HoldfastLog): Difference {
  const log = broken instanceof OwedBy ? broken.log : last;
  const { what, expected, found } = broken;
  const { block, transaction } = scope;
  return { block, transaction, logIndex: log.logIndex, event: log.eventName, what, expected, found };
}
