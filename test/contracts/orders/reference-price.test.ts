import { expect } from "chai";
import { network } from "hardhat";
import {
  MOST_TICK,
  movedTick,
  poked,
  priceOfTick,
  type ReferenceState,
  tickFactor,
  utilisationOf,
} from "../../../node/data/reference-price.ts";
import { random } from "../../fixtures/random.ts";
import { as, joinAs, mined, openDeal } from "../market/fixture.ts";
import { revertOf } from "../support/reverts.ts";
import { deployOrders, LOCAL_PARAMETERS, type OrderFixture } from "./fixture.ts";

const { leastPrice, startTick } = LOCAL_PARAMETERS.reference;
const { beta, period } = LOCAL_PARAMETERS.spacetime;

async function stateOf({ reference }: OrderFixture): Promise<ReferenceState> {
  const [at, tick, utilisation] = (await Promise.all([
    reference.period!(),
    reference.tick!(),
    reference.utilisation!(),
  ])) as [bigint, bigint, bigint];
  return { period: at, tick, utilisation };
}

/** Mines so that the next transaction is in the first block of the period after next. */
async function toNewPeriod({ reference, goTo, block }: OrderFixture): Promise<void> {
  const start: bigint = await reference.START!();
  await goTo(start + (((await block()) - start) / period + 2n) * period);
}

describe("the reference price's steps", () => {
  it("are those of node/data/reference-price.ts, for any tick, periods and utilisation", async () => {
    const { ethers } = await network.create();
    const harness = await ethers.deployContract("LibraryHarness");
    const draw = random("reference price");
    for (let i = 0; i < 150; i++) {
      const tick = draw.below(MOST_TICK + 1n);
      const periods = i % 3 === 0 ? draw.below(2n ** 40n) : draw.below(600n);
      const utilisation = draw.below(10_001n);
      expect(await harness.movedTick!(tick, periods, utilisation)).to.equal(movedTick(tick, periods, utilisation));
      expect(await harness.tickFactor!(tick)).to.equal(tickFactor(tick));
    }
    expect(await harness.tickFactor!(MOST_TICK)).to.equal(tickFactor(MOST_TICK));
  });

  it("come to the same whether periods are caught up with at once or one by one", () => {
    const draw = random("catching up");
    for (let i = 0; i < 300; i++) {
      const tick = draw.below(MOST_TICK + 1n);
      const utilisation = draw.below(10_001n);
      const [first, second] = [draw.below(800n), draw.below(800n)];
      const inParts = movedTick(movedTick(tick, first, utilisation), second, utilisation);
      expect(inParts).to.equal(movedTick(tick, first + second, utilisation));
    }
  });

  it("move the price by at most 3.2 % a period, never below the least and never above the most", () => {
    for (const tick of [0n, 1n, 31n, 32n, 5_657n, MOST_TICK - 5n, MOST_TICK]) {
      for (let utilisation = 0n; utilisation <= 10_000n; utilisation += 125n) {
        const next = movedTick(tick, 1n, utilisation);
        expect(next >= 0n && next <= MOST_TICK).to.equal(true);
        const [low, high] = next < tick ? [next, tick] : [tick, next];
        expect(tickFactor(high) * 1000n <= tickFactor(low) * 1032n).to.equal(true);
        expect(priceOfTick({ leastPrice }, next) >= leastPrice).to.equal(true);
      }
    }
    expect(movedTick(100n, 1n, 5_000n)).to.equal(100n);
    expect(movedTick(100n, 1n, 10_000n)).to.equal(132n);
    expect(movedTick(100n, 1n, 0n)).to.equal(68n);
  });

  it("rise strictly from tick to tick, so that no step of the way is lost", () => {
    let last = tickFactor(0n);
    expect(last).to.equal(2n ** 96n);
    for (let tick = 1n; tick <= MOST_TICK; tick += tick < 64n ? 1n : 97n) {
      expect(tickFactor(tick) > last).to.equal(true);
      last = tickFactor(tick);
    }
    // (1 + 1/1024)^16383, to seven digits.
    const most = (tickFactor(MOST_TICK) * 10_000_000n) >> 96n;
    expect(Math.abs(Number(most) / 1e7 / (1 + 1 / 1024) ** 16383 - 1) < 1e-7).to.equal(true);
  });
});

