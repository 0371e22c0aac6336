import { expect } from "chai";
import { GROUP_BYTES } from "../../../node/data/layout.ts";
import type { Terms } from "../../../node/data/terms.ts";
import { checkRoom, checkTerms, DISK_RESERVE_BYTES, type Room, stakeFor } from "../../../node/incentive/admission.ts";
import { type Ask, priceFor, windowPrice } from "../../../node/incentive/pricing.ts";
import { type Account, creditOf, spend, takeVoucher } from "../../../node/incentive/vouchers.ts";

/** The code that `work` refuses with; "accepted" when it does not. */
function refusal(work: () => unknown): string {
  try {
    work();
    return "accepted";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const ask: Ask = {
  storagePrice: 10n ** 18n,
  retrievalPrice: 7n,
  minWindows: 10,
  maxWindows: 100,
  minM: 13,
  maxM: 20,
  accepting: true,
};

describe("pricing", () => {
  it("charges for padded elements of 31 bytes and rounds a window's price up", () => {
    expect(windowPrice(2n ** 30n, 13)).to.equal(31n * 8192n);
    expect(windowPrice(1n, 13)).to.equal(1n);
    expect(windowPrice(10n ** 18n, 14) - 2n * windowPrice(10n ** 18n, 13)).to.be.oneOf([0n, -1n]);
  });

  it("locks the whole price as collateral", () => {
    const { price, collateral, retrievalPrice } = priceFor(ask, { m: 13, groups: 16, windows: 40 }, 10n ** 30n);
    expect([collateral, retrievalPrice]).to.deep.equal([40n * price, 7n]);
  });

  const asked = { m: 14, groups: 17, windows: 40 };
  const limit = 10n ** 30n;
  for (const [what, request, from, code] of [
    ["a class that is not the group count's", { ...asked, m: 15 }, ask, "SIZE_REFUSED"],
    ["no groups at all", { ...asked, groups: 0 }, ask, "SIZE_REFUSED"],
    ["a class above its own", asked, { ...ask, maxM: 13 }, "SIZE_REFUSED"],
    ["a class below its own", asked, { ...ask, minM: 15 }, "SIZE_REFUSED"],
    ["a deal too short", { ...asked, windows: 9 }, ask, "TERM_REFUSED"],
    ["a deal too long", { ...asked, windows: 101 }, ask, "TERM_REFUSED"],
    ["everything while it does not accept", asked, { ...ask, accepting: false }, "NOT_ACCEPTING"],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(refusal(() => priceFor(from, request, limit))).to.equal(code);
    });
  }

  it("quotes exactly what the proofs allow, and refuses one base unit more", () => {
    const price = windowPrice(ask.storagePrice, 14);
    expect(priceFor(ask, asked, price).price).to.equal(price);
    expect(refusal(() => priceFor(ask, asked, price - 1n))).to.equal("PRICE_ABOVE_PROOFS");
  });
});

describe("admission", () => {
  const beta = 2n ** 64n; // one base unit per element and miss
  const adding = { m: 13, groups: 16, collateral: 50n };
  const room: Room = {
    stake: 32n * 3n * 8192n,
    beta,
    weight: 8192n,
    reservedWeight: 8192n,
    maxWeight: 2n ** 20n,
    suspended: false,
    free: 150n,
    reservedCollateral: 100n,
    capacity: BigInt(32 * GROUP_BYTES),
    stored: BigInt(16 * GROUP_BYTES),
    freeBytes: 16 * GROUP_BYTES + DISK_RESERVE_BYTES,
  };

  it("takes a replica that fits exactly in every respect", () => {
    expect(refusal(() => checkRoom(room, adding))).to.equal("accepted");
  });

  for (const [what, change, code] of [
    ["stake is one base unit short, promised replicas counted", { stake: room.stake - 1n }, "NO_STAKE"],
    ["the lane would get too heavy", { maxWeight: 3n * 8192n - 1n }, "NO_STAKE"],
    ["collateral is one base unit short, promised replicas counted", { free: 149n }, "NO_COLLATERAL"],
    ["capacity is one byte short", { capacity: room.capacity - 1n }, "NO_CAPACITY"],
    ["the disk would have less than its reserve", { freeBytes: room.freeBytes - 1 }, "DISK_FULL"],
    ["the lane is suspended", { suspended: true }, "SUSPENDED"],
  ] as const) {
    it(`refuses when ${what}`, () => {
      expect(refusal(() => checkRoom({ ...room, ...change }, adding))).to.equal(code);
    });
  }

  it("rounds the required stake up", () => {
    expect(stakeFor(1n, 1n)).to.equal(1n);
    expect(stakeFor(2n ** 59n, 1n)).to.equal(1n);
    expect(stakeFor(2n ** 59n + 1n, 1n)).to.equal(2n);
  });

  const terms: Terms = {
    slots: 5,
    threshold: 3,
    minChallenges: 4,
    windows: 40,
    maxMisses: 5,
    coolingOff: 8,
    minWindows: 4,
    cancelFeeWindows: 8,
    steward: "0x0000000000000000000000000000000000000000",
  };
  const demands = { minWindows: 4, cancelFeeWindows: 8 };
  for (const [what, change, code] of [
    ["takes the usual terms", {}, "accepted"],
    ["refuses more challenges than the deployment draws", { minChallenges: 5 }, "TERMS_REFUSED"],
    ["refuses a threshold above the slots", { threshold: 6 }, "TERMS_REFUSED"],
    ["refuses a cooling-off that makes it free storage", { coolingOff: 17 }, "TERMS_REFUSED"],
    ["refuses a cooling-off longer than the deal", { windows: 6 }, "TERMS_REFUSED"],
    ["refuses more misses than windows", { maxMisses: 41 }, "TERMS_REFUSED"],
    ["refuses a cancel fee above the whole price", { cancelFeeWindows: 41 }, "TERMS_REFUSED"],
    ["refuses to be left after fewer windows than it insists on", { minWindows: 3 }, "TERMS_REFUSED"],
    ["refuses to be left for a smaller fee than it insists on", { cancelFeeWindows: 7 }, "TERMS_REFUSED"],
    ["refuses fewer misses than the market demands", { maxMisses: 4 }, "TERMS_REFUSED"],
  ] as const) {
    it(what, () => {
      expect(refusal(() => checkTerms({ ...terms, ...change }, { challenges: 4 }, demands))).to.equal(code);
    });
  }

  it("takes terms that grant exactly what it insists on, and a deal shorter than that if it is paid whole", () => {
    const granted = { ...terms, minWindows: 4, cancelFeeWindows: 8 };
    expect(refusal(() => checkTerms(granted, { challenges: 4 }, demands))).to.equal("accepted");
    const short = { windows: 5, maxMisses: 5, coolingOff: 5, minWindows: 4, cancelFeeWindows: 5 };
    expect(refusal(() => checkTerms({ ...terms, ...short }, { challenges: 4 }, demands))).to.equal("accepted");
    expect(refusal(() => checkTerms({ ...terms, ...short, cancelFeeWindows: 4 }, { challenges: 4 }, demands))).to.equal(
      "TERMS_REFUSED",
    );
  });
});

describe("vouchers", () => {
  const channel = { deposit: 1000n, epoch: 2n, closableAt: 0 };
  const at = (cumulative: bigint, epoch = 2n) => ({ epoch, cumulative });
  const known: Account = { epoch: 2n, cumulative: 100n, spent: 70n, peer: "alice" };

  it("gives no credit before the first voucher", () => {
    expect(creditOf(undefined, "alice")).to.equal(0n);
    expect(refusal(() => spend(takeVoucher(undefined, channel, at(0n), "alice"), "alice", 1n))).to.equal(
      "PAYMENT_REQUIRED",
    );
  });

  it("adds the increase to what is left", () => {
    const after = takeVoucher(known, channel, at(150n), "alice");
    expect([after.cumulative, after.spent, creditOf(after, "alice")]).to.deep.equal([150n, 70n, 80n]);
  });

  it("changes nothing for a voucher that is not higher", () => {
    for (const cumulative of [0n, 99n, 100n])
      expect(takeVoucher(known, channel, at(cumulative), "alice")).to.equal(known);
  });

  it("gives another peer that shows the public voucher nothing of what is left, and only what it adds", () => {
    expect(creditOf(takeVoucher(known, channel, at(100n), "mallory"), "mallory")).to.equal(0n);
    expect(creditOf(takeVoucher(known, channel, at(110n), "mallory"), "mallory")).to.equal(10n);
  });

  it("starts from nothing in a new life of the channel", () => {
    const after = takeVoucher(known, { ...channel, epoch: 3n }, at(40n, 3n), "alice");
    expect([after.epoch, after.cumulative, after.spent]).to.deep.equal([3n, 40n, 0n]);
  });

  it("takes a voucher for the whole deposit and not for one base unit more", () => {
    expect(takeVoucher(known, channel, at(1000n), "alice").cumulative).to.equal(1000n);
    expect(refusal(() => takeVoucher(known, channel, at(1001n), "alice"))).to.equal("VOUCHER_ABOVE_DEPOSIT");
  });

  it("refuses a voucher of another life, and any while the channel closes", () => {
    expect(refusal(() => takeVoucher(known, channel, at(150n, 1n), "alice"))).to.equal("VOUCHER_EPOCH");
    expect(refusal(() => takeVoucher(known, { ...channel, closableAt: 9 }, at(150n), "alice"))).to.equal(
      "CHANNEL_CLOSING",
    );
  });

  it("spends down to nothing and no further, by any order of vouchers and pieces", () => {
    let account = takeVoucher(undefined, channel, at(30n), "alice");
    for (let i = 0; i < 3; i++) account = spend(account, "alice", 10n);
    expect(refusal(() => spend(account, "alice", 1n))).to.equal("PAYMENT_REQUIRED");
    account = spend(takeVoucher(account, channel, at(31n), "alice"), "alice", 1n);
    expect([account.spent, creditOf(account, "alice")]).to.deep.equal([31n, 0n]);
  });
});
