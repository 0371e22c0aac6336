// The whole path on real parts: a chain process, five provider processes, real proofs, the command line.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { balanceSheet } from "../../node/consensus/balance.ts";
import { type Replica, slotsOf } from "../../node/consensus/deals.ts";
import { closedWindows, isProven, provenWord } from "../../node/consensus/spacetime.ts";
import {
  accountAndSettle,
  awaitRedeemed,
  emptyReplicas,
  fetchFile,
  type Stored,
  storeFile,
} from "../../scripts/demo/steps.ts";
import { countWindows } from "../../scripts/demo/windows.ts";
import type { Network, Provider } from "../../scripts/lib/network.ts";
import { allEvents, bitmapOfSettled, settledOf } from "./support/money.ts";
import { logTail, scratchFolder, sharedNetwork } from "./support/network.ts";
import { until } from "./support/until.ts";

const WINDOWS = 40;
const BYTES = 1_300_007;

describe("main job", function () {
  this.timeout(300_000);
  const original = randomBytes(BYTES);
  let network: Network;
  let file: string;
  let stored: Stored;
  let replicas: Replica[];
  let victim: Provider;
  /** First window of the victim that opened without its bytes. */
  let empty: number;
  let paidByVouchers: bigint;

  before(async () => {
    network = await sharedNetwork();
    file = path.join(scratchFolder(network, "main-job"), "archive.bin");
    writeFileSync(file, original);
  });

  it("one transaction opens the deal with all five slots, each with a provider of its own", async () => {
    stored = await storeFile(network, file, WINDOWS, () => {});
    replicas = await slotsOf(network.chain, stored.dealKey);
    expect(stored.bytes).to.equal(BYTES);
    expect(replicas.map(({ offer }) => offer.slot)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(new Set(replicas.map(({ offer }) => offer.provider)).size).to.equal(5);
    expect(new Set(replicas.map(({ block }) => block)).size).to.equal(1);
  });

  it("every provider proves a window of the deal", async () => {
    await until("everybody had proven a window", 150, async () => {
      const counts = await countWindows(network.chain, replicas);
      return counts.every(({ proven }) => proven >= 1) || undefined;
    }).catch(async (error) => {
      const counts = await countWindows(network.chain, replicas);
      const idle = counts.filter(({ proven }) => proven === 0).map(({ provider }) => logTail(network, provider));
      throw new Error(`${error.message}\n${idle.join("\n--\n")}`);
    });
  });

  it("a provider whose replica files are emptied soon misses a window", async () => {
    // Whoever was asked last is furthest from a proof it may have made already.
    victim = network.providers.find(({ address }) => address === replicas[0]!.offer.provider)!;
    expect(await emptyReplicas(victim.folder)).to.be.greaterThan(0);
    // The window that is open now may have been proven with the bytes that are gone; and a later one may by luck ask for
    // nothing but padding, which needs no disk: with two draws and a sixth of padding, once in 36 windows.
    empty = (await closedWindows(network.chain, victim.address)) + 1;
    await until("a window had closed unproven", 150, async () => {
      if ((await closedWindows(network.chain, victim.address)) <= empty) return undefined;
      if (!(await isProven(network.chain, victim.address, empty))) return true;
      empty++;
      return undefined;
    });
    expect(await isProven(network.chain, victim.address, empty)).to.equal(false);
  });

  it("an outsider's settlement pays every slot its proven windows and refunds the missed ones, by the bitmap", async () => {
    await accountAndSettle(network, replicas, () => {});
    for (const replica of replicas) {
      const { slot, price, provider } = replica.offer;
      const money = await settledOf(network.chain, replica.deal.dealKey, slot);
      const bits = await bitmapOfSettled(network.chain, replica);
      expect({ proven: money.proven, missed: money.missed }, provider).to.deep.equal(bits);
      expect(money.paid, provider).to.equal(BigInt(bits.proven) * price);
      expect(money.refunded, provider).to.equal(BigInt(bits.missed) * price);
      expect(money.proven, provider).to.be.at.least(1);
      if (provider === victim.address) expect(money.missed).to.be.at.least(1);
    }
  });

  it("the victim's miss has burned stake, and no more than beta asks for the elements it claimed", async () => {
    const { chain } = network;
    const { beta } = chain.parameters;
    const events = await allEvents(chain);
    const slashes = events.flatMap((log) =>
      log.eventName === "StakeSlashed" && log.args.provider === victim.address
        ? [log.args.burned + log.args.reward]
        : [],
    );
    expect(slashes.length).to.be.at.least(1);
    const weight = events
      .filter((log) => log.eventName === "SlotFilled" && log.args.offer.provider === victim.address)
      .reduce((sum, log) => sum + (log.eventName === "SlotFilled" ? 1n << BigInt(log.args.offer.m) : 0n), 0n);
    const closed = await closedWindows(chain, victim.address);
    const most = ((beta * weight + 2n ** 64n - 1n) >> 64n) * BigInt(closed);
    const taken = slashes.reduce((sum, one) => sum + one, 0n);
    expect(taken > 0n && taken <= most, `${taken} of at most ${most}`).to.equal(true);
  });

  it("the file comes back byte for byte after the victim is killed", async () => {
    await victim.daemon.stop("SIGKILL");
    const output = path.join(path.dirname(file), "back.bin");
    const got = await fetchFile(network, stored.capability, output, () => {});
    expect(got.path).to.equal(output);
    expect(readFileSync(output).equals(original)).to.equal(true);
    expect(existsSync(file)).to.equal(true);
    paidByVouchers = BigInt(got.paid);
    expect(paidByVouchers > 0n).to.equal(true);
  });

  it("providers redeem the vouchers to the last base unit", async () => {
    await awaitRedeemed(network, paidByVouchers, () => {});
  });

  it("every party's sheet closes to zero and the vault holds what it owes", async () => {
    const sheet = await balanceSheet(network.chain);
    expect(sheet.problems).to.deep.equal([]);
    expect(sheet.solvent).to.equal(true);
    expect(sheet.parties.map(({ difference }) => difference).every((difference) => difference === 0n)).to.equal(true);
    const word = await provenWord(network.chain, victim.address, BigInt(empty >> 8));
    expect((word >> BigInt(empty & 255)) & 1n).to.equal(0n);
  });
});
