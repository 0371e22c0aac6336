// The paying side of a retrieval: a little ahead, never much. docs/design.md section 4, PaymentChannels.
//
// Each voucher pays for the next increment of pieces, 1, 2, 4, ... up to 32 and never more than remain, so a provider that
// stops sending has been paid for at most one increment that it did not send.

import { HoldfastError } from "../common/errors.ts";

export const MAX_INCREMENT = 32;

export interface PayerOptions {
  /** Base units per piece. */
  readonly price: bigint;
  /** Pieces that may still be asked for. */
  readonly pieces: number;
  /** Highest cumulative amount that was ever promised in this life of the channel. */
  readonly promised: bigint;
  /** Makes the promise durable, signs it and hands it over; the answer is where the provider says this payer stands. */
  readonly pay: (cumulative: bigint) => Promise<{ cumulative: bigint; spent: bigint }>;
}

export interface Payer {
  /** Resolves once the next piece is covered; call it once per piece. Throws `BAD_CREDIT` when the provider lies about money. */
  cover(): Promise<void>;
  /** Base units promised by this payer so far. */
  readonly total: bigint;
}

/** A payer without a first voucher: nothing is promised until a piece is wanted. */
export function createPayer({ price, pieces, promised, pay }: PayerOptions): Payer {
  const start = promised;
  let cumulative = promised;
  let credit = 0n; // covered and not used
  let increment = 1;
  let left = pieces;
  let turn: Promise<void> = Promise.resolve();

  async function raise(): Promise<void> {
    const ahead = BigInt(Math.min(increment, MAX_INCREMENT, Math.max(left, 1)));
    const next = cumulative + ahead * price;
    const answer = await pay(next);
    // What an earlier retrieval left over may be used. Nothing was sent for this voucher yet, so no more can be spent
    // than was promised before it: a provider that says so wants to be paid for the same piece twice.
    if (answer.cumulative !== next || answer.spent > cumulative) {
      throw new HoldfastError("BAD_CREDIT", "The provider claims another balance than was paid to it.", {
        details: { promised: next, found: answer.cumulative, spent: answer.spent },
      });
    }
    credit = cumulative === start ? next - answer.spent : credit + ahead * price;
    cumulative = next;
    increment *= 2;
  }

  return {
    cover() {
      const mine = turn.then(async () => {
        if (price > 0n && credit < price) await raise();
        credit -= price;
        left--;
      });
      turn = mine.catch(() => {});
      return mine;
    },
    get total() {
      return cumulative - start;
    },
  };
}
