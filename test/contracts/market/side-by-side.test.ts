import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { network } from "hardhat";
import type { Address } from "viem";
import { type ReplicaClock, slotFromChain } from "../../../node/data/settlement.ts";
import { fillingHashOf, type SlotClaim } from "../../../node/data/terms.ts";
import { closedWindows, nextOpening, openWindow } from "../../../node/data/windows.ts";
import { random } from "../../fixtures/random.ts";
import { requireSolvent } from "../support/vault.ts";
import {
  as,
  balances,
  deployMarket,
  end,
  type Fixture,
  GOOD_PROOF,
  K,
  LOCAL_PARAMETERS,
  mined,
  openDeal,
  PRICE,
} from "./fixture.ts";
import { type Answer, type Ending, MarketModel, type Replica, wordsOf } from "./model.ts";

const SEED = process.env.FUZZ_SEED ?? "holdfast market";
const STEPS = Number(process.env.FUZZ_STEPS ?? 600);
const { spacetime: rhythm, market: shares } = LOCAL_PARAMETERS;
const PARAMETERS = {
  shares: {
    client: BigInt(shares.clientShareBps),
    repairer: BigInt(shares.repairerShareBps),
    caller: BigInt(shares.callerShareBps),
  },
  challenges: K,
  beta: rhythm.beta,
};

/** Contract and model, driven by the same choices; after every step each balance and the touched slots are compared. */
class Drive {
  readonly #fixture: Fixture;
  readonly #dice = random(`${SEED} market`);
  readonly #model = new MarketModel(PARAMETERS, BigInt(shares.protocolFeeBps));
  readonly #proven = new Map<string, Set<number>>();
  readonly #clients: HardhatEthersSigner[];
  readonly #providers: HardhatEthersSigner[];
  readonly #genesis: bigint;
  readonly counts = new Map<string, number>();

  constructor(fixture: Fixture, genesis: bigint) {
    this.#fixture = fixture;
    this.#genesis = genesis;
    this.#clients = [fixture.client, fixture.deployer];
    this.#providers = fixture.providers.slice(0, 3);
  }