describe("ReferencePrice", () => {
  it("starts at a quarter of a token for a GiB and a period locally, and rests while nobody has staked", async () => {
    const { ethers } = await network.create();
    expect(priceOfTick({ leastPrice }, startTick)).to.be.within(249n * 10n ** 15n, 251n * 10n ** 15n);
    const registry = await ethers.deployContract("RegistryMock");
    const spacetime = await ethers.deployContract("ReferenceMock", [period, beta]);
    const args = [spacetime, registry, spacetime, { leastPrice, startTick }];
    const reference = await ethers.deployContract("ReferencePrice", args);
    await reference.getFunction("poke")();
    expect(await reference.getFunction("utilisation")()).to.equal(5_000n);
  });

  it("rises by 32 steps a period at most, however far slashing has brought the stake below what all bags require", async () => {
    const { ethers, networkHelpers } = await network.create();
    const registry = await ethers.deployContract("RegistryMock");
    const spacetime = await ethers.deployContract("ReferenceMock", [period, beta]);
    const args = [spacetime, registry, spacetime, { leastPrice, startTick }];
    const reference = await ethers.deployContract("ReferencePrice", args);
    // Two hundred times what there is, which 16 bits would not take either.
    const weight = 2n ** 40n;
    await spacetime.getFunction("set")(weight, (32n * beta * weight) / 2n ** 64n / 200n);
    await networkHelpers.mine(period);
    await reference.getFunction("poke")();
    expect(await reference.getFunction("utilisation")()).to.equal(10_000n);
    const [tick, since]: bigint[] = [await reference.getFunction("tick")(), await reference.getFunction("period")()];
    await networkHelpers.mine(3n * period);
    await reference.getFunction("poke")();
    const periods = (await reference.getFunction("period")()) - since!;
    expect(await reference.getFunction("tick")()).to.equal(tick! + 32n * periods);
  });

  it("refuses a least price of nothing, from which it could never rise, and a start beyond the scale", async () => {
    const { ethers } = await network.create();
    const registry = await ethers.deployContract("RegistryMock");
    const spacetime = await ethers.deployContract("ReferenceMock", [period, beta]);
    const deploy = (parameters: object) =>
      ethers.deployContract("ReferencePrice", [spacetime, registry, spacetime, parameters]);
    expect((await revertOf(deploy({ leastPrice: 0n, startTick }))).name).to.equal("ReferenceLeastPrice");
    const beyond = await revertOf(deploy({ leastPrice, startTick: 16_384n }));
    expect(beyond).to.deep.equal({ name: "ReferenceStart", args: [16_383n, 16_384n] });
  });

  it("falls while the providers' stake lies idle, by what the pure form says, however long nobody calls", async () => {
    const fixture = await deployOrders(await network.create());
    const { reference, networkHelpers, block } = fixture;
    const start: bigint = await reference.START!();
    await mined(reference.poke!());
    const first = await stateOf(fixture);
    expect(first.utilisation).to.equal(0n);
    await networkHelpers.mine(17n * period + 3n);
    const expected = poked(first, { start, periodBlocks: period }, await block(), 0n);
    expect(expected.tick).to.equal(first.tick - 32n * (expected.period - first.period));
    expect(await reference.price!()).to.equal(priceOfTick({ leastPrice }, expected.tick));
    await networkHelpers.mine(1_000n * period);
    expect(await reference.price!()).to.equal(leastPrice);
  });

  it("follows the weight of all bags: what replicas require of the stake is what it records", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, reference, spacetime, vault, registry } = fixture;
    await openDeal(fixture, { client, providers: providers.slice(0, 3), offer: { m: 16, groups: 100 } });
    const weight: bigint = await spacetime.totalWeight!();
    expect(weight).to.equal(3n * 2n ** 16n);
    await mined(reference.poke!());
    const { utilisation } = await stateOf(fixture);
    const staked: bigint = await vault.held!(registry, 2);
    expect(utilisation).to.equal(utilisationOf(weight, beta, staked));
    expect(utilisation).to.be.greaterThan(0n);
  });

  it("lets nobody act backwards: stake that comes now moves only the periods that follow", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, reference, networkHelpers, ethers, deployer, token, vault, registry } = fixture;
    await openDeal(fixture, { client, providers: providers.slice(0, 3), offer: { m: 19, groups: 1000 } });
    await mined(reference.poke!());
    const calm = await stateOf(fixture);
    await networkHelpers.mine(10n * period);

    // A whale arrives and calls in the same breath; what the past ten periods did stays what it was.
    const whale = ethers.Wallet.createRandom(ethers.provider);
    await deployer.sendTransaction({ to: whale.address, value: 10n ** 18n });
    await mined(as(token, deployer).approve!(vault, 2n ** 200n));
    await mined(as(vault, deployer).depositFor!(whale.address, 10n ** 23n));
    await joinAs(registry, whale, 10n ** 23n);
    await mined(reference.poke!());
    const later = await stateOf(fixture);
    expect(later.utilisation < calm.utilisation).to.equal(true);
    expect(later.tick).to.equal(movedTick(calm.tick, later.period - calm.period, calm.utilisation));
    expect(await reference.price!()).to.equal(priceOfTick({ leastPrice }, later.tick));
  });

  it("is moved by the last call of a period only, so that calling more often moves nothing more", async () => {
    const often = await deployOrders(await network.create());
    const seldom = await deployOrders(await network.create());
    for (const fixture of [often, seldom]) await toNewPeriod(fixture);
    for (let call = 0; call < 4; call++) await mined(often.reference.poke!());
    await mined(seldom.reference.poke!());
    for (const fixture of [often, seldom]) await fixture.networkHelpers.mine(5n * period);
    expect(await often.reference.price!()).to.equal(await seldom.reference.price!());
  });
});
