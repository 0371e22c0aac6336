// Strict downloads: a price that waits until its key could be disputed.

import { type Hex, keccak256 } from "viem";
import { downloadFee } from "../../data/rewards.ts";
import { sessionDigest } from "../../data/strict-download.ts";
import { holds, RuleBroken, same } from "./difference.ts";
import { post } from "./moves.ts";
import type { Books, DownloadBooks, Handlers } from "./state.ts";

export const downloadEvents: Handlers = {
  DownloadOpened(books, { id, buyer, seller, session }, scope, log) {
    const { chainId, addresses, disputeBlocks } = books.rules;
    same("digest of the download session", sessionDigest(chainId, addresses.downloads, session), id);
    same(`buyer of ${id}`, session.buyer, buyer);
    same(`seller of ${id}`, session.seller, seller);
    same(`${id} was opened before`, false, books.downloads.has(id));
    const { revealBy, disputeUntil, first, count, groups, dataRoot } = session;
    holds(scope.block <= BigInt(revealBy), `block of ${id}`, `at most ${revealBy}`, scope.block);
    const least = BigInt(revealBy) + disputeBlocks;
    holds(BigInt(disputeUntil) >= least, `last block of a dispute over ${id}`, `at least ${least}`, disputeUntil);
    holds(count > 0 && first + count <= groups, `range of ${id}`, `within ${groups} groups`, first + count);
    const sold = [...books.stored.values()].some(
      ({ offer, slot }) =>
        slot.status === "Active" && offer.provider === seller && offer.dataRoot === dataRoot && offer.groups === groups,
    );
    holds(sold, `active replica of ${seller} with dataRoot ${dataRoot}`, "one", "none");
    books.downloads.set(id, { session, status: "open", rewarded: false });
    post(scope.moves.expected, `lock from ${buyer} into escrows of ${addresses.downloads}`, session.price, log);
  },
  DownloadKeyRevealed(books, { id, key }, scope) {
    const found = downloadOf(books, id);
    same(`status of ${id}`, "open", found.status);
    same(`hash of the key of ${id}`, found.session.keyHash, keccak256(key));
    const { revealBy } = found.session;
    holds(scope.block <= BigInt(revealBy), `block of the key of ${id}`, `at most ${revealBy}`, scope.block);
    found.status = "revealed";
  },
  DownloadPaid(books, { id, seller, paid, fee }, scope, log) {
    const found = downloadOf(books, id);
    const { price, disputeUntil, seller: expected } = found.session;
    same(`status of ${id}`, "revealed", found.status);
    holds(scope.block > BigInt(disputeUntil), `block of ${id}`, `above ${disputeUntil}`, scope.block);
    same(`seller of ${id}`, expected, seller);
    same(`fee of ${id}`, downloadFee(price, books.rules.downloadFeeBps), fee);
    same(`paid for ${id}`, price - fee, paid);
    found.status = "paid";
    const { downloads } = books.rules.addresses;
    post(scope.moves.expected, `burn out of escrows of ${downloads}`, fee, log);
    post(scope.moves.expected, `release to ${seller} from escrows of ${downloads}`, paid, log);
  },
  DownloadReturned(books, { id, buyer, amount, disputed }, scope, log) {
    const found = downloadOf(books, id);
    const { price, revealBy, disputeUntil, buyer: expected } = found.session;
    same(`status of ${id}`, disputed ? "revealed" : "open", found.status);
    const late = scope.block > BigInt(disputed ? disputeUntil : revealBy);
    same(`${id} is ${disputed ? "beyond dispute" : "beyond its reveal"}`, !disputed, late);
    same(`buyer of ${id}`, expected, buyer);
    same(`returned of ${id}`, price, amount);
    found.status = "returned";
    const { downloads } = books.rules.addresses;
    post(scope.moves.expected, `release to ${buyer} from escrows of ${downloads}`, amount, log);
  },
};

function downloadOf(books: Books, id: Hex): DownloadBooks {
  const found = books.downloads.get(id);
  if (found === undefined) throw new RuleBroken(`download ${id}`, "opened before", "unknown");
  return found;
}
