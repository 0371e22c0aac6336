import { expect } from "chai";
import { network } from "hardhat";
import { type Hex, keccak256, numberToHex } from "viem";
import { LOCAL_PARAMETERS } from "../../scripts/lib/parameters.ts";
import { contractsAt, deployAll, fundAccounts } from "./support/deployment.ts";
import { ASK, PROFILE } from "./support/provider.ts";
import { revertNameOf } from "./support/reverts.ts";

const { viem, networkHelpers } = await network.create();
const TOKEN = 10n ** 18n;
const MINIMUM = LOCAL_PARAMETERS.registry.minimumStake;
const { period } = LOCAL_PARAMETERS.spacetime;
const M = 20;
const STAKES = 2;
/** AddResult of types/Spacetime.sol. */
const ADDED = 0;
const INSUFFICIENT = 1;

/** The real registry, proofs and vault; the market's address is the test's to act with, so that replicas need no deals. */
async function given() {
  const verifier = await viem.deployContract("VerifierMock", [4n, 9n]);
  const deployment = await deployAll(viem, { verifier: verifier.address });
  const { vault, registry, spacetime } = await contractsAt(viem, deployment);
  const [, provider, outsider] = await viem.getWalletClients();
  const address = provider!.account.address;
  await fundAccounts(viem, deployment, [address], 100n * TOKEN);
  const own = { account: provider!.account };
  await registry.write.register([PROFILE, ASK], own);
  await networkHelpers.impersonateAccount(deployment.market);
  await networkHelpers.setBalance(deployment.market, 10n ** 20n);
  const asMarket = { account: deployment.market };

  const rootOf = (n: number): Hex => numberToHex(n, { size: 32 });
  /** Puts replica n into the bag; the answer is an AddResult. */
  async function add(n: number, m = M): Promise<number> {
    const args = [address, m, rootOf(n), keccak256(rootOf(n)), await registry.read.stakeOf([address])] as const;
    const { result } = await spacetime.simulate.add(args, asMarket);
    if (result[0] === ADDED) await spacetime.write.add(args, asMarket);
    return result[0];
  }
  const state = async () => ({
    stake: await registry.read.stakeOf([address]),
    free: await vault.read.freeOf([address]),
    burned: await vault.read.totalOf([7]),
  });
  return { vault, registry, spacetime, address, own, asMarket, add, rootOf, state, outsider: outsider! };
}

/** 2 tokens of stake behind one replica of 2^20 elements, whose 32 misses cost 1 token; a request for all of it is ripe. */
async function leaving() {
  const all = await given();
  const { registry, own, add, spacetime, address } = all;
  await registry.write.stake([2n * TOKEN], own);
  expect(await add(1)).to.equal(ADDED);
  await registry.write.requestUnstake([2n * TOKEN], own);
  expect(await spacetime.read.requiredStake([address])).to.equal(TOKEN);
  await networkHelpers.mine(LOCAL_PARAMETERS.registry.unbondingDelay);
  return all;
}

describe("stake behind proofs", () => {
  it("takes no replica, however small, below the minimum", async () => {
    const { registry, spacetime, address, own, add } = await networkHelpers.loadFixture(given);
    await registry.write.stake([MINIMUM - 1n], own);
    expect(await add(1, 13)).to.equal(INSUFFICIENT);
    await registry.write.stake([1n], own);
    expect(await add(1, 13)).to.equal(ADDED);
    expect((await spacetime.read.requiredStake([address])) < MINIMUM).to.equal(true);
  });

  it("takes no replica that 32 misses could not be burned for", async () => {
    const { registry, own, add } = await networkHelpers.loadFixture(given);
    await registry.write.stake([2n * TOKEN - 1n], own);
    expect(await add(1)).to.equal(ADDED);
    expect(await add(2)).to.equal(INSUFFICIENT);
    await registry.write.stake([1n], own);
    expect(await add(2)).to.equal(ADDED);
    expect(await add(3)).to.equal(INSUFFICIENT);
  });

  it("does not leave while the lane is behind: its misses burn first", async () => {
    const { registry, spacetime, address, own, outsider, state } = await networkHelpers.loadFixture(leaving);
    await networkHelpers.mine(period);
    expect(await revertNameOf(registry.write.withdrawStake(own))).to.equal("RegistryLaneBehind");

    await spacetime.write.account([address, 1_000n], { account: outsider.account });
    const before = await state();
    const taken = 2n * TOKEN - before.stake;
    expect(taken % (TOKEN / 32n)).to.equal(0n);
    expect(taken >= TOKEN / 32n).to.equal(true);
    expect(before.burned).to.equal((taken * 95n) / 100n);
    await registry.write.withdrawStake(own);
    const after = await state();
    expect(after.stake).to.equal(TOKEN);
    expect(after.free - before.free).to.equal(TOKEN - taken);
  });

  it("pays who accounts for others 5 %, and a provider that accounts for itself no more", async () => {
    const { vault, spacetime, address, own, outsider, state } = await networkHelpers.loadFixture(leaving);
    await networkHelpers.mine(2n * period);
    const before = await state();
    await spacetime.write.account([address, 1n], { account: outsider.account });
    const first = before.stake - (await state()).stake;
    expect(await vault.read.freeOf([outsider.account.address])).to.equal(first / 20n);
    await spacetime.write.account([address, 1_000n], own);
    const after = await state();
    expect(after.free - before.free).to.equal((before.stake - first - after.stake) / 20n);
  });

  it("leaves wholly once the bag is empty", async () => {
    const { registry, spacetime, address, own, asMarket, outsider, rootOf, state } =
      await networkHelpers.loadFixture(leaving);
    await networkHelpers.mine(10n * period);
    await spacetime.write.account([address, 1_000n], { account: outsider.account });
    await spacetime.write.retire([address, rootOf(1), false], asMarket);
    // It may wait for an open window; the next gap lets it out.
    for (let waited = 0n; (await spacetime.read.weightOf([address])) !== 0n && waited < 2n * period; waited++) {
      await spacetime.write.sweep([address, [rootOf(1)]], own).catch(() => networkHelpers.mine());
    }
    expect(await spacetime.read.weightOf([address])).to.equal(0n);
    expect(await revertNameOf(registry.write.withdrawStake(own))).to.equal("RegistryUnstakeLapsed");
    await registry.write.requestUnstake([(await state()).stake], own);
    await networkHelpers.mine(LOCAL_PARAMETERS.registry.unbondingDelay);
    await registry.write.withdrawStake(own);
    expect((await state()).stake).to.equal(0n);
  });

  it("is all in the vault's stakes, to the unit, whatever happened", async () => {
    const { vault, registry, spacetime, address, outsider, state } = await networkHelpers.loadFixture(leaving);
    await networkHelpers.mine(50n * period);
    await spacetime.write.account([address, 1_000n], { account: outsider.account });
    const { stake, burned } = await state();
    expect(await vault.read.totalOf([STAKES])).to.equal(stake);
    expect(stake).to.equal(await registry.read.stakeOf([address]));
    const rewarded = await vault.read.freeOf([outsider.account.address]);
    expect(stake + burned + rewarded).to.equal(2n * TOKEN);
    expect(await vault.read.totalLiabilities()).to.equal(100n * TOKEN);
  });
});
