// A provider dies and misses until its slot fails; a steward that runs unattended rebuilds the replica, and once the new one has proven
// itself it is paid. On a network of its own, whose blocks pass as fast as proofs are made.

import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { createClient } from "holdfast";
import { slotsOf } from "../../../node/consensus/deals.ts";
import type { HoldfastLog } from "../../../node/consensus/events.ts";
import { openingOf } from "../../../node/data/windows.ts";
import { type Network, type Provider, startNetwork } from "../../../scripts/lib/network.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { newClient, type TestClient } from "../support/client.ts";
import { expectRefusal, holdfast, resultOf } from "../support/command-line.ts";
import { hurryUntil } from "../support/hurried-blocks.ts";
import { allEvents } from "../support/money.ts";
import { until } from "../support/until.ts";

const COOLING_OFF = 8;

type Log<Name> = Extract<HoldfastLog, { eventName: Name }>;

describe("a steward at work", function () {
  this.timeout(300_000);
  const original = randomBytes(900_001);
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-bonus-"));
  let network: Network;
  let owner: TestClient;
  let steward: TestClient;
  let capability: string;
  let stored: { dealKey: `0x${string}`; slots: { provider: string }[] };
  let dead: Provider;

  /** The deal's only event of a name; undefined before it happened. */
  const happened = async <Name extends HoldfastLog["eventName"]>(name: Name): Promise<Log<Name> | undefined> =>
    (await allEvents(network.chain)).find(
      (log): log is Log<Name> =>
        log.eventName === name && (log.args as { dealKey?: string }).dealKey === stored.dealKey,
    );
  const hurry = async <Name extends HoldfastLog["eventName"]>(name: Name): Promise<Log<Name>> => {
    const wait = { dealKey: stored.dealKey, idle: dead.address, seconds: 150 };
    await hurryUntil(network.chain, wait, async () => (await happened(name)) !== undefined);
    return (await happened(name))!;
  };
  const provider = (slot: number) => network.providers.find(({ address }) => address === stored.slots[slot]!.provider)!;
  /** Of the steward: in its wallet, the vault and its channels. */
  const owned = async () => {
    const { rpcUrl, deployment } = network;
    const password = readFileSync(network.passwordFile, "utf8").trim();
    await using client = createClient({ folder: steward.data, rpcUrl, market: deployment.market, password });
    const { tokens, free, channels } = await client.wallet();
    return channels.reduce((sum, { deposit, redeemed }) => sum + deposit - redeemed, tokens + free);
  };

  before(async () => {
    network = await startNetwork({
      folder,
      providers: 4,
      tokens: { provider: "100", client: "100", stake: "50" },
      profile: "test",
      parameters: { ...LOCAL_PARAMETERS, spacetime: { ...LOCAL_PARAMETERS.spacetime, period: 16n, windowLength: 12n } },
      tell: () => {},
    });
    owner = await newClient(network, "owner");
    steward = await newClient(network, "steward", "1");
    const file = path.join(owner.folder, "will.pdf");
    writeFileSync(file, original);
    const shape = ["--data", "2", "--total", "3", "--windows", "40"];
    stored = resultOf(await holdfast(["client", "put", file, ...shape, ...owner.options]));
    const named = ["client", "steward", "will.pdf", steward.address, "--blocks", "100000"];
    ({ capability } = resultOf<{ capability: string }>(await holdfast([...named, ...owner.options])));
    dead = provider(0);
    await dead.daemon.stop("SIGKILL");
  });

  after(async () => {
    await network?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("settles the slot that failed, and fills it with a provider that had none of the file", async () => {
    const before = await owned();
    const args = ["steward", "run", capability, "--every", "1", ...steward.options];
    const working = holdfast(args, { interruptAt: "earned a bonus" });
    const { args: failed } = await hurry("SlotFailed");
    expect(failed).to.include({ slot: 0, provider: dead.address });
    // From here on nothing hurries: quotes and offers are for blocks, and the steward has to pass on bytes.
    const refilled = await until("the slot is filled again", 60, () => happened("SlotRefilled"));
    expect(refilled.args.refiller).to.equal(steward.address);
    expect(stored.slots.map(({ provider }) => provider)).to.not.include(refilled.args.provider);

    const { args: bonus, blockNumber } = await hurry("BonusClaimed");
    expect(bonus).to.include({ slot: 0, refiller: steward.address, amount: failed.bonus });
    const outcome = await working;
    expect(outcome.code, outcome.stderr).to.equal(0);
    const events = await allEvents(network.chain);
    const fetched = events.reduce((sum, log) => {
      const paid = log.eventName === "VoucherRedeemed" && log.args.payer === steward.address;
      return paid ? sum + log.args.paid : sum;
    }, 0n);
    expect(fetched > 0n).to.equal(true);
    expect((await owned()) - before).to.equal(failed.toCaller + bonus.amount - fetched);
    // Nobody was paid before a window behind the new replica's cooling-off was proven.
    const { offer, firstWindow } = (await slotsOf(network.chain, stored.dealKey))[0]!;
    const earliest = openingOf(network.chain.parameters, offer.provider, firstWindow + COOLING_OFF);
    expect(blockNumber > earliest, `${blockNumber} ${earliest}`).to.equal(true);
  });

  it("leaves a file that reads as before without the dead provider and one more, and that it never read", async () => {
    await provider(1).daemon.stop("SIGKILL");
    const output = path.join(owner.folder, "back");
    resultOf(await holdfast(["client", "get", "will.pdf", "--output", output, ...owner.options]));
    expect(readFileSync(output).equals(original)).to.equal(true);
    const read = await holdfast(["client", "get", capability, "--output", `${output}-2`, ...steward.options]);
    expectRefusal(read, "CAPABILITY_TOO_WEAK", /A repair capability cannot read the file/);
  });
});
