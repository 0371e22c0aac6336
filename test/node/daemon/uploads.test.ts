import { expect } from "chai";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { dropStale } from "../../../node/application/duties/accept.ts";
import { removeOrphans } from "../../../node/application/duties/drop.ts";
import { toHex } from "../../../node/common/hex.ts";
import { verifyMessage } from "../../../node/consensus/signing.ts";
import { createCommitmentBuilder, rootOf } from "../../../node/data/commitment.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { uploadHandlers } from "../../../node/interface/provider-api-upload.ts";
import { heldById, reservations } from "../../../node/interface/provider-replicas.ts";
import type { UploadHandlers } from "../../../node/network/protocols/upload.ts";
import { diskError } from "../../../node/physical/disk-error.ts";
import { failure } from "../network/hosts.ts";
import { type Bench, firstId, makeRequest, makeShard, sendAll, startBench } from "./provider-bench.ts";

const zeros = toHex(new Uint8Array(32));

describe("uploads to a provider", () => {
  const client = privateKeyToAccount(generatePrivateKey());
  let bench: Bench;
  let handlers: UploadHandlers;
  beforeEach(async () => {
    bench = await startBench();
    handlers = uploadHandlers(bench.parts, bench.reader);
  });
  afterEach(async () => await bench.stop());

  describe("admission", () => {
    for (const [what, changes, code] of [
      ["an upload for another provider", { upload: { provider: client.address } }, "UPLOAD_REFUSED"],
      ["a quote of another provider", { quote: { provider: client.address } }, "UPLOAD_REFUSED"],
      [
        "a quote for another client",
        { quote: { client: "0x90F79bf6EB2c4f870365E785982E1f101E93b906" } },
        "UPLOAD_REFUSED",
      ],
      ["a quote for another size", { quote: { groups: 19 } }, "UPLOAD_REFUSED"],
      ["a quote for a shorter deal", { quote: { windows: 39 } }, "UPLOAD_REFUSED"],
      ["a deal key of other terms", { upload: { dealKey: zeros } }, "UPLOAD_REFUSED"],
      ["a slot that the terms do not have", { upload: { slot: 5 } }, "UPLOAD_REFUSED"],
      ["a class that is not the size's", { upload: { m: 15 }, quote: { m: 15 } }, "UPLOAD_REFUSED"],
      ["terms that it does not take", { terms: { minChallenges: 5 } }, "TERMS_REFUSED"],
      ["terms that leave for less than it insists on", { terms: { minWindows: 2 } }, "TERMS_REFUSED"],
      ["terms that cancel for less than it insists on", { terms: { cancelFeeWindows: 4 } }, "TERMS_REFUSED"],
      ["an expired admission", { upload: { expiry: 99 } }, "UPLOAD_EXPIRED"],
      ["an expired quote", { quote: { expiry: 99 } }, "QUOTE_EXPIRED"],
      ["a quote of an older offer epoch", { quote: { epoch: 2n } }, "QUOTE_REVOKED"],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const request = await makeRequest(bench, client, 20, changes);
        expect((await failure(handlers.begin(request, "p"))).code).to.equal(code);
        expect(bench.parts.journal.read((db) => reservations(db)).stored).to.equal(0n);
      });
    }

    it("refuses what it quoted for, once it pauses", async () => {
      const request = await makeRequest(bench, client, 20);
      bench.parts.settings.ask = { ...bench.parts.settings.ask, accepting: false };
      expect((await failure(handlers.begin(request, "p"))).code).to.equal("NOT_ACCEPTING");
      bench.parts.settings.ask = { ...bench.parts.settings.ask, accepting: true };
      await handlers.begin(request, "p");
    });

    it("refuses an admission that its client did not sign, and a quote that it did not sign itself", async () => {
      const request = await makeRequest(bench, client, 20);
      const forged = `0x${"11".repeat(64)}1b` as const;
      expect((await failure(handlers.begin({ ...request, signature: forged }, "p"))).code).to.equal("BAD_SIGNATURE");
      const cheaper = { ...request, quote: { ...request.quote, price: 1n } };
      expect((await failure(handlers.begin(cheaper, "p"))).code).to.equal("BAD_SIGNATURE");
    });

    it("refuses without room on the lane, and says which room", async () => {
      bench.room = { ...bench.room, freeBytes: 1000 };
      expect((await failure(handlers.begin(await makeRequest(bench, client, 20), "p"))).code).to.equal("DISK_FULL");
    });

    it("limits uploads under way per client, and frees the place when one ends", async () => {
      bench.parts.settings.limits.uploadsPerClient = 2;
      const sessions = [];
      for (let i = 0; i < 2; i++) sessions.push(await handlers.begin(await makeRequest(bench, client, 20), "p"));
      const third = await makeRequest(bench, client, 20);
      expect((await failure(handlers.begin(third, "p"))).code).to.equal("BUSY");
      const other = privateKeyToAccount(generatePrivateKey());
      await handlers.begin(await makeRequest(bench, other, 20), "p");
      sessions[0]!.close();
      await handlers.begin(third, "p");
    });

    it("limits what one client may reserve without ever opening a deal", async () => {
      bench.parts.settings.limits.pendingPerClient = 2;
      for (let i = 0; i < 2; i++) (await handlers.begin(await makeRequest(bench, client, 20), "p")).close();
      expect((await failure(handlers.begin(await makeRequest(bench, client, 20), "p"))).code).to.equal("BUSY");
    });

    it("reserves nothing for a client that does not own what its pending replicas cost, here or in its wallet", async () => {
      const cost = 40n * 11n;
      Object.assign(bench.answers, { freeOf: cost, balanceOf: cost - 1n });
      const first = await makeRequest(bench, client, 20);
      (await handlers.begin(first, "p")).close();
      const second = await makeRequest(bench, client, 20);
      expect((await failure(handlers.begin(second, "p"))).code).to.equal("CLIENT_LACKS_TOKENS");
      (await handlers.begin(first, "p")).close();
      bench.answers.balanceOf = cost;
      await handlers.begin(second, "p");
    });

    it("counts what is promised against the next room: bytes, weight and collateral", async () => {
      await handlers.begin(await makeRequest(bench, client, 20), "p");
      const reserved = bench.parts.journal.read((db) => reservations(db));
      expect(reserved).to.deep.equal({ stored: 20n * 15_872n, weight: 2n ** 14n, collateral: 440n });
    });

    it("refuses another client in a place that is taken", async () => {
      const request = await makeRequest(bench, client, 20);
      await handlers.begin(request, "p");
      const larger = await makeRequest(bench, client, 21, { salt: request.salt });
      expect((await failure(handlers.begin(larger, "p"))).code).to.equal("UPLOAD_REFUSED");
    });
  });

  describe("pieces", () => {
    it("are refused at a wrong length", async () => {
      const shard = makeShard(20);
      const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
      expect((await failure(session.piece(1, shard.piece(0)))).code).to.equal("BAD_PIECE");
      expect((await failure(session.piece(0, shard.piece(1)))).code).to.equal("BAD_PIECE");
    });

    it("are there after the connection broke, and need not be sent again", async () => {
      const shard = makeShard(40);
      const request = await makeRequest(bench, client, 40);
      const first = await handlers.begin(request, "p");
      await first.piece(2, shard.piece(2));
      await first.piece(0, shard.piece(0));
      first.close();
      const second = await handlers.begin(request, "p");
      expect([...second.have].sort()).to.deep.equal([0, 2]);
      await second.piece(1, shard.piece(1));
      expect((await second.finish(shard.dataRoot)).dataRoot).to.equal(shard.dataRoot);
    });

    it("no longer count on a stream whose client has come back on another", async () => {
      const shard = makeShard(20);
      const request = await makeRequest(bench, client, 20);
      const first = await handlers.begin(request, "p");
      const second = await handlers.begin(request, "p");
      expect((await failure(first.piece(0, shard.piece(0)))).code).to.equal("SUPERSEDED");
      first.close();
      await sendAll(second, shard);
    });

    describe("of which a client sends two versions, to have the provider commit to one and keep the other,", () => {
      /** Holds the first write of a piece up until `release`. */
      function slowDisk(): { release(): void } {
        const { pieces } = bench.parts;
        const { writePiece } = pieces;
        const { promise, resolve } = Promise.withResolvers<void>();
        pieces.writePiece = async (...args) => {
          pieces.writePiece = writePiece;
          await promise;
          await writePiece(...args);
        };
        return { release: resolve };
      }
      const onDisk = async (index: number) =>
        Buffer.from(await bench.parts.pieces.readPiece(firstId(bench), index)).toString("hex");

      it("take the first alone, side by side", async () => {
        const [one, two] = [makeShard(20), makeShard(20)];
        const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
        const disk = slowDisk();
        const first = session.piece(0, one.piece(0));
        expect((await failure(session.piece(0, two.piece(0)))).code).to.equal("BAD_PIECE");
        disk.release();
        await first;
        await session.piece(1, one.piece(1));
        await session.finish(one.dataRoot);
        expect(await onDisk(0)).to.equal(Buffer.from(one.piece(0)).toString("hex"));
      });

      it("take the first alone, one after the other", async () => {
        const [one, two] = [makeShard(20), makeShard(20)];
        const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
        await session.piece(0, one.piece(0));
        expect((await failure(session.piece(0, two.piece(0)))).code).to.equal("BAD_PIECE");
        await session.piece(0, one.piece(0));
        expect(await onDisk(0)).to.equal(Buffer.from(one.piece(0)).toString("hex"));
      });

      it("take the first alone, over a second connection after the first was dropped", async () => {
        const [one, two] = [makeShard(20), makeShard(20)];
        const request = await makeRequest(bench, client, 20);
        const dropped = await handlers.begin(request, "p");
        const disk = slowDisk();
        const first = dropped.piece(0, one.piece(0));
        dropped.close();
        const coming = handlers.begin(request, "p");
        setTimeout(disk.release, 50);
        const session = await coming;
        await first;
        expect([...session.have]).to.deep.equal([0]);
        expect((await failure(session.piece(0, two.piece(0)))).code).to.equal("BAD_PIECE");
        expect(await onDisk(0)).to.equal(Buffer.from(one.piece(0)).toString("hex"));
      });
    });

    it("tell the client of a full disk, are not counted, and go on when there is space again", async () => {
      const shard = makeShard(20);
      const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
      const { writePiece } = bench.parts.pieces;
      bench.parts.pieces.writePiece = () =>
        Promise.reject(diskError(Object.assign(new Error("write"), { code: "ENOSPC" }), "/data"));
      expect((await failure(session.piece(0, shard.piece(0)))).code).to.equal("DISK_FULL");
      expect((await failure(session.finish(shard.dataRoot))).code).to.equal("PIECES_MISSING");
      bench.parts.pieces.writePiece = writePiece;
      await sendAll(session, shard);
      await session.finish(shard.dataRoot);
    });
  });

  describe("commitment", () => {
    it("is to the bytes that came, signed, and the same when asked again", async () => {
      const shard = makeShard(20);
      const request = await makeRequest(bench, client, 20);
      const session = await handlers.begin(request, "p");
      await session.piece(1, shard.piece(1));
      await session.piece(0, shard.piece(0));
      const held = await session.finish(shard.dataRoot);
      const builder = createCommitmentBuilder(bench.parts.hash, 20);
      builder.append(createPoseidon8().groupNodes(shard.bytes));
      expect(held.root).to.equal(toHex(rootOf(builder.finish())));
      const { provider, dealKey, slot, generation, m, groups } = request.upload;
      const message = { provider, dealKey, slot, generation, m, groups, root: held.root, dataRoot: shard.dataRoot };
      const { chain } = bench.parts;
      expect(await verifyMessage(chain, "Commitment", message, held.signature, provider)).to.equal(true);
      expect(await session.finish(shard.dataRoot)).to.deep.equal(held);
    });

    it("is refused for another data root, and then all pieces are sent again", async () => {
      const shard = makeShard(20);
      const request = await makeRequest(bench, client, 20);
      const session = await handlers.begin(request, "p");
      await sendAll(session, shard);
      expect((await failure(session.finish(zeros))).code).to.equal("DATA_ROOT_MISMATCH");
      const again = await handlers.begin(request, "p");
      expect(again.have.size).to.equal(0);
      await sendAll(again, shard);
      await again.finish(shard.dataRoot);
    });

    it("closes the upload: bytes that were signed for cannot be replaced by the client", async () => {
      const shard = makeShard(20);
      const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
      await sendAll(session, shard);
      await session.finish(shard.dataRoot);
      expect((await failure(session.piece(0, makeShard(20).piece(0)))).code).to.equal("UPLOAD_COMPLETE");
    });

    it("is refused for bytes that the lane has already, here or on chain", async () => {
      const shard = makeShard(20);
      for (const code of [undefined, "ROOT_TAKEN"]) {
        const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
        await sendAll(session, shard);
        const error =
          code === undefined ? await session.finish(shard.dataRoot) : await failure(session.finish(shard.dataRoot));
        if (code !== undefined) expect((error as { code: string }).code).to.equal(code);
      }
      bench.answers.recordOf = { status: 3 };
      const fresh = makeShard(20);
      const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
      await sendAll(session, fresh);
      expect((await failure(session.finish(fresh.dataRoot))).code).to.equal("ROOT_TAKEN");
    });
  });

  describe("offer", () => {
    async function committed(changes = {}) {
      const shard = makeShard(20);
      const request = await makeRequest(bench, client, 20, changes);
      const session = await handlers.begin(request, "p");
      await sendAll(session, shard);
      const { root } = await session.finish(shard.dataRoot);
      return { shard, request, session, root };
    }

    it("is for the quoted price and the committed bytes, valid under the market's domain, and the same when asked again", async () => {
      const { shard, request, session, root } = await committed();
      const { offer, signature } = await session.offer();
      expect(offer).to.include({
        price: 11n,
        collateral: 440n,
        root,
        dataRoot: shard.dataRoot,
        epoch: 3n,
        expiry: 700,
      });
      expect(await verifyMessage(bench.parts.chain, "Offer", offer, signature, bench.provider.address)).to.equal(true);
      bench.block.now = 150n;
      expect(await session.offer()).to.deep.equal({ offer, signature });
      session.close();
      expect(await (await handlers.begin(request, "p")).offer()).to.deep.equal({ offer, signature });
    });

    it("is durable before it can be seen", async () => {
      const { session } = await committed();
      const { journal } = bench.parts;
      const { commit } = journal;
      journal.commit = () => Promise.reject(diskError({ code: "ENOSPC" }, "db"));
      expect((await failure(session.offer())).code).to.equal("DISK_FULL");
      journal.commit = commit;
      await session.offer();
    });

    it("is refused before the upload is finished, and when stake or quote do not allow it any more", async () => {
      const open = await handlers.begin(await makeRequest(bench, client, 20), "p");
      expect((await failure(open.offer())).code).to.equal("NOT_COMMITTED");
      const { session } = await committed();
      bench.lane = { ...bench.lane, epoch: 4n };
      expect((await failure(session.offer())).code).to.equal("QUOTE_REVOKED");
      bench.lane = { ...bench.lane, epoch: 3n };
      bench.room = { ...bench.room, stake: 0n, beta: 2n ** 64n };
      expect((await failure(session.offer())).code).to.equal("NO_STAKE");
    });

    it("that expired is replaced after a new quote, at the new price, without sending bytes again", async () => {
      const { session, request } = await committed();
      await session.offer();
      bench.block.now = 701n;
      expect((await failure(session.offer())).code).to.equal("OFFER_EXPIRED");
      session.close();
      const later = { quote: { expiry: 900, price: 12n }, upload: { expiry: 900 }, salt: request.salt };
      const again = await handlers.begin(await makeRequest(bench, client, 20, later), "p");
      expect(again.have.size).to.equal(2);
      expect((await again.offer()).offer).to.include({ price: 12n, expiry: 1301 });
    });

    it("that was taken in its last block is not replaced before the event has come", async () => {
      const { session, request } = await committed();
      await session.offer();
      session.close();
      bench.block.now = 701n;
      bench.answers.recordOf = { status: 1 };
      const later = { quote: { expiry: 900 }, upload: { expiry: 900 }, salt: request.salt };
      const again = handlers.begin(await makeRequest(bench, client, 20, later), "p");
      expect((await failure(again)).code).to.equal("ROOT_TAKEN");
      expect(bench.parts.journal.read((db) => heldById(db, firstId(bench)))?.offer?.expiry).to.equal(700);
    });

    it("that can still be taken is not replaced by a cheaper one", async () => {
      const { session, request } = await committed();
      const { offer } = await session.offer();
      session.close();
      const dearer = { quote: { price: 12n }, salt: request.salt };
      expect(
        (await (await handlers.begin(await makeRequest(bench, client, 20, dearer), "p")).offer()).offer,
      ).to.deep.equal(offer);
    });
  });

  describe("that lead to no deal", () => {
    it("are dropped with their bytes once they stand still for too long", async () => {
      const shard = makeShard(20);
      const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
      await session.piece(0, shard.piece(0));
      bench.clock.now += bench.parts.settings.limits.uploadIdleMs - 1;
      await dropStale(bench.parts);
      await session.piece(1, shard.piece(1));
      bench.clock.now += bench.parts.settings.limits.uploadIdleMs;
      await dropStale(bench.parts);
      expect(await bench.parts.pieces.list()).to.deep.equal([]);
      expect((await failure(session.finish(shard.dataRoot))).code).to.equal("UPLOAD_EXPIRED");
    });

    it("are kept while their offer could be taken or was, and dropped after", async () => {
      const shard = makeShard(20);
      const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
      await sendAll(session, shard);
      await session.finish(shard.dataRoot);
      const { offer } = await session.offer();
      bench.clock.now += 10 ** 9;
      bench.block.now = BigInt(offer.expiry) + 20n;
      await dropStale(bench.parts);
      bench.block.now += 1n;
      bench.answers.recordOf = { status: 1 };
      await dropStale(bench.parts);
      expect((await bench.parts.pieces.list()).length).to.equal(1);
      bench.answers.recordOf = { status: 0 };
      await dropStale(bench.parts);
      expect(await bench.parts.pieces.list()).to.deep.equal([]);
      expect(bench.parts.journal.read((db) => reservations(db)).stored).to.equal(0n);
    });

    it("leave no bytes behind that no row knows", async () => {
      const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
      await session.piece(0, makeShard(20).piece(0));
      await bench.parts.pieces.writePiece(zeros, 0, new Uint8Array(5));
      await removeOrphans(bench.parts);
      expect(await bench.parts.pieces.list()).to.deep.equal([firstId(bench)]);
    });
  });
});
