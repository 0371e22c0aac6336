import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { formatEther, parseEther } from "viem";
import { cancelSlot, forfeitPenalty, forfeitSlot } from "../../../node/data/endings.ts";
import { type Order, resolveOrder } from "../../../node/data/order.ts";
import { bookOrder, takeSlot } from "../../../node/data/order-book.ts";
import { movedTick, priceOfTick, tickFactor } from "../../../node/data/reference-price.ts";
import {
  filledSlot,
  protocolFee,
  type ReplicaClock,
  settleSlot,
  splitCollateral,
} from "../../../node/data/settlement.ts";
import type { SlotClaim } from "../../../node/data/terms.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";

const { market, registry, spacetime } = LOCAL_PARAMETERS;
const shares = {
  client: BigInt(market.clientShareBps),
  repairer: BigInt(market.repairerShareBps),
  caller: BigInt(market.callerShareBps),
};
const client = "0x0000000000000000000000000000000000000001";
const provider = "0x0000000000000000000000000000000000000002";
const caller = "0x0000000000000000000000000000000000000003";
const price = parseEther("0.001");
const m = 17;
const word = `0x${"11".repeat(32)}` as const;
const claim: SlotClaim = {
  client,
  salt: word,
  firstWindow: 0,
  terms: {
    ...{ slots: 5, threshold: 3, minChallenges: 4, windows: 40, maxMisses: 5, coolingOff: 8, minWindows: 4 },
    ...{ cancelFeeWindows: 8, steward: client },
  },
  offer: {
    ...{ provider, client, dealKey: word, slot: 0, generation: 0, root: word, dataRoot: word, m, groups: 177, price },
    ...{ collateral: 40n * price, expiry: 1, epoch: 0n },
  },
};

/** Windows 0 .. proven - 1 are proven, none after them. */
const clock = (proven: number, closed: number): ReplicaClock => ({
  ...{ start: 0, firstWindow: 0, closed, opened: closed },
  provenWord: (index) => (index === 0 ? (1n << BigInt(proven)) - 1n : 0n),
});
const settle = (proven: number, closed: number) =>
  settleSlot(filledSlot(claim.terms), claim, clock(proven, closed), { maxWindows: 100, caller, shares });
const paidTo = (moves: readonly { kind: string; account?: string; amount: bigint }[], account: string) =>
  moves.filter((move) => move.account === account).reduce((sum, { amount }) => sum + amount, 0n);

describe("the worked example of docs/economics.md", () => {
  const text = readFileSync(path.resolve(import.meta.dirname, "../../../docs/economics.md"), "utf8").replaceAll(
    "\n",
    " ",
  );
  const section = (name: string) => text.slice(text.indexOf(`**${name}.**`)).split("**")[2]!;
  const says = (name: string, amounts: readonly bigint[]) => {
    for (const amount of amounts) expect(section(name), name).to.include(` ${formatEther(amount)}`);
  };
  const burn = (spacetime.beta << BigInt(m)) >> 64n;

  it("adds the opening up", () => {
    const escrow = 5n * 40n * price;
    const fee = protocolFee(escrow, BigInt(market.protocolFeeBps));
    says("Opening", [escrow, fee, escrow + fee, 40n * price, burn, (burn * 3n) / 4n, burn * 32n]);
    expect(registry.minimumStake).to.equal(parseEther("1"));
  });

  it("pays a quiet deal and a missed window", () => {
    const quiet = settle(40, 40);
    says("A quiet deal", [paidTo(quiet.moves, provider)]);
    const one = settle(9, 10);
    says("One missed window", [paidTo(one.moves, client), burn]);
  });

  it("splits a failure", () => {
    const failed = settle(10, 40);
    expect(failed.slot).to.include({ status: "Failed", settled: 16, missesLeft: 0 });
    const split = splitCollateral(claim.offer.collateral, client, caller, shares);
    const { toClient, bonus, toCaller, burned } = split;
    const unreached = BigInt(failed.slot.end - failed.slot.settled) * price;
    says("A failure", [6n * price, toClient, bonus, toCaller, burned, unreached, 10n * price, burn * 6n]);
    expect(paidTo(failed.moves, client)).to.equal(6n * price + toClient);
  });

  it("charges a forfeit less than a failure and more than keeping the bytes", () => {
    const parameters = { shares, challenges: 4n, beta: spacetime.beta };
    const settled = settle(10, 10).slot;
    const forfeited = forfeitSlot(settled, claim, clock(10, 10), parameters);
    if (typeof forfeited === "string") throw new Error(forfeited);
    const { penalty, bonus } = forfeited.slot;
    const failure = claim.offer.collateral + burn * 6n;
    says("A forfeit", [penalty, claim.offer.collateral - penalty, penalty / 2n, bonus, failure, 30n * price]);
    expect(penalty).to.equal(forfeitPenalty(30n, price, m, parameters));
    expect(formatEther(30n * (2n * price + 3n * burn)).slice(0, 4)).to.equal("0.41");
    expect(penalty < failure && penalty > 0n).to.equal(true);
  });

  it("returns what a cancel leaves", () => {
    const cancelled = cancelSlot(settle(10, 10).slot, claim, clock(10, 10));
    if (typeof cancelled === "string") throw new Error(cancelled);
    expect(cancelled.slot.end).to.equal(11);
    says("A cancel", [paidTo(cancelled.moves, client)]);
    expect(paidTo(cancelled.moves, provider)).to.equal(8n * price);
  });

  it("gives back at once what a taken slot did not cost", () => {
    const order: Order = {
      ...{ client, salt: word, headerHash: word, terms: claim.terms, m, groups: 177, floor: price, cap: 2n * price },
      ...{ collateralBps: 10_000, deposit: 10n * price, start: 100, riseBlocks: 20, deadline: 200 },
      ...{ reserveBlocks: 10, approveBlocks: 10, posted: [1, 2, 3, 4, 5].map(() => ({ root: word, dataRoot: word })) },
    };
    const facts = { block: 100n, mostWait: 300n, limit: 2n * price, referencePrice: 0n };
    expect(resolveOrder(order, facts)).to.deep.equal(order);
    const { state } = bookOrder(order, word, market.protocolFeeBps);
    const taken = takeSlot(state, 0, { provider, block: 105n, paused: false });
    if (typeof taken === "string") throw new Error(taken);
    const back = paidTo(taken.moves, client);
    const paid = 40n * taken.offer.price + protocolFee(40n * taken.offer.price, market.protocolFeeBps);
    says("An order", [price, 2n * price, order.deposit, back, taken.offer.price, paid, back - paid]);
  });

  it("doubles the reference price in 23 periods at the fastest, and moves it by 3.2 % in one", () => {
    const doubled = (periods: bigint) => tickFactor(movedTick(0n, periods, 10_000n)) >= 2n ** 97n;
    expect([doubled(22n), doubled(23n)]).to.deep.equal([false, true]);
    expect(Number((tickFactor(32n) * 10_000n) >> 96n)).to.be.within(10_315, 10_325);
    const { leastPrice, startTick } = LOCAL_PARAMETERS.reference;
    expect(formatEther(priceOfTick({ leastPrice }, startTick)).slice(0, 5)).to.match(/^0\.25|^0\.249/);
    expect(formatEther(leastPrice)).to.equal("0.001");
  });
});
