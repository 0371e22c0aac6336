// The paying side of a retrieval: a little ahead, never much. docs/design.md section 4, PaymentChannels.
//
// Vouchers pay for 1, 2, 4, ... up to 32 pieces, never for more than remain, and the increment grows only with pieces that
// came. What is paid and has not come is at most one increment, however many pieces are wanted side by side: a provider
// that stops sending keeps no more than that.

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
  /**
   * Resolves once one more piece is covered, or as many up to `most` as need no more waiting; it may wait for pieces that were
   * covered before. Every call is followed by `delivered`, `unused` or `fail`. Throws `BAD_CREDIT` when the provider lies about money.
   */
  cover(most?: number): Promise<number>;
  /** Covered pieces came. */
  delivered(pieces?: number): void;
  /** Pieces that cost nothing were asked for: as many fewer may have to be paid for. */
  free(pieces: number): void;
  /** Covered pieces were not asked for after all. */
  unused(pieces?: number): void;
  /** The provider sent no good piece: nothing more is paid to it, and whoever waits is told why. */
  fail(cause: unknown): void;
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
  let outstanding = 0; // covered pieces that have not come
  let cameSinceGrowth = 0;
  let failure: { cause: unknown } | undefined;
  let wake = () => {};
  let turn: Promise<void> = Promise.resolve();

  /** Pieces that may be paid for now. */
  function room(): number {
    if (cameSinceGrowth >= increment && increment < MAX_INCREMENT) {
      increment *= 2;
      cameSinceGrowth = 0;
    }
    const wanted = Math.max(left, 1);
    const free = Math.min(increment - outstanding, wanted);
    // A signature costs the provider more than a piece: vouchers for a few pieces only where no more are wanted.
    return 2 * free >= increment || free === wanted ? free : 0;
  }

  async function raise(ahead: number): Promise<void> {
    const next = cumulative + BigInt(ahead) * price;
    const answer = await pay(next);
    // What an earlier retrieval left over may be used. Nothing was sent for this voucher yet, so no more can be spent
    // than was promised before it: a provider that says so wants to be paid for the same piece twice.
    if (answer.cumulative !== next || answer.spent > cumulative) {
      throw new HoldfastError("BAD_CREDIT", "The provider claims another balance than was paid to it.", {
        details: { promised: next, found: answer.cumulative, spent: answer.spent },
      });
    }
    credit = cumulative === start ? next - answer.spent : credit + BigInt(ahead) * price;
    cumulative = next;
  }

  function check(): void {
    if (failure !== undefined) throw failure.cause;
  }

  async function coverSome(most: number): Promise<number> {
    check();
    while (price > 0n && credit < price) {
      const ahead = room();
      if (ahead > 0) await raise(ahead);
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        check();
      }
    }
    const covered = price === 0n || credit >= BigInt(most) * price ? most : Number(credit / price);
    credit -= BigInt(covered) * price;
    left -= covered;
    outstanding += covered;
    return covered;
  }

  return {
    cover(most = 1) {
      const mine = turn.then(() => coverSome(most));
      turn = mine.then(
        () => {},
        (cause: unknown) => {
          failure ??= { cause };
        },
      );
      return mine;
    },
    delivered(pieces = 1) {
      outstanding -= pieces;
      cameSinceGrowth += pieces;
      wake();
    },
    free(pieces) {
      left -= pieces;
    },
    unused(pieces = 1) {
      outstanding -= pieces;
      left += pieces;
      credit += BigInt(pieces) * price;
      wake();
    },
    fail(cause) {
      failure ??= { cause };
      wake();
    },
    get total() {
      return cumulative - start;
    },
  };
}
