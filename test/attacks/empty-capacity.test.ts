/** Pay for empty capacity without having it. Everything is real here: labels, proofs, contracts and money. */
import path from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { type Address, getAddress, parseEther } from "viem";
import { readProverFolder } from "../../node/consensus/prover/folder.ts";
import { createProver, type Prover } from "../../node/consensus/prover/prover.ts";
import { placesOf } from "../../node/data/capacity-challenge.ts";
import type { LabelOpening } from "../../node/data/capacity-sector.ts";
import { createPoseidon8 } from "../../node/data/kernels/poseidon.ts";
import { depthOfClass } from "../../node/data/layout.ts";
import { proveCapacity } from "../../scripts/gas/prove-capacity.ts";
import type { WindowProof } from "../../scripts/gas/prove-window.ts";
import { fillSector, SECTOR_CLASS as M, type Sector } from "../../scripts/gas/real-sector.ts";
import { LOCAL_PARAMETERS } from "../../scripts/lib/parameters.ts";
import { readVerifyingKey } from "../../scripts/lib/verifying-key.ts";
import { deployAll, fundAccounts } from "../contracts/support/deployment.ts";
import { ASK, PROFILE } from "../contracts/support/provider.ts";
import { fillCheaply } from "../contracts/support/sector.ts";

const folder = readProverFolder(path.resolve("build/circuits/capacity-test"), "capacity");
const { K, D } = folder;
const hash = createPoseidon8();
const FUND = parseEther("100");
const { period } = LOCAL_PARAMETERS.spacetime;

