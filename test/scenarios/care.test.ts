// A stored file is looked after: losses are seen, and mended once, however often the mending is cut short.

import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { slotsOf } from "../../node/consensus/deals.ts";
import { forfeit } from "../../node/consensus/market.ts";
import type { FileAudit } from "../../node/interface/client/audit-file.ts";
import type { RepairResult } from "../../node/interface/client/repair/repair.ts";
import type { Network } from "../../scripts/lib/network.ts";
import { type Adversary, startAdversary } from "./support/adversary.ts";
import { newClient, type TestClient } from "./support/client.ts";
import { expectRefusal, holdfast, resultOf } from "./support/command-line.ts";
import { allEvents } from "./support/money.ts";
import { sharedNetwork } from "./support/network.ts";

interface Put {
  readonly capability: string;
  readonly dealKey: `0x${string}`;
  readonly slots: readonly { readonly slot: number; readonly provider: string }[];
}

describe("a stored file in care", function () {
  this.timeout(240_000);
  const original = randomBytes(1_600_001);
  let network: Network;
  let client: TestClient;
  let leaver: Adversary;
  let stored: Put;

  const audit = (...more: string[]) => holdfast(["client", "audit", "letters.tar", ...more, ...client.options]);
  const repair = (watch: { killAt?: string } = {}) =>
    holdfast(["client", "repair", "letters.tar", "--budget", "1", ...client.options], watch);
  const refills = async () =>
    (await allEvents(network.chain)).filter(
      (log) => log.eventName === "SlotRefilled" && log.args.dealKey === stored.dealKey,
    );

  before(async () => {
    network = await sharedNetwork();
    client = await newClient(network, "care");
    // Cheaper than the others, so it has slot 0; honest until it leaves.
    leaver = await startAdversary(network, "leaver", () => ({}));
    const file = path.join(client.folder, "letters.tar");
    writeFileSync(file, original);
    const shape = ["--data-shards", "2", "--total", "4", "--windows", "40"];
    stored = resultOf<Put>(await holdfast(["client", "put", file, ...shape, ...client.options]));
    expect(stored.slots[0]!.provider).to.equal(leaver.address);
  });

  it("is healthy while every provider opens what it is asked for and sells what it proves", async () => {
    const outcome = await audit();
    const found = resultOf<FileAudit>(outcome);
    expect(found.health).to.equal("healthy");
    expect(found.slots.map(({ sound, opened, bought }) => ({ sound, opened, bought }))).to.deep.equal(
      Array.from({ length: 4 }, () => ({ sound: true, opened: 256, bought: 1 })),
    );
    expect(BigInt(found.paid) > 0n).to.equal(true);
    const twentieth = found.detection.find(({ lost }) => lost === 0.05)!;
    expect(twentieth.probability).to.be.closeTo(1 - 0.95 ** 256, 1e-9);
  });

  it("is degraded once a provider has given its slot up and is gone", async () => {
    const [first] = await slotsOf(network.chain, stored.dealKey);
    await forfeit(leaver.chain, first!);
    await leaver.stop();
    const outcome = await audit("--pieces", "0");
    expect(outcome.code, outcome.stderr).to.equal(3);
    const found = JSON.parse(outcome.stdout) as FileAudit;
    expect(found.health).to.equal("degraded");
    expect(found.slots.map(({ sound }) => sound)).to.deep.equal([false, true, true, true]);
    expect(found.paid).to.equal("0");
  });

  it("is mended by nobody who asks more than is in escrow, unless the client allows it", async () => {
    const outcome = await holdfast(["client", "repair", "letters.tar", ...client.options]);
    expect(outcome.code, outcome.stderr).to.equal(1);
    const { repaired, stillLost } = JSON.parse(outcome.stdout) as RepairResult;
    expect(repaired).to.deep.equal([]);
    expect(stillLost.map(({ slot }) => slot)).to.deep.equal([0]);
    expect(stillLost[0]!.reason).to.match(/more than is in escrow, and 0 are allowed/);
    expect(await refills()).to.have.length(0);
  });

  it("is mended once by a repair that is killed at every step and goes on", async () => {
    const always = ["slot 0: sent 50 %", "slot 0: filling it"];
    const rarely = ["rebuilt 50 %", "rebuilt 100 %", "slot 0: checking", "handing out the slot table"];
    for (const killAt of process.env.HOLDFAST_LONG ? [...rarely.slice(0, 2), ...always, ...rarely.slice(2)] : always) {
      const killed = await repair({ killAt });
      expect(killed.code, `${killAt}: ${killed.stdout} ${killed.stderr}`).to.equal(-1);
    }
    const outcome = await repair();
    const result = JSON.parse(outcome.stdout) as RepairResult;
    expect(outcome.code, outcome.stderr).to.equal(0);
    expect(await refills()).to.have.length(1);
    expect(result.stillLost).to.deep.equal([]);
    expect(result.tables.missed).to.deep.equal([]);
    const [first] = await slotsOf(network.chain, stored.dealKey);
    expect(first!.offer.generation).to.equal(1);
    expect(network.providers.map(({ address }) => address as string)).to.include(first!.offer.provider);
    expect(
      existsSync(path.join(client.data, "repairs")) && readdirSync(path.join(client.data, "repairs")),
    ).to.deep.equal([]);
  });

  it("is healthy again, and read from the new replica too", async () => {
    expect(resultOf<FileAudit>(await audit()).health).to.equal("healthy");
    const output = path.join(client.folder, "back");
    const got = await holdfast(["client", "get", stored.capability, "--output", output, ...client.options]);
    expect(resultOf<{ trouble: unknown[] }>(got).trouble).to.deep.equal([]);
    expect(readFileSync(output).equals(original)).to.equal(true);
  });

  it("needs no second repair", async () => {
    const { repaired, stillLost, tables } = resultOf<RepairResult>(await repair());
    expect({ repaired, stillLost, tables }).to.deep.equal({
      repaired: [],
      stillLost: [],
      tables: { updated: [], missed: [] },
    });
  });

  it("is audited by questions that can be asked", async () => {
    expectRefusal(await audit("--samples", "0"), "BAD_SAMPLES", /takes 1 to 4096 samples, got 0/);
  });
});
