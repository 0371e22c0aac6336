import { truncate } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { fromHex, type Hex } from "../../../node/common/hex.ts";
import { signMessage } from "../../../node/consensus/signing.ts";
import { verifyPiece } from "../../../node/data/data-root.ts";
import { promisedSoFar } from "../../../node/interface/client/standing.ts";
import { retrieveHandlers } from "../../../node/interface/provider-api-retrieve.ts";
import { uploadHandlers } from "../../../node/interface/provider-api-upload.ts";
import { changeReplica, replicaIdOfRequest } from "../../../node/interface/provider-replicas.ts";
import { createRateLimit } from "../../../node/interface/rate-limit.ts";
import type { PieceWithPath, RetrieveHandlers } from "../../../node/network/protocols/retrieve.ts";
import { channelOfPayer } from "../../../node/physical/channel-table.ts";
import { diskError } from "../../../node/physical/disk-error.ts";
import { putUnderWay } from "../../../node/physical/under-way-table.ts";
import { failure } from "../network/hosts.ts";
import { type Bench, makeRequest, makeShard, type Shard, startBench } from "./provider-bench.ts";

const PRICE = 5n;

describe("retrievals from a provider", () => {
  const payer = privateKeyToAccount(generatePrivateKey());
  let bench: Bench;
  let handlers: RetrieveHandlers;
  let shard: Shard;
  let replicaId: Hex;

  beforeEach(async () => {
    bench = await startBench();
    bench.answers.channelOf = { deposit: 1000n, redeemed: 0n, epoch: 2n, closableAt: 0 };
    shard = makeShard(40);
    const request = await makeRequest(bench, payer, 40);
    const session = await uploadHandlers(bench.parts, bench.reader).begin(request, "p");
    for (let i = 0; i < shard.count; i++) await session.piece(i, shard.piece(i));
    await session.finish(shard.dataRoot);
    await session.offer();
    replicaId = replicaIdOfRequest(request);
    await bench.parts.journal.commit((db) => changeReplica(db, replicaId, { state: "active", firstWindow: 4 }));
    handlers = retrieveHandlers(bench.parts, createRateLimit({ perSecond: 1, burst: 6, now: bench.parts.now }));
  });
  afterEach(async () => await bench.stop());

  const open = (peer = "alice") => handlers.open({ replicaId, payer: payer.address }, peer);
  async function voucher(cumulative: bigint, epoch = 2n, signer = payer) {
    const message = { payer: payer.address, provider: bench.provider.address, epoch, cumulative };
    return { epoch, cumulative, signature: await signMessage(bench.parts.chain, signer, "Voucher", message) };
  }

  it("send a piece with a path to the data root for exactly its price, and not one more", async () => {
    const session = await open();
    const { provider } = bench;
    const terms = { groups: 40, pieces: 3, price: PRICE, provider: provider.address, standing: undefined };
    expect(session.terms).to.deep.equal(terms);
    expect((await failure(session.pieces(0, 1))).code).to.equal("PAYMENT_REQUIRED");
    expect(await session.voucher(await voucher(2n * PRICE))).to.deep.equal({ cumulative: 10n, spent: 0n });
    for (const index of [2, 0]) {
      const [{ bytes, path: audit }] = (await session.pieces(index, 1)) as [PieceWithPath];
      expect(verifyPiece(fromHex(shard.dataRoot), 40, index, bytes, audit)).to.equal(true);
    }
    expect((await failure(session.pieces(1, 1))).code).to.equal("PAYMENT_REQUIRED");
  });

  it("begin when the chain has the replica, before its event has come", async () => {
    await bench.parts.journal.commit((db) => changeReplica(db, replicaId, { state: "offered" }));
    expect((await failure(open())).code).to.equal("NOT_HELD");
    bench.answers.recordOf = { status: 1 };
    expect((await open()).terms.pieces).to.equal(3);
  });

  it("never send more than was paid for when pieces are asked for side by side", async () => {
    const session = await open();
    await session.voucher(await voucher(2n * PRICE));
    const asked = await Promise.allSettled([0, 1, 2, 0, 1, 2, 0, 1].map((index) => session.pieces(index, 1)));
    expect(asked.filter(({ status }) => status === "fulfilled").length).to.equal(2);
  });

  it("charge for a run of pieces in one commit, and nothing for a run that is covered in part", async () => {
    const session = await open();
    const { journal } = bench.parts;
    const spent = () => journal.read((db) => channelOfPayer(db, payer.address))?.spent;
    await session.voucher(await voucher(2n * PRICE));
    let commits = 0;
    const { commit } = journal;
    journal.commit = (change) => {
      commits++;
      return commit(change);
    };
    expect((await failure(session.pieces(0, 3))).code).to.equal("PAYMENT_REQUIRED");
    expect([commits, spent()]).to.deep.equal([0, 0n]);
    const run = await session.pieces(1, 2);
    expect([commits, spent()]).to.deep.equal([1, 2n * PRICE]);
    for (const [i, { bytes, path: audit }] of run.entries()) {
      expect(verifyPiece(fromHex(shard.dataRoot), 40, 1 + i, bytes, audit)).to.equal(true);
    }
  });

  it("never send more than was paid for when runs are asked for side by side", async () => {
    const session = await open();
    await session.voucher(await voucher(3n * PRICE));
    const asked = await Promise.allSettled([session.pieces(0, 2), session.pieces(1, 2), session.pieces(0, 2)]);
    expect(asked.map(({ status }) => status)).to.have.members(["fulfilled", "rejected", "rejected"]);
    expect(bench.parts.journal.read((db) => channelOfPayer(db, payer.address))?.spent).to.equal(2n * PRICE);
  });

  it("tell a payer that comes from another machine where it stands, in its own words and no others", async () => {
    const { chain } = bench.parts;
    const first = await open("laptop");
    await first.voucher(await voucher(2n * PRICE));
    await first.pieces(0, 1);
    const { standing } = (await open("desktop")).terms;
    expect(standing).to.deep.equal(await voucher(2n * PRICE));
    const of = { payer: payer.address, provider: bench.provider.address, epoch: 2n, recorded: 0n, redeemed: 3n };
    expect(await promisedSoFar(chain, { ...of, told: standing })).to.equal(10n);
    expect(await promisedSoFar(chain, { ...of, told: undefined })).to.equal(3n);
    // A machine that knows of more, another life of the channel, somebody else's signature, a sum that was not signed.
    expect(await promisedSoFar(chain, { ...of, recorded: 15n, told: standing })).to.equal(15n);
    expect(await promisedSoFar(chain, { ...of, epoch: 3n, told: standing })).to.equal(3n);
    const stranger = privateKeyToAccount(generatePrivateKey());
    expect(await promisedSoFar(chain, { ...of, told: await voucher(20n, 2n, stranger) })).to.equal(3n);
    expect(await promisedSoFar(chain, { ...of, told: { ...standing!, cumulative: 900n } })).to.equal(3n);
  });

  it("keep what is left of the credit for the same peer, and what was spent stays spent", async () => {
    const first = await open();
    await first.voucher(await voucher(2n * PRICE));
    await first.pieces(0, 1);
    first.close(true);
    const again = await open();
    expect(await again.voucher(await voucher(2n * PRICE))).to.deep.equal({ cumulative: 10n, spent: 5n });
    await again.pieces(1, 1);
    expect((await failure(again.pieces(2, 1))).code).to.equal("PAYMENT_REQUIRED");
  });

  const underWay = async () => {
    await bench.parts.journal.commit(() => undefined); // what was committed before it is there
    return (await open()).terms.again;
  };
  const spent = () => bench.parts.journal.read((db) => channelOfPayer(db, payer.address))?.spent;

  it("are sent once more for nothing where a stream broke, each piece once, and nothing else", async () => {
    const first = await open();
    await first.voucher(await voucher(3n * PRICE));
    await first.pieces(0, 2);
    first.close(false);
    const side = await open();
    await Promise.all([side.pieces(0, 1), side.pieces(1, 1)]);
    side.close(false);
    expect(await underWay()).to.equal(undefined);
    await bench.parts.journal.commit((db) => putUnderWay(db, payer.address, replicaId, [0, 1]));
    const second = await open();
    expect(second.terms.again).to.deep.equal([0, 1]);
    const run = await second.pieces(0, 3);
    for (const [index, { bytes, path: audit }] of run.entries()) {
      expect(verifyPiece(fromHex(shard.dataRoot), 40, index, bytes, audit)).to.equal(true);
    }
    expect(spent()).to.equal(3n * PRICE);
    expect((await failure(second.pieces(0, 1))).code).to.equal("PAYMENT_REQUIRED");
    second.close(false);
    expect(await underWay()).to.deep.equal([2]);
  });

  it("are not sent again where the peer said that it has had them", async () => {
    const first = await open();
    await first.voucher(await voucher(3n * PRICE));
    await first.pieces(0, 2);
    first.close(false);
    const second = await open();
    await second.pieces(1, 2);
    second.close(true);
    // The first piece is not among what the second stream was asked for: it may still be missing.
    expect(await underWay()).to.deep.equal([0]);
  });

  it("are sent again to nobody but the peer that paid, and to one of its streams alone", async () => {
    const first = await open();
    await first.voucher(await voucher(2n * PRICE));
    await first.pieces(0, 2);
    first.close(false);
    expect((await open("mallory")).terms.again).to.equal(undefined);
    const streams = [await open(), await open()];
    const asked = await Promise.allSettled(streams.map((stream) => stream.pieces(0, 2)));
    expect(asked.map(({ status }) => status)).to.have.members(["fulfilled", "rejected"]);
    expect(await underWay()).to.equal(undefined);
    const late = streams[asked.findIndex(({ status }) => status === "rejected")]!;
    await late.voucher(await voucher(4n * PRICE));
    await late.pieces(0, 2);
    expect(spent()).to.equal(4n * PRICE);
  });

  it("are sent again once, however long the stream that they were paid on goes on", async () => {
    const first = await open();
    await first.voucher(await voucher(3n * PRICE));
    await first.pieces(0, 1);
    await (await open()).pieces(0, 1);
    await first.pieces(1, 1);
    expect(await underWay()).to.deep.equal([1]);
    await (await open()).pieces(1, 1);
    const other = await open();
    await first.pieces(2, 1);
    other.close(true);
    expect(await underWay()).to.deep.equal([2]);
    first.close(true);
    expect(await underWay()).to.equal(undefined);
  });

  it("are not charged for once their stream is known to have broken", async () => {
    const session = await open();
    await session.voucher(await voucher(PRICE));
    const asked = failure(session.pieces(0, 1));
    session.close(false);
    expect((await asked).code).to.equal("PAYMENT_REQUIRED");
    expect(spent()).to.equal(0n);
  });

  it("are not sent again where they were never paid for", async () => {
    const session = await open();
    await session.voucher(await voucher(2n * PRICE));
    const asked = await Promise.allSettled([session.pieces(0, 2), session.pieces(1, 2)]);
    const paid = asked.flatMap(({ status }, first) => (status === "fulfilled" ? [[first, first + 1]] : []));
    expect(paid).to.have.length(1);
    await session.voucher(await voucher(3n * PRICE));
    await session.pieces(paid[0]![0]!, 1);
    session.close(false);
    expect([...new Set(await underWay())].sort()).to.deep.equal(paid[0]);
  });

  it("give nothing to a peer that shows somebody else's voucher, which is public once redeemed", async () => {
    await (await open()).voucher(await voucher(100n));
    const thief = await open("mallory");
    await thief.voucher(await voucher(100n));
    expect((await failure(thief.pieces(0, 1))).code).to.equal("PAYMENT_REQUIRED");
    await (await open()).pieces(0, 1);
  });

  it("refuse vouchers that are forged, too high, of another life, or on a closing channel", async () => {
    const session = await open();
    const outsider = privateKeyToAccount(generatePrivateKey());
    expect((await failure(session.voucher(await voucher(10n, 2n, outsider)))).code).to.equal("BAD_SIGNATURE");
    expect((await failure(session.voucher({ ...(await voucher(10n)), cumulative: 11n }))).code).to.equal(
      "BAD_SIGNATURE",
    );
    expect((await failure(session.voucher(await voucher(1001n)))).code).to.equal("VOUCHER_ABOVE_DEPOSIT");
    expect((await failure(session.voucher(await voucher(10n, 1n)))).code).to.equal("VOUCHER_EPOCH");
    bench.answers.channelOf = { deposit: 1000n, redeemed: 0n, epoch: 2n, closableAt: 500 };
    expect((await failure(session.voucher(await voucher(10n)))).code).to.equal("CHANNEL_CLOSING");
    expect(bench.parts.journal.read((db) => channelOfPayer(db, payer.address))).to.equal(undefined);
  });

  it("check no more signatures for a peer than it may have for free", async () => {
    const session = await open();
    const bad = { ...(await voucher(10n)), cumulative: 11n };
    for (let i = 0; i < 6; i++) expect((await failure(session.voucher(bad))).code).to.equal("BAD_SIGNATURE");
    expect((await failure(session.voucher(bad))).code).to.equal("RATE_LIMITED");
  });

  it("keep the highest voucher with its signature, whatever order they come in", async () => {
    const session = await open();
    const highest = await voucher(30n);
    await session.voucher(await voucher(10n));
    await session.voucher(highest);
    expect(await session.voucher(await voucher(20n))).to.deep.equal({ cumulative: 30n, spent: 0n });
    const row = bench.parts.journal.read((db) => channelOfPayer(db, payer.address));
    expect(row).to.include({ cumulative: 30n, signature: highest.signature });
  });

  it("confirm no credit and send nothing unless the voucher and the spending are durable", async () => {
    const session = await open();
    const { journal } = bench.parts;
    const { commit } = journal;
    const full = () => Promise.reject(diskError({ code: "ENOSPC" }, "db"));
    journal.commit = full;
    expect((await failure(session.voucher(await voucher(10n)))).code).to.equal("DISK_FULL");
    journal.commit = commit;
    expect((await failure(session.pieces(0, 1))).code).to.equal("PAYMENT_REQUIRED");
    await session.voucher(await voucher(10n));
    journal.commit = full;
    expect((await failure(session.pieces(0, 1))).code).to.equal("DISK_FULL");
    journal.commit = commit;
    await session.pieces(0, 1);
  });

  it("charge nothing for a piece that is lost or damaged on disk", async () => {
    const session = await open();
    await session.voucher(await voucher(10n));
    const folder = path.join(bench.folder, "replicas", replicaId);
    await truncate(path.join(folder, "0.piece"));
    await truncate(path.join(folder, "1.piece"), 16 * 15_872 - 1);
    await bench.parts.pieces.writePiece(replicaId, 2, makeShard(8).piece(0));
    for (const index of [0, 1, 2]) expect((await failure(session.pieces(index, 1))).code).to.equal("PIECE_LOST");
    expect(bench.parts.journal.read((db) => channelOfPayer(db, payer.address))?.spent).to.equal(0n);
  });

  it("charge nothing for the good pieces of a run in which one is lost: they can be had alone", async () => {
    const session = await open();
    await session.voucher(await voucher(3n * PRICE));
    await truncate(path.join(bench.folder, "replicas", replicaId, "1.piece"));
    expect(await failure(session.pieces(0, 3))).to.include({
      code: "PIECE_LOST",
      message: "This provider has lost piece 1. Take it from another.",
    });
    expect(spent()).to.equal(0n);
    await session.pieces(0, 1);
    await session.pieces(2, 1);
    expect(spent()).to.equal(2n * PRICE);
  });

  it("are refused for what is not held or in no deal", async () => {
    const unknown = handlers.open({ replicaId: `0x${"00".repeat(32)}`, payer: payer.address }, "p");
    expect((await failure(unknown)).code).to.equal("NOT_HELD");
    await bench.parts.journal.commit((db) => changeReplica(db, replicaId, { state: "offered" }));
    expect((await failure(open())).code).to.equal("NOT_HELD");
  });
});
