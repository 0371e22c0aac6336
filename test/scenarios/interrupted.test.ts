// A client that is killed at any point goes on where it was: nothing is paid twice, nothing is left behind.

import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Network } from "../../scripts/lib/network.ts";
import { newClient, type TestClient } from "./support/client.ts";
import { expectRefusal, holdfast, resultOf } from "./support/command-line.ts";
import { allEvents } from "./support/money.ts";
import { sharedNetwork } from "./support/network.ts";
import { PUT_STAGES, piecesOnDisk, putStage } from "./support/put-stage.ts";

/** What a provider of the network asks for a piece. */
const PIECE_PRICE = 10n ** 14n;

interface Put {
  readonly capability: string;
  readonly slots: readonly unknown[];
  readonly resumed: boolean;
  readonly escrow?: string;
  readonly unchecked?: string;
}

describe("an interrupted client", function () {
  this.timeout(300_000);
  const original = randomBytes(1_600_001);
  let network: Network;
  let client: TestClient;
  let file: string;

  const shape = ["--data", "2", "--total", "4", "--windows", "100"];
  const putArgs = () => ["client", "put", file, ...shape, ...client.options];
  const puts = () => path.join(client.data, "puts");
  const journals = () => (existsSync(puts()) ? readdirSync(puts()) : []);
  const dealsOpened = async () =>
    (await allEvents(network.chain)).filter(
      (log) => log.eventName === "DealOpened" && log.args.client === client.address,
    ).length;

  before(async () => {
    network = await sharedNetwork();
    client = await newClient(network, "interrupted");
    file = path.join(client.folder, "letters.tar");
    writeFileSync(file, original);
  });

  describe("put", () => {
    let result: Put;

    it("killed at every stage of its journal, pays once and sends nothing that a provider has a second time", async () => {
      const others = piecesOnDisk(network);
      const own = () => [...piecesOnDisk(network)].filter(([file]) => !others.has(file));
      let had: [string, string][] = [];
      for (const [i, stage] of PUT_STAGES.entries()) {
        let goes = i === 0;
        const killed = await holdfast(putArgs(), {
          onLine(line) {
            goes ||= line.startsWith("going on with the put");
          },
          async killWhen() {
            const reached = goes ? await putStage(network, client) : undefined;
            return reached !== undefined && PUT_STAGES.indexOf(reached) >= i;
          },
        });
        expect(killed.code, `${stage}: ${killed.stderr}`).to.equal(-1);
        expect(journals(), stage).to.have.length(1);
        expect(goes, `${stage}: ${killed.stderr}`).to.equal(true);
        const has = new Map(own());
        for (const [file, written] of had) expect(has.get(file), `${stage}: ${file} was sent again`).to.equal(written);
        had = [...has];
      }
      result = resultOf<Put>(await holdfast(putArgs()));
      expect(result.resumed).to.equal(true);
      expect(result.slots).to.have.length(4);
      expect(await dealsOpened()).to.equal(1);
      expect(journals()).to.deep.equal([]);
      const { files } = resultOf<{ files: { name: string }[] }>(await holdfast(["client", "ls", ...client.options]));
      expect(files.map(({ name }) => name)).to.deep.equal(["letters.tar"]);
    });

    it("gives a capability that gets the file back", async () => {
      const output = path.join(client.folder, "back");
      resultOf(await holdfast(["client", "get", result.capability, "--output", output, ...client.options]));
      expect(readFileSync(output).equals(original)).to.equal(true);
    });

    it("ends at Ctrl-C with one sentence that says how to go on", async () => {
      file = path.join(client.folder, "second.tar");
      writeFileSync(file, randomBytes(1_000_000));
      expectRefusal(
        await holdfast(putArgs(), { interruptAt: "uploaded" }),
        "INTERRUPTED",
        /run the same command again/,
      );
      expect(journals()).to.have.length(1);
    });

    it("of a file that changed meanwhile starts over with a new key, and the old journal goes", async () => {
      const [before] = journals();
      appendFileSync(file, "more");
      const again = await holdfast(putArgs(), { killAt: "spot-checking" });
      expect(again.stderr).not.to.contain("going on with the put");
      expect(journals()).to.have.length(1);
      expect(journals()[0]).not.to.equal(before);
      expect(await dealsOpened()).to.equal(1);
    });

    it("that had opened its deal when the file changed keeps the stored version in the list", async () => {
      const killed = await holdfast(putArgs(), { killAt: "recomputed" });
      expect(killed.code, killed.stderr).to.equal(-1);
      expect(await dealsOpened()).to.equal(2);
      writeFileSync(file, "quite another text");
      const late = resultOf<Put>(await holdfast(putArgs()));
      expect(late.resumed).to.equal(false);
      expect(await dealsOpened()).to.equal(3);
      expect(journals()).to.deep.equal([]);
      const { files } = resultOf<{ files: { name: string; size: number }[] }>(
        await holdfast(["client", "ls", ...client.options]),
      );
      expect(files.map(({ size }) => size)).to.deep.equal([1_600_001, 1_000_004, 18]);
    });
  });

  describe("get", () => {
    it("killed halfway leaves no output, and the next run pays for what is missing alone", async () => {
      const { files } = resultOf<{ files: { size: number; capability: string }[] }>(
        await holdfast(["client", "ls", "--capabilities", ...client.options]),
      );
      const { capability } = files.find(({ size }) => size === original.length)!;
      const output = path.join(client.folder, "again");
      const args = ["client", "get", capability, "--output", output, ...client.options];
      const killed = await holdfast(args, { killAt: "fetched 50 %" });
      expect(killed.code, killed.stderr).to.equal(-1);
      expect(existsSync(output)).to.equal(false);
      const { paid } = resultOf<{ paid: string }>(await holdfast(args));
      expect(readFileSync(output).equals(original)).to.equal(true);
      expect(readdirSync(client.folder).filter((name) => name.includes(".part"))).to.deep.equal([]);
      // Two of four segments of two pieces were there; another provider may have been asked for a piece that was slow.
      expect(BigInt(paid) <= PIECE_PRICE * (2n * 2n + 2n), paid).to.equal(true);
    });

    it("of a folder that is killed goes on with the files that it has", async () => {
      const folder = path.join(client.folder, "album");
      mkdirSync(path.join(folder, "old"), { recursive: true });
      const content = new Map(["a.raw", "b.raw", "old/c.raw", "old/d.raw"].map((name) => [name, randomBytes(450_000)]));
      for (const [name, bytes] of content) writeFileSync(path.join(folder, name), bytes);
      chmodSync(path.join(folder, "old"), 0o555);
      resultOf(await holdfast(["client", "put", folder, ...shape, ...client.options]));
      const output = path.join(client.folder, "album-back");
      const args = ["client", "get", "album/", "--output", output, ...client.options];
      const killed = await holdfast(args, { killAt: "fetched 75 %" });
      expect(killed.code, killed.stderr).to.equal(-1);
      expect(existsSync(output)).to.equal(false);
      const { paid } = resultOf<{ paid: string }>(await holdfast(args));
      for (const [name, bytes] of content)
        expect(readFileSync(path.join(output, name)).equals(bytes), name).to.equal(true);
      expect(statSync(path.join(output, "old")).mode & 0o777).to.equal(0o555);
      expect(readdirSync(client.folder).filter((name) => name.includes(".part"))).to.deep.equal([]);
      // One of four segments was missing, and another provider may have been asked for it too.
      expect(BigInt(paid) <= PIECE_PRICE * 4n, paid).to.equal(true);
    });

    it("two at the same time take turns and both succeed", async () => {
      const { files } = resultOf<{ files: { size: number; capability: string }[] }>(
        await holdfast(["client", "ls", "--capabilities", ...client.options]),
      );
      const { capability } = files.find(({ size }) => size === 18)!;
      const outputs = ["left", "right"].map((name) => path.join(client.folder, name));
      const got = await Promise.all(
        outputs.map((output) => holdfast(["client", "get", capability, "--output", output, ...client.options])),
      );
      for (const outcome of got) resultOf(outcome);
      for (const output of outputs) expect(readFileSync(output, "utf8")).to.equal("quite another text");
    });
  });
});
