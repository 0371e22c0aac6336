// A client that is killed at any point goes on where it was: nothing is paid twice, nothing is left behind.

import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Network } from "../../scripts/lib/network.ts";
import { newClient, type TestClient } from "./support/client.ts";
import { expectRefusal, holdfast, resultOf } from "./support/command-line.ts";
import { allEvents } from "./support/money.ts";
import { sharedNetwork } from "./support/network.ts";

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
  const journals = () => readdirSync(path.join(client.data, "puts"));
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

    it("killed while it uploads, checks and opens the deal, pays once and stores once", async () => {
      const points = ["uploaded 50 %", "spot-checking", "opening the deal", "recomputed 50 %"];
      for (const [i, killAt] of points.entries()) {
        const killed = await holdfast(putArgs(), { killAt });
        // A kill comes too late when the command is quicker than the signal; the journal says that it did not.
        expect(killed.code, `${killAt}: ${killed.stderr}`).to.equal(-1);
        expect(journals(), killAt).to.have.length(1);
        expect(killed.stderr.includes("going on with the put"), killAt).to.equal(i > 0);
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
    it("killed halfway leaves no output, and the next run fetches and pays no more than the pieces and one increment", async () => {
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
      // Four pieces of each of two slots, and another provider may have been asked for a piece that was slow.
      const price = 10n ** 14n;
      expect(BigInt(paid) <= price * (2n * 4n + 4n), paid).to.equal(true);
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
