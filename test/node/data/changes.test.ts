import { expect } from "chai";
import type { Address, Hex } from "viem";
import { claimSlotBonus, extendSlot, handOverSlot, refillSlot, topUpSlot } from "../../../node/data/changes.ts";
import { cancelSlot, dropSlot, forfeitSlot, releaseSlot } from "../../../node/data/endings.ts";
import { filledSlot, type Move, type ReplicaClock, settleSlot } from "../../../node/data/settlement.ts";
import { actingSteward, approveReplacement, grantSteward, heardOfClient } from "../../../node/data/stewards.ts";
import type { Offer, SlotClaim, Terms } from "../../../node/data/terms.ts";
import { type Random, random } from "../../fixtures/random.ts";

const SEEDS = 100;
const STEPS = 40;
const FEE_BPS = 300n;
const address = (n: number): Address => `0x${n.toString(16).padStart(40, "0")}`;
const hex = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;
const [client, caller] = [address(1), address(2)];
const shares = { client: 5000n, repairer: 2500n, caller: 500n };
const parameters = { shares, challenges: 4n, beta: 2n ** 70n };

/** One slot through a random life, by the pure transitions alone; the market's buckets follow from the moves. */
class Life {
  readonly terms: Terms;
  claim: SlotClaim;
  slot;
  /** Windows of the present lane: first of the replica in it, how many have closed, which are proven. */
  start = 0;
  closed = 0;
  proven = new Set<number>();
  readonly held = { Escrows: 0n, Collateral: 0n, Bonds: 0n };
  feeBurned = 0n;
  paid = 0n;
  providers = 10;

  constructor(dice: Random) {
    const windows = dice.between(3, 60);
    const maxMisses = dice.between(3 + Math.floor(windows / 20), windows);
    const least = { coolingOff: dice.between(0, windows), minWindows: dice.between(0, windows) };
    this.terms = {
      ...{ slots: 5, threshold: 3, minChallenges: 4, windows, maxMisses, ...least },
      ...{ cancelFeeWindows: dice.between(0, windows), steward: caller },
    };
    const offer: Offer = {
      ...{ provider: address(10), client, dealKey: hex(1), slot: 0, generation: 0, root: hex(2), dataRoot: hex(3) },
      ...{ m: 13, groups: 16, price: priceOf(dice), collateral: priceOf(dice) * 9n, expiry: 1, epoch: 0n },
    };
    this.claim = { client, salt: hex(4), terms: this.terms, offer, firstWindow: 0 };
    this.slot = filledSlot(this.terms);
    const escrow = offer.price * BigInt(windows);
    this.held.Escrows = escrow;
    this.held.Collateral = offer.collateral;
    this.feeBurned = (escrow * FEE_BPS + 9_999n) / 10_000n;
  }

  clock(): ReplicaClock {
    const { firstWindow } = this.claim;
    return {
      start: this.start,
      firstWindow,
      closed: Math.max(this.closed - firstWindow, 0),
      opened: Math.max(this.closed - firstWindow, 0),
      provenWord: (index) => {
        let word = 0n;
        for (let bit = 0; bit < 256; bit++) if (this.proven.has(index * 256 + bit)) word |= 1n << BigInt(bit);
        return word;
      },
    };
  }

  apply(moves: readonly Move[]): void {
    for (const move of moves) {
      if (move.kind === "shift") {
        this.held[move.from] -= move.amount;
        this.held[move.to] += move.amount;
      } else {
        this.held[move.bucket] += move.kind === "lock" ? move.amount : -move.amount;
        if (move.kind === "burn" && move.bucket === "Escrows") this.feeBurned += move.amount;
        if (move.kind === "release" && move.bucket === "Escrows" && move.account !== client) this.paid += move.amount;
      }
    }
  }

  settle(maxWindows = 65_535): void {
    if (this.slot.status !== "Active") return;
    const step = settleSlot(this.slot, this.claim, this.clock(), { maxWindows, caller, shares });
    this.slot = step.slot;
    this.apply(step.moves);
  }

  /** A new filling: another one of the same replica, or another provider's whose lane begins anew. */
  become(changed: ReturnType<typeof refillSlot> | ReturnType<typeof extendSlot>, elsewhere: boolean): void {
    if (typeof changed === "string") return;
    this.slot = changed.slot;
    this.claim = { ...this.claim, ...changed.filling };
    this.apply(changed.moves);
    if (!elsewhere) return;
    this.start = this.claim.firstWindow;
    this.closed = this.start;
    this.proven = new Set();
  }

