// A stored file is looked after: losses are seen, and mended once, by its owner or by a steward who cannot read it.

import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { refillerOf, stewardshipOf } from "../../node/consensus/changes.ts";
import { slotsOf } from "../../node/consensus/deals.ts";
import { forfeit, slotOf } from "../../node/consensus/market.ts";
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

const LONG = Boolean(process.env.HOLDFAST_LONG);

describe("a stored file in care", function () {
  this.timeout(240_000);
  const original = randomBytes(1_600_001);
  let network: Network;
  let client: TestClient;
  let steward: TestClient;
  /** Honest until they leave, and cheaper than the others, so that they have slots 0 and 1; they prove nothing. */
  let leavers: Adversary[];
  let successor: Adversary | undefined;
  let stored: Put;

  const ofClient = (verb: string, ...more: string[]) =>
    holdfast(["client", verb, "letters.tar", ...more, ...client.options]);
  const repair = (watch: { killAt?: string } = {}) =>
    holdfast(["client", "repair", "letters.tar", "--budget", "1", ...client.options], watch);
  const refills = async () =>
    (await allEvents(network.chain)).filter(
      (log) => log.eventName === "SlotRefilled" && log.args.dealKey === stored.dealKey,
    );
  const leave = async (slot: number) => {
    const replica = (await slotsOf(network.chain, stored.dealKey)).find(({ offer }) => offer.slot === slot)!;
    const leaver = leavers.find(({ address }) => address === replica.offer.provider)!;
    await forfeit(leaver.chain, replica);
    await leaver.stop();
  };

  before(async () => {
    network = await sharedNetwork();
    client = await newClient(network, "care");
    leavers = [
      await startAdversary(network, "leaver-1", () => ({})),
      await startAdversary(network, "leaver-2", () => ({})),
    ];
    const file = path.join(client.folder, "letters.tar");
    writeFileSync(file, original);
    // So long that those who prove nothing outlast the test: 33 misses.
    const shape = ["--data", "2", "--total", "4", "--windows", "600"];
    stored = resultOf<Put>(await holdfast(["client", "put", file, ...shape, ...client.options]));
    const cheap = stored.slots.slice(0, 2).map(({ provider }) => provider);
    expect(cheap.sort()).to.deep.equal(leavers.map(({ address }) => address as string).sort());
  });

  after(async () => await successor?.stop());

  it("is healthy while every provider opens what it is asked for and sells what it proves", async () => {
    const found = resultOf<FileAudit>(await ofClient("audit"));
    expect(found.health).to.equal("healthy");
    expect(found.slots.map(({ sound, opened, bought }) => ({ sound, opened, bought }))).to.deep.equal(
      Array.from({ length: 4 }, () => ({ sound: true, opened: 256, bought: 1 })),
    );
    expect(BigInt(found.paid) > 0n).to.equal(true);
    const twentieth = found.detection.find(({ lost }) => lost === 0.05)!;
    expect(twentieth.probability).to.be.closeTo(1 - 0.95 ** 256, 1e-9);
  });

  it("is degraded once a provider has given its slot up and is gone", async () => {
    await leave(0);
    const outcome = await ofClient("audit", "--pieces", "0");
    expect(outcome.code, outcome.stderr).to.equal(3);
    const found = JSON.parse(outcome.stdout) as FileAudit;
    expect(found.health).to.equal("degraded");
    expect(found.slots[0]!.sound).to.equal(false);
    expect(found.slots.slice(2).map(({ sound }) => sound)).to.deep.equal([true, true]);
    expect(`${found.paid}`).to.equal("0");
  });

  it("is mended once by a repair that is killed at every step and goes on, and pays no more than is allowed", async () => {
    await until(async () => {
      const outcome = await ofClient("repair");
      expect(outcome.code, outcome.stderr).to.equal(1);
      const { repaired, stillLost } = JSON.parse(outcome.stdout) as RepairResult;
      expect(repaired).to.deep.equal([]);
      expect(stillLost[0]!.slot).to.equal(0);
      return /more than is in escrow, and 0 are allowed/.test(stillLost[0]!.reason);
    });
    const [always, rarely] = [
      ["slot 0: sent 50 %", "slot 0: filling it"],
      ["slot 0: checking", "handing out"],
    ];
    for (const killAt of LONG ? [always[0]!, rarely[0]!, always[1]!, rarely[1]!] : always) {
      const killed = await repair({ killAt });
      expect(killed.code, `${killAt}: ${killed.stdout} ${killed.stderr}`).to.equal(-1);
    }
    const outcome = await repair();
    expect(outcome.stderr).to.not.contain("funding"); // what the first run fetched is not bought again
    expect((await refills()).map((log) => log.eventName === "SlotRefilled" && log.args.offer.slot)).to.deep.equal([0]);
    const [first] = await slotsOf(network.chain, stored.dealKey);
    expect(first!.offer.generation).to.equal(1);
    expect(network.providers.map(({ address }) => address as string)).to.include(first!.offer.provider);
    expect(readdirSync(path.join(client.data, "repairs")).filter((name) => name.includes("-0-"))).to.deep.equal([]);
  });

  it("is read from the new replica too", async () => {
    const output = path.join(client.folder, "back");
    const got = resultOf<{ trouble: { slot: number }[] }>(await ofClient("get", "--output", output));
    expect(got.trouble.map(({ slot }) => slot)).to.not.include(0);
    expect(readFileSync(output).equals(original)).to.equal(true);
  });

  describe("of a steward", () => {
    let capability: string;

    before(async () => {
      steward = await newClient(network, "steward", "1");
    });

    it("who was not named is mended by nobody", async () => {
      const shared = resultOf<{ capability: string }>(await ofClient("share", "--as", "repair"));
      ({ capability } = shared);
      const outcome = await holdfast(["steward", "run", capability, "--once", ...steward.options]);
      expect(outcome.code).to.equal(1);
      const { files } = JSON.parse(outcome.stdout) as { files: { error: { code: string } }[] };
      expect(files[0]!.error.code).to.equal("NOT_THE_STEWARD");
    });

    it("who was named is mended while its owner is away, at no higher price, and the steward cannot read it", async () => {
      const named = resultOf<{ capability: string; maxPrice: string }>(await ofClient("steward", steward.address));
      expect(named.capability).to.equal(capability);
      // As cheap as those who left: the others ask more than the steward may agree to.
      successor = await startAdversary(network, "successor", () => ({}));
      await leave(1);
      const list = path.join(steward.folder, "in-my-care");
      writeFileSync(list, `${capability}\n`);
      const args = ["steward", "run", "--capabilities", list, "--every", "1", ...steward.options];
      const outcome = await holdfast(args, { interruptAt: "slot 1 is with" });
      expect(outcome.code, outcome.stderr).to.equal(0);
      const second = (await slotsOf(network.chain, stored.dealKey)).find(({ offer }) => offer.slot === 1)!;
      expect(second.offer).to.include({ generation: 1, provider: successor.address });
      expect((await slotOf(network.chain, stored.dealKey, 1)).status).to.equal("active");
      expect(await refillerOf(network.chain, stored.dealKey, 1)).to.equal(steward.address);
      expect((await stewardshipOf(network.chain, stored.dealKey)).approvals).to.equal(1);
      const output = path.join(steward.folder, "read");
      const read = await holdfast(["client", "get", capability, "--output", output, ...steward.options]);
      expectRefusal(read, "CAPABILITY_TOO_WEAK", /A repair capability cannot read the file/);
    });

    it("is healthy, and read through the slot table that the steward signed", async () => {
      expect(resultOf<FileAudit>(await ofClient("audit", "--pieces", "0")).health).to.equal("healthy");
      const output = path.join(client.folder, "back-again");
      resultOf(await ofClient("get", "--output", output));
      expect(readFileSync(output).equals(original)).to.equal(true);
    });
  });
});

/** Some things wait for a window to close. */
async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await done()); tries++) {
    if (tries === 20) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
