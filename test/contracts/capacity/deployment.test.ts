import path from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { type Address, isAddressEqual } from "viem";
import { deployHoldfast } from "../../../scripts/lib/deploy.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { readVerifyingKey } from "../../../scripts/lib/verifying-key.ts";
import { deployAll } from "../support/deployment.ts";
import { rejection } from "../support/rejection.ts";

const KEY_FILE = path.resolve(import.meta.dirname, "../../../build/circuits/capacity-test/verification_key.json");
const capacityKey = () => ({ verifyingKey: readVerifyingKey(KEY_FILE), K: 2, D: 5 });

async function mockVerifier(viem: Awaited<ReturnType<typeof network.create>>["viem"]): Promise<Address> {
  return (await viem.deployContract("VerifierMock", [4n, 9n])).address;
}

describe("a deployment with proofs of empty capacity", () => {
  it("has them beside the lane's proofs, and their programme as the vault's last module", async () => {
    const { viem } = await network.create();
    const deployment = await deployAll(viem, { verifier: await mockVerifier(viem), capacity: capacityKey() });
    const capacity = await viem.getContractAt("CapacityProofs", deployment.capacity!);
    const programme = await viem.getContractAt("CapacityProgramme", deployment.programme!);
    const vault = await viem.getContractAt("Vault", deployment.vault);
    const modules = await vault.read.modules();
    expect(modules).to.have.length(9);
    expect(isAddressEqual(modules[8]!, programme.address)).to.equal(true);
    expect(isAddressEqual(modules[7]!, deployment.pins)).to.equal(true);

    expect(await capacity.read.REGISTRY()).to.equal(await programme.read.REGISTRY());
    expect(isAddressEqual(await capacity.read.SPACETIME(), deployment.spacetime)).to.equal(true);
    expect(isAddressEqual(await capacity.read.VERIFIER(), deployment.capacityVerifier!)).to.equal(true);
    expect([await capacity.read.CHALLENGES(), await capacity.read.LEVELS()]).to.deep.equal([2n, 5n]);
    expect(await capacity.read.MAX_WEIGHT()).to.equal(LOCAL_PARAMETERS.spacetime.maxWeight);
    expect(isAddressEqual(await programme.read.PROOFS(), capacity.address)).to.equal(true);
    expect(isAddressEqual(await programme.read.SPACETIME(), deployment.spacetime)).to.equal(true);
    expect(await programme.read.RATE()).to.equal(LOCAL_PARAMETERS.programme.rate);
    expect(await programme.read.MOST_PER_WINDOW()).to.equal(LOCAL_PARAMETERS.programme.mostPerWindow);
    expect(await programme.read.MOST_PER_PERIOD()).to.equal(LOCAL_PARAMETERS.programme.mostPerPeriod);
  });

  it("is what its operator asks for: others have eight modules and no such proofs", async () => {
    const { viem } = await network.create();
    const deployment = await deployAll(viem, { verifier: await mockVerifier(viem) });
    const vault = await viem.getContractAt("Vault", deployment.vault);
    expect(await vault.read.modules()).to.have.length(8);
    expect(deployment).to.not.have.any.keys("capacity", "capacityVerifier", "programme");
  });

  it("takes a verifier that exists on a local chain", async () => {
    const { viem } = await network.create();
    const verifier = await mockVerifier(viem);
    const deployment = await deployAll(viem, { verifier, capacity: verifier });
    const capacity = await viem.getContractAt("CapacityProofs", deployment.capacity!);
    expect(await capacity.read.LEVELS()).to.equal(9n);
  });

  it("needs that circuit's own ceremony off local chains, and says so before anything is sent", async () => {
    const { viem } = await network.create({ override: { chainId: 4242 } });
    const publicClient = await viem.getPublicClient();
    const [walletClient] = await viem.getWalletClients();
    const token = (await viem.deployContract("HoldfastToken", [10n ** 20n])).address;
    const beacon = (await viem.deployContract("PrevrandaoBeacon", [1n])).address;
    const common = { publicClient, walletClient: walletClient!, parameters: LOCAL_PARAMETERS, token, beacon };
    const before = await publicClient.getBlockNumber();
    const verifier = { ...capacityKey(), K: 3 };
    const unlisted = await rejection(deployHoldfast({ ...common, verifier, capacity: capacityKey() }));
    expect([unlisted.code, unlisted.details.K]).to.deep.equal(["DEPLOY_FORBIDDEN", 2]);
    const unknown = await rejection(deployHoldfast({ ...common, verifier, capacity: await mockVerifier(viem) }));
    expect(unknown.code).to.equal("DEPLOY_FORBIDDEN");
    expect(unknown.message).to.match(/give the circuit's verifying key/);
    expect(await publicClient.getBlockNumber()).to.equal(before + 1n); // the mock
  });
});