  async start(): Promise<void> {
    for (const { address } of [...this.#everybody()]) {
      this.#model.free.set(address as Address, await this.#fixture.vault.freeOf!(address));
    }
    for (let i = 0; i < 4; i++) await this.#openDeal();
  }

  async step(): Promise<string> {
    const roll = this.#dice.between(0, 99);
    if (roll < 4) return this.#openDeal();
    if (roll < 45) return this.#passTime();
    const replica = this.#model.replicas[this.#dice.between(0, this.#model.replicas.length - 1)]!;
    if (roll < 65) return this.#settle(replica);
    if (roll < 72) return this.#settleMany();
    if (roll < 82) return this.#end(this.#pick(["cancel", "drop", "forfeit"] as const), replica);
    return this.#release(replica);
  }

  /** Every balance that the market moves, and the vault's own invariant. */
  async compareBalances(): Promise<void> {
    const people = this.#everybody();
    const { free, ...held } = await balances(this.#fixture, ...people);
    const { Escrows, Collateral, Bonds, Burned } = this.#model.held;
    expect(held).to.deep.equal({ escrows: Escrows, collateral: Collateral, bonds: Bonds, burned: Burned });
    expect(free).to.deep.equal(people.map(({ address }) => this.#model.free.get(address as Address)));
    await requireSolvent(this.#fixture.vault, this.#fixture.token);
  }

  async #openDeal(): Promise<string> {
    const windows = this.#dice.between(3, 30);
    const collateral = this.#pick([0n, 1n, 333_333n, PRICE * BigInt(windows)]);
    const deal = await openDeal(this.#fixture, {
      client: this.#pick(this.#clients),
      providers: this.#providers,
      terms: {
        windows,
        maxMisses: this.#dice.between(3 + Math.floor(windows / 20), Math.min(windows, 8)),
        coolingOff: this.#dice.between(0, windows),
        minWindows: this.#dice.between(0, windows),
        cancelFeeWindows: this.#dice.between(0, windows),
      },
      offer: { price: this.#pick([0n, 1n, 7n, PRICE]), collateral },
    });
    const opened = [];
    for (const claim of deal.claims) opened.push({ claim, firstWindow: claim.firstWindow });
    this.#model.open(opened);
    return this.#count("open");
  }

  /** Some blocks; then, mostly, a proof for each provider that has a window open and unproven. */
  async #passTime(): Promise<string> {
    await this.#fixture.networkHelpers.mine(this.#dice.between(1, 40));
    const diligence = this.#pick([100, 85, 40]);
    for (const { address } of this.#providers) {
      const window = openWindow(this.#schedule(), address as Address, await this.#nextBlock());
      const done = this.#provenBy(address);
      if (window === undefined || done.has(Number(window)) || this.#dice.between(0, 99) >= diligence) continue;
      // A lane whose bag was empty at the opening has nothing to prove.
      const { counts, accounted } = await this.#fixture.spacetime.lane!(address);
      if (counts === 0n || accounted > BigInt(window)) continue;
      await this.#fixture.spacetime.submitProof!(address, window, GOOD_PROOF, 1n);
      done.add(Number(window));
    }
    return this.#count("time");
  }

  async #settle(replica: Replica): Promise<string> {
    const maxWindows = this.#pick([0, 1, 2, 5, 1000]);
    const caller = this.#pick(this.#everybody());
    const clock = await this.#clockOf(replica);
    const answer = this.#model.settle(replica, clock, maxWindows, caller.address as Address);
    await this.#expect(answer, () => as(this.#fixture.market, caller).settle!(replica.claim, maxWindows));
    return this.#done("settle", answer, replica);
  }

  async #settleMany(): Promise<string> {
    const some = this.#model.replicas.filter(() => this.#dice.between(0, 2) === 0).slice(-12);
    const maxWindows = this.#pick([1, 4, 1000]);
    const caller = this.#pick(this.#everybody());
    const claims = some.map(({ claim }) => claim);
    const { market } = this.#fixture;
    const expected: boolean[] = [];
    for (const replica of some) {
      const clock = await this.#clockOf(replica);
      expected.push(this.#model.settle(replica, clock, maxWindows, caller.address as Address) === undefined);
    }
    const done = await as(market, caller).settleMany!.staticCall(claims, maxWindows, { blockTag: "pending" });
    expect([...done]).to.deep.equal(expected);
    await mined(as(market, caller).settleMany!(claims, maxWindows));
    return this.#done("settleMany", undefined, ...some);
  }

  async #end(kind: Ending, replica: Replica): Promise<string> {
    const { client, offer } = replica.claim;
    const caller = this.#signer(kind === "forfeit" ? offer.provider : client);
    const answer = this.#model.end(kind, replica, await this.#clockOf(replica), caller.address as Address);
    await this.#expect(answer, () => end(this.#fixture, caller, kind, replica.claim));
    return this.#done(kind, answer, replica);
  }

  async #release(replica: Replica): Promise<string> {
    const answer = this.#model.release(replica);
    await this.#expect(answer, () =>
      as(this.#fixture.market, this.#signer(replica.claim.client)).release!(replica.claim),
    );
    return this.#done("release", answer, replica);
  }

  async #expect(answer: Answer, send: () => Promise<ContractTransactionResponse>): Promise<void> {
    if (answer === undefined) await mined(send());
    else await expect(send()).to.be.revertedWithCustomError(this.#fixture.market, answer);
  }

  async #done(name: string, answer: Answer, ...replicas: readonly Replica[]): Promise<string> {
    const { market } = this.#fixture;
    for (const { claim, slot } of replicas) {
      if (slot.status === "Failed") this.#count("failed");
      if (slot.status === "Failed" && slot.penalty !== 0n) this.#count("failed after forfeit");
      const state = await market.slotOf!(claim.offer.dealKey, claim.offer.slot);
      const reserve = await market.reserveOf!(claim.offer.dealKey, claim.offer.slot);
      const { fillingHash, penalty, bonus } = { ...state.toObject(), ...reserve.toObject() };
      const found = slotFromChain(
        {
          fillingHash,
          settled: Number(state.settled),
          missesLeft: Number(state.missesLeft),
          end: Number(state.end),
          generation: Number(state.generation),
          status: Number(state.status),
        },
        { penalty, bonus },
      );
      expect(found).to.deep.equal(slot);
      expect(fillingHash).to.equal(fillingHashOf(claim));
    }
    return this.#count(answer === undefined ? name : `${name} refused`);
  }

  async #clockOf({ claim, firstWindow }: { claim: SlotClaim; firstWindow: number }): Promise<ReplicaClock> {
    const { provider } = claim.offer;
    const block = await this.#nextBlock();
    const since = (window: bigint | number) => Math.max(Number(window) - firstWindow, 0);
    return {
      firstWindow,
      closed: since(closedWindows(this.#schedule(), provider, block)),
      opened: since(nextOpening(this.#schedule(), provider, block)),
      provenWord: wordsOf(this.#provenBy(provider)),
    };
  }

  async #nextBlock(): Promise<bigint> {
    return BigInt(await this.#fixture.networkHelpers.time.latestBlock()) + 1n;
  }

  #schedule() {
    return { genesis: this.#genesis, period: rhythm.period, windowLength: rhythm.windowLength };
  }

  #provenBy(address: string): Set<number> {
    const found = this.#proven.get(address) ?? new Set<number>();
    this.#proven.set(address, found);
    return found;
  }

  #everybody(): HardhatEthersSigner[] {
    return [...this.#clients, ...this.#providers, this.#fixture.outsider];
  }

  #signer(address: string): HardhatEthersSigner {
    return this.#everybody().find((signer) => signer.address === address)!;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#dice.between(0, choices.length - 1)]!;
  }

  #count(name: string): string {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    return name;
  }
}

describe("StorageMarket beside its TypeScript mirror", () => {
  it(`agrees on every balance and slot after each of ${STEPS} random steps (FUZZ_SEED="${SEED}")`, async function () {
    this.timeout(60_000 + STEPS * 500);
    const fixture = await deployMarket(await network.create());
    const drive = new Drive(fixture, await fixture.spacetime.GENESIS!());
    await drive.start();
    for (let step = 0; step < STEPS; step++) {
      const name = await drive.step();
      try {
        await drive.compareBalances();
      } catch (cause) {
        throw new Error(`step ${step} (${name}) of FUZZ_SEED="${SEED}" differs`, { cause });
      }
    }
    console.log(`      ${[...drive.counts].map(([name, count]) => `${name} ${count}`).join(", ")}`);
    for (const name of ["settle", "settleMany", "failed", "cancel", "drop", "forfeit", "release"]) {
      expect(drive.counts.get(name), name).to.be.greaterThan(0);
    }
  });
});
