import path from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { type Address, keccak256, zeroHash } from "viem";
import { beaconKindOf } from "../../../scripts/lib/beacons.ts";
import { deployHoldfast } from "../../../scripts/lib/deploy.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { readVerifyingKey } from "../../../scripts/lib/verifying-key.ts";
import { rejection } from "../support/rejection.ts";

const KEY_FILE = path.resolve(import.meta.dirname, "../../../build/circuits/test/verification_key.json");

/** A chain that is not local, with a token; deploying there fails at the key, which has no ceremony, if it comes that far. */
async function given(chainId = 4242) {
  const { viem, provider, networkHelpers } = await network.create({ override: { chainId } });
  const publicClient = await viem.getPublicClient();
  const [walletClient] = await viem.getWalletClients();
  const token = await viem.deployContract("HoldfastToken", [10n ** 20n]);
  const deploy = async (beacon: Address, more: { windowLength?: bigint; acceptChosenChallenges?: boolean } = {}) => {
    const { windowLength = 24n, ...accept } = more;
    const spacetime = { ...LOCAL_PARAMETERS.spacetime, period: 2n * windowLength, windowLength };
    const key = { verifyingKey: readVerifyingKey(KEY_FILE), K: 2, D: 5 };
    const parameters = { ...LOCAL_PARAMETERS, spacetime };
    const common = { publicClient, walletClient: walletClient!, parameters, verifier: key };
    const before = await publicClient.getBlockNumber();
    const error = await rejection(deployHoldfast({ ...common, token: token.address, beacon, ...accept }));
    expect(await publicClient.getBlockNumber()).to.equal(before);
    return `${error.code}: ${error.message}`;
  };
  return { viem, provider, networkHelpers, publicClient, deploy };
}

const FOR_WANT_OF_A_CEREMONY = /ceremony/;

describe("a beacon, before anything is deployed on it", () => {
  it("is known by its code, whatever its delay", async () => {
    const { viem, publicClient } = await given();
    const kinds = [];
    for (const [name, args] of [
      ["PrevrandaoBeacon", [1n]],
      ["PrevrandaoBeacon", [9n]],
      ["DrandBeacon", [12n]],
      ["BlockhashBeacon", []],
      ["HoldfastToken", [1n]],
    ] as const) {
      const { address } = await viem.deployContract(name as "HoldfastToken", args as [bigint]);
      kinds.push(await beaconKindOf(publicClient, address));
    }
    kinds.push(await beaconKindOf(publicClient, `0x${"12".repeat(20)}`));
    expect(kinds).to.deep.equal(["prevrandao", "prevrandao", "drand", "blockhash", "unknown", "unknown"]);
  });

  it("is refused off local chains when a block's builder chooses its values, unless that is accepted in so many words", async () => {
    const { viem, deploy } = await given();
    const { address } = await viem.deployContract("BlockhashBeacon");
    expect(await deploy(address)).to.match(/DEPLOY_FORBIDDEN.*chosen by whoever builds.*--accept-chosen-challenges/);
    expect(await deploy(address, { acceptChosenChallenges: true })).to.match(FOR_WANT_OF_A_CEREMONY);
  });

  it("is refused off local chains when nobody knows its code", async () => {
    const { viem, deploy, provider } = await given();
    const { address } = await viem.deployContract("BlockhashBeacon");
    const code = (await provider.request({ method: "eth_getCode", params: [address, "latest"] })) as string;
    // The same but for one byte of the metadata at its end.
    const changed = `${code.slice(0, -2)}${code.endsWith("00") ? "01" : "00"}`;
    await provider.request({ method: "hardhat_setCode", params: [address, changed] });
    expect(await deploy(address)).to.match(/DEPLOY_FORBIDDEN.*not a beacon of this version/);
    expect(await deploy(address, { acceptChosenChallenges: true })).to.match(FOR_WANT_OF_A_CEREMONY);
  });

  it("passes as prevrandao with a delay and as drand, where blocks carry a RANDAO", async () => {
    const { viem, deploy, networkHelpers } = await given();
    const prevrandao = await viem.deployContract("PrevrandaoBeacon", [1n]);
    const drand = await viem.deployContract("DrandBeacon", [12n]);
    await networkHelpers.mine(2);
    for (const { address } of [prevrandao, drand]) expect(await deploy(address)).to.match(FOR_WANT_OF_A_CEREMONY);
  });

  it("is refused as prevrandao without a delay: a proposer would know the draw before it fixes its bag", async () => {
    const { viem, deploy } = await given();
    const { address } = await viem.deployContract("PrevrandaoBeacon", [0n]);
    expect(await deploy(address)).to.match(/DEPLOY_FORBIDDEN.*delay of 0/);
  });

  it("is refused as prevrandao on chains whose blocks carry zero, or one value for ever", async () => {
    const { viem, deploy, provider, networkHelpers } = await given();
    const { address } = await viem.deployContract("PrevrandaoBeacon", [1n]);
    for (const randao of [zeroHash, keccak256("0x01")]) {
      for (let block = 0; block < 2; block++) {
        await provider.request({ method: "hardhat_setPrevRandao", params: [randao] });
        await networkHelpers.mine();
      }
      expect(await deploy(address)).to.match(/DEPLOY_FORBIDDEN.*carry no RANDAO/);
    }
  });

  it("carries windows that are shorter than its memory by more than the margin, on local chains too", async () => {
    for (const chainId of [4242, 31337]) {
      const { viem, deploy, publicClient } = await given(chainId);
      const beacon = await viem.deployContract("PrevrandaoBeacon", [1n]);
      const lifetime = await beacon.read.lifetime();
      expect(await publicClient.getChainId()).to.equal(chainId);
      expect(await deploy(beacon.address, { windowLength: lifetime - 64n })).to.match(/DEPLOY_FORBIDDEN.*answers for/);
      if (chainId !== 31337) {
        expect(await deploy(beacon.address, { windowLength: lifetime - 65n })).to.match(FOR_WANT_OF_A_CEREMONY);
      }
    }
  });

  it("is refused when it is none at all", async () => {
    const { deploy } = await given();
    expect(await deploy(`0x${"12".repeat(20)}`)).to.match(/DEPLOY_FORBIDDEN.*answers for 0 blocks/);
  });
});
