/**
 * A chain forgets its blocks' hashes, after 256 blocks or (EIP-2935) 8,191. Who could prove a window later than that would know its
 * seed ahead, as the hash of nothing, and could prepare a proof without bytes.
 */
import { expect } from "chai";
import { network } from "hardhat";
import { numberToHex } from "viem";
import { as, deployMarket, GOOD_PROOF, mined, openDeal } from "../contracts/market/fixture.ts";
import { callsOfMarket, rootOf } from "../contracts/spacetime/fixture.ts";
import { HISTORY, HISTORY_CODE } from "../contracts/support/history.ts";
import { payoff } from "./support/wealth.ts";

const LIFETIME = 8_191n;
/** Of windows, in blocks, with the margin that SpacetimeProofs keeps to its beacon's lifetime. */
const LONGEST = LIFETIME - 64n - 1n;

/** A lane with one replica on a chain whose history contract answers, but remembers only what it is told. */
async function longWindows(windowLength: bigint) {
  const { ethers, networkHelpers, provider: rpc } = await network.create();
  const [, market, provider] = await ethers.getSigners();
  await rpc.request({ method: "hardhat_setCode", params: [HISTORY, HISTORY_CODE] });
  const remember = async (block: bigint, hash: string): Promise<void> => {
    await rpc.request({ method: "hardhat_setStorageAt", params: [HISTORY, numberToHex(block % LIFETIME), hash] });
  };
  const tip = await ethers.provider.getBlock("latest");
  await remember(BigInt(tip!.number), tip!.hash!); // the beacon asks for the block before its own when it is made
  const beacon = await ethers.deployContract("BlockhashBeacon");
  const verifier = await ethers.deployContract("VerifierMock", [4, 9]);
  const registry = await ethers.deployContract("RegistryMock");
  const deployed = ethers.deployContract("SpacetimeProofs", [
    { genesis: 0n, period: 12_000n, windowLength, beta: 2n ** 64n, maxWeight: 2n ** 36n },
    ...[registry, market, verifier, beacon, market],
  ]);
  return { ethers, networkHelpers, rpc, remember, beacon, registry, deployed, market: market!, provider: provider! };
}

describe("attack: a blockhash older than the chain remembers", () => {
  it("earns nothing: past its close a window takes no proof, and its misses burn, after 8,192 blocks as after one", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, spacetime, networkHelpers } = fixture;
    const provider = fixture.providers[0]!;
    const terms = { windows: 400, maxMisses: 400 };
    const { claims } = await openDeal(fixture, { client, providers: [provider], terms });
    const { firstWindow } = claims[0]!;
    const won = await payoff(fixture, [provider], async () => {
      const opening: bigint = await spacetime.openingOf!(provider, firstWindow);
      await fixture.goTo(opening + 8_192n + 2n);
      const beacon = await fixture.ethers.getContractAt("BlockhashBeacon", await spacetime.BEACON!());
      const latest = await networkHelpers.time.latestBlock();
      await expect(beacon.randomnessAt(opening))
        .to.be.revertedWithCustomError(beacon, "BeaconNoRandomness")
        .withArgs(opening, latest);
      await expect(
        as(spacetime, provider).submitProof!(provider, firstWindow, GOOD_PROOF, 1n),
      ).to.be.revertedWithCustomError(spacetime, "WindowNotOpen");
      await mined(as(spacetime, provider).account!(provider, 1));
    });
    const burn = (((await spacetime.BETA!()) << 13n) + 2n ** 64n - 1n) >> 64n;
    expect(won).to.equal(-burn + burn / 20n);
  });

  it("cannot come about: no deployment has a window that its beacon might forget", async () => {
    const { beacon, deployed } = await longWindows(LONGEST);
    expect(await beacon.lifetime()).to.equal(LIFETIME);
    expect(await (await deployed).WINDOW_LENGTH()).to.equal(LONGEST);
    const tooLong = await longWindows(LONGEST + 1n);
    const factory = await tooLong.ethers.getContractFactory("SpacetimeProofs");
    await expect(tooLong.deployed)
      .to.be.revertedWithCustomError(factory, "BeaconLifetimeTooShort")
      .withArgs(LIFETIME + 1n, LIFETIME);
  });

  it("pays nothing if the history contract has nothing: a zero hash makes no seed, so that a prepared proof waits in vain", async () => {
    const { ethers, networkHelpers, remember, registry, deployed, market, provider } = await longWindows(LONGEST);
    const spacetime = await deployed;
    await registry.setStake(provider, 2n ** 100n);
    await callsOfMarket(spacetime.connect(market) as typeof spacetime, registry).add!(provider, 13, rootOf(0));
    const opening = await spacetime.openingOf(provider, 0);
    const goTo = async (block: bigint) => networkHelpers.mineUpTo(block - 1n);
    const submit = () => (spacetime.connect(provider) as typeof spacetime).submitProof(provider, 0, GOOD_PROOF, 1n);
    const stake: bigint = await registry.stakeOf(provider);
    await goTo(opening + LONGEST - 3n); // far beyond 256 blocks, and still open
    await remember(opening, numberToHex(0, { size: 32 }));
    await expect(submit()).to.be.revert(ethers);
    await goTo(opening + LONGEST + 1n);
    await spacetime.account(provider, 1);
    expect(stake - (await registry.stakeOf(provider))).to.equal(2n ** 13n);
  });

  it("would be provable in the same block if its hash were known: nothing else stops that proof", async () => {
    const { networkHelpers, remember, registry, deployed, market, provider } = await longWindows(LONGEST);
    const spacetime = await deployed;
    await registry.setStake(provider, 2n ** 100n);
    await callsOfMarket(spacetime.connect(market) as typeof spacetime, registry).add!(provider, 13, rootOf(0));
    const opening = await spacetime.openingOf(provider, 0);
    await networkHelpers.mineUpTo(opening + LONGEST - 4n);
    await remember(opening, numberToHex(7, { size: 32 }));
    await (spacetime.connect(provider) as typeof spacetime).submitProof(provider, 0, GOOD_PROOF, 1n);
    expect(await spacetime.isProven(provider, 0)).to.equal(true);
  });
});
