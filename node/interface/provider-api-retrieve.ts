/** Sends pieces against vouchers. The order is the guarantee: voucher durable, credit spent durably, piece sent. */
import type { Address } from "viem";
import { equalBytes } from "../common/bytes.ts";
import type { Hex } from "../common/hex.ts";
import { channelOf } from "../consensus/channels.ts";
import { verifyMessage } from "../consensus/signing.ts";
import { recordOf } from "../consensus/spacetime.ts";
import { pieceId } from "../data/data-root.ts";
import { createHashTree } from "../data/hash-tree.ts";
import { pieceCount } from "../data/layout.ts";
import { creditOf, takeVoucher } from "../incentive/vouchers.ts";
import type { RetrievalTerms, RetrieveHandlers, VoucherMessage } from "../network/protocols/retrieve.ts";
import { Refusal } from "../network/refusal.ts";
import { channelOfPayer, putChannel } from "../physical/channel-table.ts";
import { pieceIdsOf } from "../physical/replica-table.ts";
import { createDelivery } from "./provider-delivery.ts";
import type { ProviderParts } from "./provider-parts.ts";
import { type HeldReplica, heldById } from "./provider-replicas.ts";
import type { RateLimit } from "./rate-limit.ts";

export function retrieveHandlers(parts: ProviderParts, free: RateLimit): RetrieveHandlers {
  const { chain, journal, pieces } = parts;
  return {
    async open({ replicaId, payer }, peerId) {
      const held = journal.read((db) => heldById(db, replicaId));
      if (held === undefined || !(await isInDeal(held, peerId))) {
        throw new Refusal("NOT_HELD", "This provider does not hold the replica.");
      }
      const delivery = createDelivery(parts, { replicaId, payer, peerId });
      const again = delivery.again();
      const terms = {
        ...termsOf(held),
        standing: standingOf(parts, payer),
        ...(again.length === 0 ? {} : { again }),
      };
      const ids = journal.read((db) => pieceIdsOf(db, replicaId));
      const tree = createHashTree(ids);
      return {
        terms,
        async voucher(voucher) {
          free.take(peerId); // 7 ms of CPU and a chain read, good or bad; one in 32 pieces is far below the limit
          return await accept(parts, payer, voucher, peerId);
        },
        async pieces(index, count) {
          // Only what can be sent is charged for; only what is charged for is sent.
          affordable(parts, payer, peerId, terms.price * BigInt(delivery.unpaid(index, count)));
          const found = await Promise.all(
            Array.from({ length: count }, async (_, i) => await readPiece(replicaId, index + i, ids[index + i]!)),
          );
          const sent = found.map((bytes, i) => {
            if (bytes === undefined) throw lost(index + i);
            return { bytes, path: tree.path(index + i) };
          });
          await delivery.charge(index, count, terms.price);
          return sent;
        },
        close: (ended) => delivery.close(ended),
      };
    },
  };

  /** `undefined` when it is lost. */
  async function readPiece(replicaId: Hex, index: number, id: Uint8Array): Promise<Uint8Array | undefined> {
    const bytes = await pieces.readPiece(replicaId, index).catch(() => undefined);
    if (bytes !== undefined && isPiece(bytes, id)) return bytes;
    parts.log("error", `Piece ${index} of replica ${replicaId} is lost or damaged on disk.`);
    return undefined;
  }

  /** The event that says so may be on its way still: who has just opened a deal reads from it at once. */
  async function isInDeal({ state, offer }: HeldReplica, peerId: string): Promise<boolean> {
    if (state === "active" || state === "leaving") return true;
    if (offer === undefined) return false;
    free.take(peerId);
    return (await recordOf(chain, chain.account.address, offer.root)).status !== 0;
  }

  function termsOf({ request }: HeldReplica): RetrievalTerms {
    const { groups } = request.upload;
    return { groups, pieces: pieceCount(groups), price: request.quote.retrievalPrice, provider: chain.account.address };
  }
}

/** What a payer needs to know who has forgotten it. */
function standingOf({ journal }: ProviderParts, payer: Address): VoucherMessage | undefined {
  const row = journal.read((db) => channelOfPayer(db, payer));
  if (row === undefined) return undefined;
  return { epoch: row.epoch, cumulative: row.cumulative, signature: row.signature as Hex };
}

function lost(index: number): Refusal {
  return new Refusal("PIECE_LOST", `This provider has lost piece ${index}. Take it from another.`);
}

function isPiece(bytes: Uint8Array, id: Uint8Array): boolean {
  try {
    return equalBytes(pieceId(bytes), id);
  } catch {
    return false; // cut off in the middle of a group
  }
}

async function accept(parts: ProviderParts, payer: Address, message: VoucherMessage, peerId: string) {
  const { chain, journal, now } = parts;
  const { epoch, cumulative, signature } = message;
  const provider = chain.account.address;
  const voucher = { payer, provider, epoch, cumulative };
  if (!(await verifyMessage(chain, "Voucher", voucher, signature, payer))) {
    throw new Refusal("BAD_SIGNATURE", "The voucher is not signed by its payer.");
  }
  const channel = await channelOf(chain, payer, provider);
  return await journal.commit((db) => {
    const row = channelOfPayer(db, payer);
    const account = takeVoucher(row, channel, voucher, peerId);
    if (account !== row && account.cumulative === cumulative) {
      const redeemed = row?.epoch === account.epoch ? row.redeemed : 0n;
      putChannel(db, { payer, ...account, signature, redeemed, touchedAt: now() });
    }
    return { cumulative: account.cumulative, spent: account.spent };
  });
}

function affordable({ journal }: ProviderParts, payer: Address, peerId: string, price: bigint): void {
  if (price === 0n) return;
  const row = journal.read((db) => channelOfPayer(db, payer));
  if (creditOf(row, peerId) >= price) return;
  const least = (row?.spent ?? 0n) + price;
  throw new Refusal("PAYMENT_REQUIRED", `The pieces cost ${price}. Send a voucher for at least ${least}.`);
}
