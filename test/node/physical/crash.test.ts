import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { allChannels } from "../../../node/physical/channel-table.ts";
import { openDatabase } from "../../../node/physical/database.ts";
import { openPieceStore } from "../../../node/physical/piece-store.ts";
import { piecesOf, replicaById } from "../../../node/physical/replica-table.ts";
import { replicaRow } from "./rows.ts";

const WRITER = path.join(import.meta.dirname, "acknowledging-writer.ts");

/** Runs the writer, kills it with SIGKILL after `ms`, and returns what it had acknowledged. */
async function writeAndKill(folder: string, start: number, ms: number): Promise<number[]> {
  const child = spawn(process.execPath, [WRITER, folder, String(start)], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (part: Buffer) => {
    if (text === "") setTimeout(() => child.kill("SIGKILL"), ms);
    text += part.toString();
  });
  const signal = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
  expect(signal).to.equal("SIGKILL");
  return text.split("\n").slice(0, -1).map(Number);
}

describe("a node killed with SIGKILL", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-crash-"));
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  it("has every piece, voucher and offer that it acknowledged, whole, and no leftovers, after each of three kills", async () => {
    const acknowledged: number[] = [];
    for (const [round, ms] of [60, 173, 251].entries()) {
      acknowledged.push(...(await writeAndKill(folder, round * 100_000, ms)));
    }
    expect(acknowledged.length).to.be.greaterThan(20);
    const database = openDatabase(path.join(folder, "holdfast.sqlite"));
    const store = await openPieceStore(path.join(folder, "replicas"));
    const rows = new Map(piecesOf(database, replicaRow.replicaId).map((row) => [row.piece, row]));
    for (const n of acknowledged) {
      const bytes = await store.readPiece(replicaRow.replicaId, n);
      expect(bytes.length).to.equal(50_000);
      expect(rows.get(n)?.pieceId).to.deep.equal(new Uint8Array(bytes.subarray(0, 32)));
    }
    const last = Math.max(...acknowledged);
    expect(replicaById(database, replicaRow.replicaId)?.offerExpiry).to.be.at.least(last);
    const cumulative = allChannels(database).map((row) => row.cumulative);
    expect(cumulative.some((amount) => amount >= 2n ** 100n + BigInt(last))).to.equal(true);
    const names = await readdir(path.join(folder, "replicas", replicaRow.replicaId));
    expect(names.filter((name) => !/^\d+\.piece$/.test(name))).to.deep.equal([]);
    database.close();
  });
});
