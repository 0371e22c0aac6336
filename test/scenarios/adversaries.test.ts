// Providers that cheat, cheaper than the honest ones: the client ends up with honest providers or with one clear sentence,
// and never pays for nothing.

import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { balanceOf } from "../../node/consensus/token.ts";
import { freeOf } from "../../node/consensus/vault.ts";
import { PIECE_BYTES } from "../../node/data/layout.ts";
import type { Network } from "../../scripts/lib/network.ts";
import { type Adversary, PIECE_PRICE, startAdversary, type Twist } from "./support/adversary.ts";
import { newClient, type TestClient } from "./support/client.ts";
import { expectRefusal, holdfast, resultOf } from "./support/command-line.ts";
import { allEvents } from "./support/money.ts";
import { sharedNetwork } from "./support/network.ts";
import * as twists from "./support/twists.ts";

interface Put {
  readonly capability: string;
  readonly dealKey: string;
  readonly slots: readonly { readonly slot: number; readonly provider: string }[];
  readonly vacant: readonly { readonly slot: number; readonly reason: string }[];
}

/** The honest providers have proven windows by then, which is worth a multiple of a newcomer's price. */
const BARGAIN = 20n;

describe("adversaries", function () {
  this.timeout(240_000);
  let network: Network;
  let client: TestClient;
  let adversaries: Adversary[] = [];

  const start = async (given: Record<string, Twist>, cheapness = 1n) => {
    adversaries = [];
    for (const [name, twist] of Object.entries(given))
      adversaries.push(await startAdversary(network, name, twist, cheapness));
    return adversaries;
  };
  const file = (name: string, bytes: number) => {
    const content = randomBytes(bytes);
    const at = path.join(client.folder, name);
    writeFileSync(at, content);
    return { at, content };
  };
  const put = (at: string, k: number, n: number) =>
    holdfast(["client", "put", at, "--data", `${k}`, "--total", `${n}`, "--windows", "50", ...client.options]);
  const wealth = async () =>
    (await balanceOf(network.chain, client.address)) + (await freeOf(network.chain, client.address));
  const dealsOpened = async () =>
    (await allEvents(network.chain)).filter(
      (log) => log.eventName === "DealOpened" && log.args.client === client.address,
    ).length;
  const honest = () => network.providers.map(({ address }) => address as string).sort();

  before(async () => {
    network = await sharedNetwork();
    client = await newClient(network, "adversaries");
  });

  afterEach(async () => {
    await Promise.all(adversaries.map((adversary) => adversary.stop()));
    adversaries = [];
  });

  it("that refuse, hang, commit to other bytes or change their offers are replaced by honest providers", async () => {
    const { refusesQuotes, refusesUploads, hangsAtUploads, signsAnotherRoot, keepsNoise, offersExpired, offersDearer } =
      twists;
    await start({
      refusesQuotes,
      refusesUploads,
      hangsAtUploads,
      signsAnotherRoot,
      keepsNoise,
      offersExpired,
      offersDearer,
    });
    // Six cheaper providers quote, so all slots and the first substitute are theirs.
    const outcome = await put(file("wanted", 100_000).at, 3, 5);
    const result = resultOf<Put>(outcome);
    for (const { name, met } of adversaries) expect(met, `${name}: ${outcome.stderr}`).to.be.at.least(1);
    expect(result.slots.map(({ provider }) => provider).sort()).to.deep.equal(honest());
    expect(result.vacant).to.deep.equal([]);
    expect(await dealsOpened()).to.equal(1);
  });

  it("leave the client with one sentence and all its money when too few providers are honest", async () => {
    const { hangsAtQuotes, offersLessCollateral } = twists;
    await start({ hangsAtQuotes, offersLessCollateral });
    const [before, deals] = [await wealth(), await dealsOpened()];
    const outcome = await put(file("too-few", 50_000).at, 3, 6);
    expectRefusal(outcome, "TOO_FEW_PROVIDERS", /Only 5 of the 6 needed slots found a provider; nothing was paid/);
    for (const { name, met } of adversaries) expect(met, name).to.be.at.least(1);
    expect(await wealth()).to.equal(before);
    expect(await dealsOpened()).to.equal(deals);
  });

  it("that alter a single element are found before payment or dropped after it, and earn nothing", async () => {
    const { altersOneElement } = twists;
    await start({ altersOneElement }, BARGAIN);
    const [liar] = adversaries;
    const result = resultOf<Put>(await put(file("altered", 3 * PIECE_BYTES + 11).at, 1, 2));
    expect(liar!.met).to.equal(1);
    expect(result.slots.map(({ provider }) => provider)).not.to.contain(liar!.address);
    const events = await allEvents(network.chain);
    const filled = events.some((log) => log.eventName === "SlotFilled" && log.args.offer.provider === liar!.address);
    const dropped = events.filter((log) => log.eventName === "SlotDropped" && log.args.provider === liar!.address);
    expect(dropped).to.have.length(filled ? 1 : 0);
    expect(result.vacant).to.have.length(filled ? 1 : 0);
    const earned = events.some(
      (log) => log.eventName === "SlotSettled" && log.args.provider === liar!.address && log.args.proven > 0,
    );
    expect(earned).to.equal(false);
  });

  it("that send wrong bytes, keep the money or lie about credit are passed over, and get one piece's price at most", async () => {
    const { sendsWrongBytes, claimsFalseCredit, takesTheMoneyAndHangs } = twists;
    await start({ sendsWrongBytes, claimsFalseCredit, takesTheMoneyAndHangs }, BARGAIN);
    const { at, content } = file("robbed", 2 * PIECE_BYTES + 5);
    const stored = resultOf<Put>(await put(at, 2, 5));
    const liars = adversaries.map(({ address }) => address as string);
    expect(
      stored.slots
        .slice(0, 3)
        .map(({ provider }) => provider)
        .sort(),
    ).to.deep.equal(liars.sort());
    const output = path.join(client.folder, "robbed-back");
    const get = await holdfast(["client", "get", stored.capability, "--output", output, ...client.options]);
    resultOf(get);
    expect(readFileSync(output).equals(content)).to.equal(true);
    for (const { name, met } of adversaries) expect(met, `${name}: ${get.stderr}`).to.be.at.least(1);
    const promised = JSON.parse(readFileSync(path.join(client.data, "vouchers.json"), "utf8")) as Record<
      string,
      string
    >;
    for (const address of liars) {
      const [, amount = "0"] = Object.entries(promised).find(([name]) => name.includes(address.toLowerCase())) ?? [];
      expect(BigInt(amount) <= PIECE_PRICE, `${address}: ${amount}`).to.equal(true);
    }
  });
});
