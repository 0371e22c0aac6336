/** Suspension, one's own accounting, waiting, small bags: what might be hoped to make a miss cheaper than it is. */
import { expect } from "chai";
import { BETA, deployLane, rootOf, WINDOW_LENGTH } from "../contracts/spacetime/fixture.ts";

const M13 = 2n ** 13n;

describe("dodging the burn", () => {
  it("by suspension: a suspended lane goes on losing stake until it has none", async () => {
    const { asMarket, asOutsider, registry, provider, goTo, opening } = await deployLane();
    await goTo((await opening(0n)) - 1n);
    await asMarket.add(provider, 13, rootOf(0));
    await registry.setStake(provider, 5n * M13 + 1n);
    const left: bigint[] = [];
    for (let window = 0n; window < 7n; window++) {
      await goTo((await opening(window)) + WINDOW_LENGTH + 1n);
      await asOutsider.account(provider, 1);
      left.push(await registry.stakeOf(provider));
    }
    expect(left).to.deep.equal([4n * M13 + 1n, 3n * M13 + 1n, 2n * M13 + 1n, M13 + 1n, 1n, 0n, 0n]);
  });

  it("by accounting for oneself first: the windows are charged once, and an outsider finds nothing left to report", async () => {
    const { asMarket, asOutsider, spacetime, registry, provider, goTo, opening } = await deployLane();
    await goTo((await opening(0n)) - 1n);
    await asMarket.add(provider, 13, rootOf(0));
    const stake = await registry.stakeOf(provider);
    await goTo((await opening(1n)) + WINDOW_LENGTH + 1n);
    await (spacetime.connect(provider) as typeof spacetime).account(provider, 10);
    await asOutsider.account(provider, 10);
    expect(stake - (await registry.stakeOf(provider))).to.equal(2n * M13);
  });

  it("by waiting: windows that nobody accounts for are still charged before anything can be withdrawn or changed", async () => {
    const { asMarket, asOutsider, spacetime, registry, provider, goTo, opening } = await deployLane();
    await goTo((await opening(0n)) - 1n);
    await asMarket.add(provider, 13, rootOf(0));
    const stake = await registry.stakeOf(provider);
    await goTo((await opening(2_000n)) + WINDOW_LENGTH + 1n);
    await asMarket.retire(provider, rootOf(0));
    expect(await spacetime.isAccounted(provider)).to.equal(false);
    await asOutsider.account(provider, 2_001);
    await asOutsider.sweep(provider, [rootOf(0)]);
    expect(stake - (await registry.stakeOf(provider))).to.equal(2_001n * M13);
    expect(await spacetime.isAccounted(provider)).to.equal(true);
  });

  it("by many small replicas: a burn is rounded up per window, so that no bag is free", async () => {
    const { asMarket, asOutsider, registry, provider, goTo, opening } = await deployLane({ beta: BETA >> 40n });
    await goTo((await opening(0n)) - 1n);
    await asMarket.add(provider, 13, rootOf(0));
    const stake = await registry.stakeOf(provider);
    await goTo((await opening(0n)) + WINDOW_LENGTH + 1n);
    await asOutsider.account(provider, 1);
    expect(stake - (await registry.stakeOf(provider))).to.equal(1n);
  });
});
