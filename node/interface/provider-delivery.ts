/**
 * What one peer is charged for the pieces of one replica. A piece is charged for before it is sent, so one that a broken stream
 * swallowed would be paid for twice: the last ones under way are remembered, and sent once more for nothing. Once, and only
 * these: a peer that breaks its streams on purpose gets what it has had already, and nothing else.
 */
import type { Address } from "viem";
import type { Hex } from "../common/hex.ts";
import { spend } from "../incentive/vouchers.ts";
import { MAX_AGAIN, MAX_UNDER_WAY } from "../network/protocols/retrieve.ts";
import { Refusal } from "../network/refusal.ts";
import { channelOfPayer, putChannel } from "../physical/channel-table.ts";
import type { Database } from "../physical/database.ts";
import { putUnderWay, underWay } from "../physical/under-way-table.ts";
import type { ProviderParts } from "./provider-parts.ts";

export interface Delivery {
  /** Indices of pieces that cost nothing, each once. */
  again(): number[];
  /** How many of these pieces cost their price. */
  unpaid(index: number, count: number): number;
  /** Durably spends the peer's credit for a run. Throws a Refusal `PAYMENT_REQUIRED`. */
  charge(index: number, count: number, price: bigint): Promise<void>;
  /** The stream is gone. What this one was sent has arrived if it `ended`, and otherwise nothing more is charged for. */
  close(ended: boolean): void;
}

/** What is under way of one replica to one payer, whatever streams it was sent on; more is forgotten, the oldest first. */
const MAX_LISTED = 2 * MAX_AGAIN;

/** Credit is its peer's: what is under way was paid out of it, and nobody else is sent it for nothing. */
export function createDelivery(
  { journal, log, now }: ProviderParts,
  { replicaId, payer, peerId }: { replicaId: Hex; payer: Address; peerId: string },
): Delivery {
  const listed = (db: Database) => underWay(db, payer, replicaId);
  const isPayer = journal.read((db) => channelOfPayer(db, payer))?.peer === peerId;
  const again = new Set(isPayer ? journal.read(listed).slice(-MAX_AGAIN) : []);
  /** By this stream, the last of them: those before them were answered, or no more could have been asked for. */
  let sent: number[] = [];
  let broken = false;

  const run = (index: number, count: number) => Array.from({ length: count }, (_, i) => index + i);

  return {
    again: () => [...again],
    unpaid: (index, count) => run(index, count).filter((piece) => !again.has(piece)).length,
    async charge(index, count, price) {
      if (price === 0n) return;
      // At once: no other run may count on the same piece for nothing while this one is written down.
      const free = run(index, count).filter((piece) => again.delete(piece));
      const paid = run(index, count).filter((piece) => !free.includes(piece));
      const cost = price * BigInt(paid.length);
      await journal.commit((db) => {
        if (broken) throw new Refusal("PAYMENT_REQUIRED", "The stream broke before its pieces were charged for.");
        // Streams of one peer side by side read the same list: the first one that asks has the piece, the other has to pay.
        const list = listed(db);
        const row = channelOfPayer(db, payer);
        if (row === undefined || free.some((piece) => !list.includes(piece))) {
          throw new Refusal("PAYMENT_REQUIRED", `The pieces cost ${price} each. Send a voucher first.`);
        }
        if (cost > 0n) putChannel(db, { ...spend(row, peerId, cost), touchedAt: now() });
        const last = [...sent, ...paid].slice(-MAX_UNDER_WAY);
        const arrived = sent.filter((piece) => !last.includes(piece));
        sent = last;
        // What another stream was given of this one's is not listed again, and what another one has under way stays.
        const left = list.filter((piece) => !free.includes(piece) && !arrived.includes(piece) && !paid.includes(piece));
        putUnderWay(db, payer, replicaId, [...left, ...paid].slice(-MAX_LISTED));
      });
    },
    close(ended) {
      broken = !ended;
      if (broken || sent.length === 0) return;
      const change = (db: Database) => {
        const left = listed(db).filter((piece) => !sent.includes(piece));
        putUnderWay(db, payer, replicaId, left);
      };
      journal.commit(change).catch((cause: unknown) => {
        log("error", `What has arrived could not be written down: ${String(cause)}`);
      });
    },
  };
}