  step(dice: Random): void {
    const { offer } = this.claim;
    const kind = dice.between(0, 11);
    if (kind <= 3) {
      for (let i = dice.between(1, 12); i > 0; i--) {
        if (dice.between(0, 9) > 1) this.proven.add(this.closed);
        this.closed++;
      }
      return;
    }
    this.settle(kind === 4 ? dice.between(0, 9) : undefined);
    if (kind === 4) return;
    const next = { ...offer, provider: address(++this.providers), price: priceOf(dice) };
    const place = { firstWindow: dice.between(0, 300), feeBps: FEE_BPS };
    if (kind === 5) {
      const until = this.claim.firstWindow + this.slot.end + dice.between(0, 50);
      const extension = { offer: { ...offer, price: priceOf(dice), collateral: offer.collateral + 5n }, until };
      this.become(extendSlot(this.slot, this.claim, this.clock(), { extension, feeBps: FEE_BPS }), false);
    } else if (kind === 6) this.become(topUpSlot(this.slot, this.claim, BigInt(dice.between(0, 9))), false);
    else if (kind === 7)
      this.become(handOverSlot(this.slot, this.claim, this.clock(), { offer: next, ...place }), true);
    else if (kind === 8) {
      const offer = { ...next, generation: next.generation + 1 };
      this.become(refillSlot(this.slot, this.claim, { offer, ...place }), true);
    } else if (kind === 9) {
      const endings = [
        cancelSlot,
        dropSlot,
        (...args: Parameters<typeof dropSlot>) => forfeitSlot(...args, parameters),
      ];
      const ended = endings[dice.between(0, 2)]!(this.slot, this.claim, this.clock());
      if (typeof ended !== "string") [this.slot] = [ended.slot, this.apply(ended.moves)];
    } else if (kind === 10) {
      const by = { caller: dice.between(0, 1) === 0 ? client : caller, refiller: caller };
      const released = releaseSlot(this.slot, this.claim, this.clock(), by);
      if (typeof released !== "string") [this.slot] = [released.slot, this.apply(released.moves)];
    } else {
      const claimed = claimSlotBonus(this.slot, this.clock(), { window: dice.between(0, 400), refiller: caller });
      if (typeof claimed !== "string") [this.slot] = [claimed.slot, this.apply(claimed.moves)];
    }
  }
}

function priceOf(dice: Random): bigint {
  return BigInt(dice.between(0, 1) === 0 ? dice.between(0, 9) : dice.between(0, 1_000_000));
}

describe("a slot through any sequence of changes", () => {
  const each = (check: (life: Life) => void) => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const dice = random(`changes ${seed}`);
      const life = new Life(dice);
      for (let step = 0; step < STEPS; step++) {
        life.step(dice);
        check(life);
      }
    }
  };

  it("has in escrow exactly the price of its windows, and those that wait for another replica", () => {
    each(({ slot, claim, held }) => {
      expect(held.Escrows).to.equal(BigInt(slot.end - slot.settled + slot.left) * claim.offer.price);
    });
  });

  it("has its replica's collateral while that is in it, less what a forfeit took, and the bonus that nobody has", () => {
    each(({ slot, claim, held }) => {
      expect(held.Collateral).to.equal(slot.status === "Active" ? claim.offer.collateral - slot.penalty : 0n);
      expect(held.Bonds).to.equal(slot.bonus);
    });
  });

  it("has burned the fee of everything that its providers were ever paid, at any prices", () => {
    each(({ feeBurned, paid }) => expect(feeBurned * 10_000n >= paid * FEE_BPS).to.equal(true));
  });
});

describe("a stewardship", () => {
  const terms = { ...new Life(random("steward")).terms, steward: caller };
  const old = new Life(random("steward")).claim.offer;
  const approve = (by: Address, offer: Partial<Offer> = {}, before = heardOfClient({ approvals: 9 }), block = 5) =>
    approveReplacement(before, terms, { caller: by, old, offer: { ...old, ...offer }, block });

  it("is the terms' until the client names another, whose limits then count", () => {
    expect(approve(caller)).to.deep.equal({ approvals: 1 });
    const grant = { steward: address(7), until: 5, maxPrice: old.price, minCollateral: old.collateral };
    const named = grantSteward(grant);
    expect(actingSteward(named, terms)).to.equal(address(7));
    expect(approve(caller, {}, named)).to.equal("MarketNotSteward");
    expect(approve(address(7), {}, named)).to.deep.equal({ grant, approvals: 1 });
    expect(approve(address(7), {}, named, 6)).to.equal("MarketStewardExpired");
    expect(approve(address(7), {}, grantSteward({ ...grant, maxPrice: old.price - 1n }))).to.equal(
      "MarketStewardPrice",
    );
    expect(approve(address(7), {}, grantSteward({ ...grant, minCollateral: old.collateral + 1n }))).to.equal(
      "MarketStewardCollateral",
    );
  });

  it("lets the client approve anything, and a steward nothing worse than before, n - k times", () => {
    expect(approve(client, { price: old.price + 1n, collateral: 0n })).to.deep.equal({ approvals: 0 });
    expect(approve(caller, { price: old.price + 1n })).to.equal("MarketStewardPrice");
    expect(approve(caller, { collateral: old.collateral - 1n })).to.equal("MarketStewardCollateral");
    expect(approve(caller, {}, { approvals: 1 })).to.deep.equal({ approvals: 2 });
    expect(approve(caller, {}, { approvals: 2 })).to.equal("MarketApprovalsUsedUp");
  });
});