describe("pay for empty capacity without having it", () => {
  let all: Awaited<ReturnType<typeof given>>;
  let prover: Prover;

  async function given() {
    const { viem, networkHelpers } = await network.create();
    const publicClient = await viem.getPublicClient();
    const [deployer, honest, attacker, outsider] = await viem.getWalletClients();
    const verifier = (await viem.deployContract("VerifierMock", [4n, 9n])).address;
    const capacityKey = { verifyingKey: readVerifyingKey(folder.verificationKey), K, D };
    const deployment = await deployAll(viem, { verifier, capacity: capacityKey });
    const [capacity, programme, registry, vault, spacetime] = await Promise.all([
      viem.getContractAt("CapacityProofs", deployment.capacity!),
      viem.getContractAt("CapacityProgramme", deployment.programme!),
      viem.getContractAt("ProviderRegistry", deployment.registry),
      viem.getContractAt("Vault", deployment.vault),
      viem.getContractAt("SpacetimeProofs", deployment.spacetime),
    ]);
    await fundAccounts(viem, deployment, [deployer!.account.address], FUND);
    await programme.write.fund([FUND]);
    for (const { account } of [honest!, attacker!]) await registry.write.register([PROFILE, ASK], { account });

    const sectors = new Map<bigint, Sector>();
    const nameOf = (who: Address, sector: bigint) =>
      ({
        chainId: BigInt(deployment.chainId),
        capacity: getAddress(capacity.address),
        provider: getAddress(who),
        sector,
      }) as const;
    const wealthOf = async (who: Address): Promise<bigint> =>
      (await vault.read.freeOf([who])) + (await registry.read.stakeOf([who]));
    const contextOf = async (who: Address, window: number) => ({
      ...{ chainId: BigInt(deployment.chainId), spacetime: getAddress(capacity.address), provider: getAddress(who) },
      ...{ window, K, D, seed: await capacity.read.seedOf([who, window]) },
    });
    /** The next window of a provider, open since two blocks. */
    async function openWindow(who: Address): Promise<number> {
      const now = await publicClient.getBlockNumber({ cacheTime: 0 });
      const window = await spacetime.read.nextOpening([who, now]);
      await networkHelpers.mine((await spacetime.read.openingOf([who, window])) + 2n - now);
      return window;
    }
    const submit = (who: Address, window: number, { proof, c }: WindowProof) =>
      capacity.write.submitProof([who, window, proof, c], { account: outsider!.account });
    /** What the programme pays for all windows that are closed. */
    async function payoff(who: Address): Promise<bigint> {
      await networkHelpers.mine(period);
      const before = await wealthOf(who);
      await programme.write.claim([who, 100n]);
      return (await wealthOf(who)) - before;
    }
    return {
      ...{ capacity, programme, registry, vault, spacetime, networkHelpers, sectors, nameOf, contextOf, openWindow },
      ...{ submit, payoff, wealthOf, honest: honest!.account, attacker: attacker!.account, viem },
    };
  }

  /** A proof of the open window from the sectors as they are. */
  async function prove(who: Address, window: number): Promise<WindowProof> {
    const vector = await all.capacity.read.challengesOf([who, window]);
    return proveCapacity(prover, await all.contextOf(who, window), vector, (id, index) =>
      all.sectors.get(id)!.open(index),
    );
  }

  const reasonOf = (sent: Promise<unknown>) =>
    sent.then(
      () => "accepted",
      (error: Error) => /error '(\w+)/.exec(error.message)?.[1],
    );

  before(async () => {
    prover = await createProver(folder);
    all = await given();
    const { honest, capacity, sectors, nameOf } = all;
    const sector = fillSector(hash, nameOf(honest.address, 1n));
    sectors.set(sector.id, sector);
    await capacity.write.addSector([1n, M, sector.root], { account: honest });
  });
  after(() => prover.close());

  it("is never called for: an honest provider earns its first stake with a disk and nothing else", async () => {
    const { honest, registry, capacity, submit, openWindow, payoff } = all;
    const window = await openWindow(honest.address);
    const proof = await prove(honest.address, window);
    await submit(honest.address, window, proof);
    expect(await capacity.read.provenCapacity([honest.address, window])).to.equal(2n ** 13n);
    const paid = await payoff(honest.address);
    expect(paid).to.equal((2n ** 13n * LOCAL_PARAMETERS.programme.rate) >> 64n);
    expect(await registry.read.stakeOf([honest.address])).to.equal(paid);
  });

  it("earns nothing by a proof of another window, or one that comes too late", async () => {
    const { honest, attacker, capacity, submit, openWindow, payoff } = all;
    const window = await openWindow(honest.address);
    const late = await prove(honest.address, window);
    const next = await openWindow(honest.address);
    expect(await reasonOf(submit(honest.address, window, late))).to.equal("CapacityWindowNotOpen");
    expect(await reasonOf(submit(honest.address, next, late))).to.equal("CapacityProofInvalid");
    expect(await reasonOf(submit(attacker.address, next, late))).to.match(/^Capacity/);
    expect(await capacity.read.provenCapacity([honest.address, next])).to.equal(0n);
    expect(await payoff(honest.address)).to.equal(0n);
  });

  describe("with a sector that", () => {
    /** The attacker has this sector alone and tries one proof; what it is paid. */
    async function attempt(
      root: `0x${string}`,
      number: bigint,
      forge: (who: Address, window: number) => Promise<WindowProof>,
    ): Promise<{ reason: string | undefined; paid: bigint }> {
      const { attacker, capacity, submit, openWindow, payoff } = all;
      const start = await all.networkHelpers.takeSnapshot();
      await capacity.write.addSector([number, M, root], { account: attacker });
      const window = await openWindow(attacker.address);
      const reason = await forge(attacker.address, window).then(
        (proof) => reasonOf(submit(attacker.address, window, proof)),
        (error) => error.code as string,
      );
      const paid = await payoff(attacker.address);
      await start.restore();
      return { reason, paid };
    }

    it("another provider filled, it earns nothing: labels carry their provider", async () => {
      const [theirs] = [...all.sectors.values()];
      const outcome = await attempt(theirs!.root, 1n, async (who, window) => {
        const vector = await all.capacity.read.challengesOf([who, window]);
        const indices = vector.filter((_, i) => i % 3 === 2).map((places) => Number(places % 2n ** BigInt(3 * D)));
        const opened: LabelOpening[] = [];
        for (const index of indices) opened.push(await theirs!.open(index));
        const shown = opened.flatMap(({ id, openings }) => [
          BigInt(theirs!.root),
          id,
          placesOf(
            openings.map(({ index }) => index),
            depthOfClass(M),
            D,
          ),
        ]);
        const context = await all.contextOf(who, window);
        return proveCapacity(prover, context, vector, async (_, index) => opened[indices.indexOf(index)]!, shown);
      });
      expect(outcome).to.deep.equal({ reason: "CapacityProofInvalid", paid: 0n });
    });

    it("can be made again at once, it earns nothing: the chain knows each label's parents", async () => {
      const { attacker, nameOf } = all;
      const cheap = fillCheaply(hash, nameOf(attacker.address, 2n));
      const outcome = await attempt(cheap.root, 2n, async (who, window) => {
        const vector = await all.capacity.read.challengesOf([who, window]);
        const shown = vector.map((value, i) => {
          if (i % 3 !== 2) return value;
          const index = Number(value % 2n ** BigInt(3 * D));
          return placesOf([index, ...new Array<number>(6).fill(0)], depthOfClass(M), D);
        });
        const context = await all.contextOf(who, window);
        const open = (_: bigint, index: number) => cheap.openAs(index, new Array<number>(6).fill(0));
        return proveCapacity(prover, context, vector, open, shown);
      });
      expect(outcome).to.deep.equal({ reason: "CapacityProofInvalid", paid: 0n });
    });

    it("has labels that its parents do not give, it earns nothing: there is no proof to send", async () => {
      const { attacker, nameOf } = all;
      const cheap = fillCheaply(hash, nameOf(attacker.address, 3n));
      const outcome = await attempt(cheap.root, 3n, async (who, window) => {
        const vector = await all.capacity.read.challengesOf([who, window]);
        return proveCapacity(prover, await all.contextOf(who, window), vector, (_, index) => cheap.open(index));
      });
      expect(outcome).to.deep.equal({ reason: "WITNESS_INVALID", paid: 0n });
    });
  });
});
