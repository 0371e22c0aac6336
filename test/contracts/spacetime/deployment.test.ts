import { expect } from "chai";
import { network } from "hardhat";
import { deployLane, PERIOD, WINDOW_LENGTH } from "./fixture.ts";

const GOOD = { genesis: 0n, period: 100n, windowLength: 80n, beta: 1n, maxWeight: 2n ** 30n };

async function factory() {
  const { ethers } = await network.create();
  const [account] = await ethers.getSigners();
  const beacon = await ethers.deployContract("BlockhashBeacon"); // remembers 256 blocks
  const registry = await ethers.deployContract("RegistryMock");
  const contract = await ethers.getContractFactory("SpacetimeProofs");
  async function deploy(parameters: Partial<typeof GOOD>, K = 4, D = 9) {
    const verifier = await ethers.deployContract("VerifierMock", [K, D]);
    return contract.deploy({ ...GOOD, ...parameters }, registry, account!, verifier, beacon, account!);
  }
  return { contract, deploy };
}

describe("a deployment of SpacetimeProofs", () => {
  it("leaves at least a fifth of the period between a close and the next opening", async () => {
    const { contract, deploy } = await factory();
    await deploy({ windowLength: 80n });
    for (const [period, windowLength] of [
      [100n, 81n],
      [104n, 84n], // a fifth is 20.8 blocks
      [100n, 0n],
      [0n, 0n],
      [10n, 2n ** 40n - 1n],
    ] as const) {
      await expect(deploy({ period, windowLength }))
        .to.be.revertedWithCustomError(contract, "WindowGapTooShort")
        .withArgs(period, windowLength);
    }
    await deploy({ period: 104n, windowLength: 83n });
  });

  it("keeps windows 64 blocks shorter than the beacon's memory", async () => {
    const { contract, deploy } = await factory();
    await deploy({ period: 1_000n, windowLength: 191n });
    await expect(deploy({ period: 1_000n, windowLength: 192n }))
      .to.be.revertedWithCustomError(contract, "BeaconLifetimeTooShort")
      .withArgs(257, 256);
  });

  it("takes K and D from the verifier, and needs a circuit that opens the smallest replica", async () => {
    const { contract, deploy } = await factory();
    const deployed = await deploy({}, 16, 9);
    expect([await deployed.CHALLENGES(), await deployed.LEVELS()]).to.deep.equal([16n, 9n]);
    for (const [K, D] of [
      [0, 9],
      [4, 4],
      [4, 64],
    ] as const) {
      await expect(deploy({}, K, D))
        .to.be.revertedWithCustomError(contract, "VerifierInvalidProfile")
        .withArgs(K, D);
    }
  });

  it("counts phases from its own block unless told another", async () => {
    const { deploy } = await factory();
    const deployed = await deploy({});
    expect(await deployed.GENESIS()).to.equal(BigInt((await deployed.deploymentTransaction()!.wait())!.blockNumber));
    expect(await (await deploy({ genesis: 12_345n })).GENESIS()).to.equal(12_345n);
  });
});

describe("priceLimit", () => {
  it("is a quarter of what K' free draws of a replica burn, where a quarter of K may be pinned elsewhere", async () => {
    for (const [K, free] of [
      [2, 2n],
      [4, 3n],
      [7, 6n],
      [16, 12n],
    ] as const) {
      const { spacetime } = await deployLane({ K, beta: 5n * 2n ** 62n });
      expect(await spacetime.priceLimit(13)).to.equal((free * 5n * 2n ** 13n) / 16n);
      expect(await spacetime.priceLimit(27)).to.equal((free * 5n * 2n ** 27n) / 16n);
    }
  });
});

describe("windows on chain", () => {
  it("open a period apart, last WINDOW_LENGTH blocks, and count as closed from the block after the close on", async () => {
    const { spacetime, provider, networkHelpers, goTo } = await deployLane();
    const first = await spacetime.openingOf(provider, 0);
    expect(first - (await spacetime.GENESIS())).to.equal(await spacetime.phaseOf(provider));
    expect(await spacetime.openingOf(provider, 7)).to.equal(first + 7n * PERIOD);
    expect(await spacetime.closeOf(provider, 7)).to.equal(first + 7n * PERIOD + WINDOW_LENGTH);
    expect(await spacetime.nextOpening(provider, first + 7n * PERIOD - 1n)).to.equal(7n);
    expect(await spacetime.nextOpening(provider, first + 7n * PERIOD)).to.equal(8n);
    await goTo(first + 7n * PERIOD + WINDOW_LENGTH + 1n); // so that calls run at the close
    expect(await spacetime.closedWindows(provider)).to.equal(7n);
    await networkHelpers.mine(1);
    expect(await spacetime.closedWindows(provider)).to.equal(8n);
  });
});
