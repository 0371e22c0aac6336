import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { decodeJson, encodeJson } from "../../../node/common/json.ts";
import { channelOfPayer, putChannel } from "../../../node/physical/channel-table.ts";
import { openDatabase } from "../../../node/physical/database.ts";
import { diskError } from "../../../node/physical/disk-error.ts";
import { createJournal } from "../../../node/physical/journal.ts";
import { openMetadataStore } from "../../../node/physical/metadata-store.ts";
import { openPieceStore } from "../../../node/physical/piece-store.ts";
import {
  deleteReplica,
  pieceIdsOf,
  piecesOf,
  putPiece,
  putReplica,
  replicaById,
  replicaByRoot,
} from "../../../node/physical/replica-table.ts";
import { countWindows, latestWindows, markOf, putMark, putWindow } from "../../../node/physical/window-table.ts";
import { failure } from "../network/hosts.ts";
import { replicaRow } from "./rows.ts";

const id = replicaRow.replicaId;

describe("disk", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-disk-"));
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  describe("piece store", () => {
    it("gives back whole pieces and parts of them, and the tree", async () => {
      const store = await openPieceStore(folder);
      const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);
      await Promise.all(Array.from({ length: 30 }, (_, i) => store.writePiece(id, i, bytes.subarray(i))));
      await store.writeTree(id, bytes.subarray(5));
      expect(new Uint8Array(await store.readPiece(id, 7))).to.deep.equal(bytes.subarray(7));
      expect(await store.readPart(id, 0, 990, 20)).to.deep.equal(bytes.subarray(990));
      expect(new Uint8Array(await store.readTree(id))).to.deep.equal(bytes.subarray(5));
      expect(await store.list()).to.deep.equal([id]);
    });

    it("overwrites a piece with another", async () => {
      const store = await openPieceStore(folder);
      await store.writePiece(id, 0, new Uint8Array(9));
      await store.writePiece(id, 0, Uint8Array.of(1));
      expect(new Uint8Array(await store.readPiece(id, 0))).to.deep.equal(Uint8Array.of(1));
    });

    it("says FILE_MISSING for what is gone and returns less for what was cut", async () => {
      const store = await openPieceStore(folder);
      await store.writePiece(id, 0, new Uint8Array(100));
      await truncate(path.join(folder, id, "0.piece"));
      expect((await store.readPart(id, 0, 50, 10)).length).to.equal(0);
      await store.remove(id);
      await store.remove(id);
      expect((await failure(store.readPart(id, 0, 0, 1))).code).to.equal("FILE_MISSING");
    });

    it("clears what a crash left half-written", async () => {
      await mkdir(path.join(folder, id));
      await writeFile(path.join(folder, id, "3.piece.tmp-1"), "half");
      await openPieceStore(folder);
      expect(await readdir(path.join(folder, id))).to.deep.equal([]);
    });

    it("finishes a removal that a crash cut short", async () => {
      await mkdir(path.join(folder, `${id}.tmp-1`));
      await writeFile(path.join(folder, `${id}.tmp-1`, "0.piece"), "gone");
      await openPieceStore(folder);
      expect(await readdir(folder)).to.deep.equal([]);
    });

    it("never makes a path out of anything but a hash", async () => {
      const store = await openPieceStore(folder);
      expect((await failure(store.writePiece("../../etc", 0, new Uint8Array(1)))).code).to.equal("BAD_REPLICA_ID");
    });

    it("says DISK_FULL without the path, which peers may read", () => {
      const error = diskError(Object.assign(new Error("write"), { code: "ENOSPC" }), "/secret/path");
      expect(error.code).to.equal("DISK_FULL");
      expect(error.message).not.to.contain("/secret");
    });
  });

  describe("metadata store", () => {
    it("keeps the newest of each kind and forgets a deal", async () => {
      const store = await openMetadataStore(folder);
      await store.write(id, "header", Uint8Array.of(1));
      await store.write(id, "header", Uint8Array.of(2));
      expect(new Uint8Array((await store.read(id, "header"))!)).to.deep.equal(Uint8Array.of(2));
      expect(await store.read(id, "slotTable")).to.equal(undefined);
      await store.remove(id);
      expect(await store.read(id, "header")).to.equal(undefined);
    });
  });

  describe("database", () => {
    it("refuses a second daemon on the same folder, and not after the first has closed", () => {
      const file = path.join(folder, "holdfast.sqlite");
      const first = openDatabase(file);
      expect(() => openDatabase(file)).to.throw(/Another daemon/);
      first.close();
      openDatabase(file).close();
    });

    it("refuses the data of a newer program", () => {
      const file = path.join(folder, "holdfast.sqlite");
      const database = openDatabase(file);
      database.exec("PRAGMA user_version = 99");
      database.close();
      expect(() => openDatabase(file)).to.throw(/newer Holdfast/);
    });

    it("undoes a change that fails and keeps the others of its group", async () => {
      const journal = createJournal(openDatabase(path.join(folder, "holdfast.sqlite")));
      const results = await Promise.allSettled([
        journal.commit((db) => putMark(db, "a", "1")),
        journal.commit((db) => {
          putMark(db, "b", "1");
          throw new Error("no");
        }),
        journal.commit((db) => putMark(db, "c", "1")),
      ]);
      expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled"]);
      expect(["a", "b", "c"].map((name) => journal.read((db) => markOf(db, name)))).to.deep.equal([
        "1",
        undefined,
        "1",
      ]);
      journal.close();
    });

    it("says DISK_FULL when the database cannot grow, and goes on when it can again", async () => {
      const database = openDatabase(path.join(folder, "holdfast.sqlite"));
      const journal = createJournal(database);
      const { page_count: pages } = database.prepare("PRAGMA page_count").get() as { page_count: number };
      database.exec(`PRAGMA max_page_count = ${pages + 1}`);
      const big = "x".repeat(100_000);
      expect((await failure(journal.commit((db) => putMark(db, "a", big)))).code).to.equal("DISK_FULL");
      database.exec("PRAGMA max_page_count = 1000000");
      await journal.commit((db) => putMark(db, "a", big));
      expect(journal.read((db) => markOf(db, "a"))).to.equal(big);
      journal.close();
    });

    it("keeps what was committed before close", async () => {
      const file = path.join(folder, "holdfast.sqlite");
      const journal = createJournal(openDatabase(file));
      const pending = journal.commit((db) => putReplica(db, replicaRow));
      journal.close();
      await pending;
      const again = openDatabase(file);
      expect(replicaById(again, id)).to.deep.equal(replicaRow);
      again.close();
    });

    it("keeps replicas with their pieces in order, finds them by root, and forgets both", () => {
      const database = openDatabase(path.join(folder, "holdfast.sqlite"));
      const root = `0x${"11".repeat(32)}`;
      putReplica(database, { ...replicaRow, root });
      for (const piece of [2, 0, 1]) {
        putPiece(database, id, { piece, pieceId: new Uint8Array(32).fill(piece), nodes: new Uint8Array(64) });
      }
      expect(replicaByRoot(database, root)?.replicaId).to.equal(id);
      expect(piecesOf(database, id).map(({ piece }) => piece)).to.deep.equal([0, 1, 2]);
      expect(pieceIdsOf(database, id).map((bytes) => bytes[0])).to.deep.equal([0, 1, 2]);
      deleteReplica(database, id);
      expect([replicaById(database, id), piecesOf(database, id).length]).to.deep.equal([undefined, 0]);
      database.close();
    });

    it("keeps amounts beyond 64 bits", () => {
      const database = openDatabase(path.join(folder, "holdfast.sqlite"));
      const amounts = { epoch: 2n ** 64n - 1n, cumulative: 2n ** 128n - 1n, spent: 2n ** 70n, redeemed: 0n };
      const row = { payer: "p", signature: "0x", peer: "q", touchedAt: 1, ...amounts };
      putChannel(database, row);
      expect(channelOfPayer(database, "p")).to.deep.equal(row);
      expect(channelOfPayer(database, "x")).to.equal(undefined);
      database.close();
    });

    it("counts windows by what became of them", () => {
      const database = openDatabase(path.join(folder, "holdfast.sqlite"));
      putWindow(database, { window: 4, state: "missed", note: "late", at: 1 });
      putWindow(database, { window: 5, state: "missed", note: "late", at: 1 });
      putWindow(database, { window: 5, state: "proven", note: "", at: 2 });
      expect(countWindows(database)).to.deep.equal({ proven: 1, unprovable: 0, missed: 1 });
      expect(latestWindows(database, 1).map(({ window }) => window)).to.deep.equal([5]);
      database.close();
    });
  });

  it("writes big integers to JSON and back, and leaves hex alone", () => {
    const value = { a: 2n ** 100n, b: "0x12", c: [-5n, null, "12"] };
    expect(decodeJson(encodeJson(value))).to.deep.equal(value);
  });
});
