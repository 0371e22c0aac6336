import path from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { type Address, encodeFunctionData, isAddressEqual, keccak256, parseAbi } from "viem";
import { verifyingKeyHash } from "../../node/consensus/prover/verifying-key.ts";
import { deployHoldfast } from "../../scripts/lib/deploy.ts";
import { requireListedKey } from "../../scripts/lib/listed-keys.ts";
import { LOCAL_PARAMETERS } from "../../scripts/lib/parameters.ts";
import { readVerifyingKey } from "../../scripts/lib/verifying-key.ts";
import { contractsAt, deployAll } from "./support/deployment.ts";
import { rejection } from "./support/rejection.ts";
import { revertOf } from "./support/reverts.ts";

const KEY_FILE = path.resolve(import.meta.dirname, "../../build/circuits/test/verification_key.json");
const MARKET = { protocolFeeBps: 300, clientShareBps: 5000, repairerShareBps: 2500, callerShareBps: 500 };
const testKey = () => ({ verifyingKey: readVerifyingKey(KEY_FILE), K: 2, D: 5 });

describe("deployHoldfast", () => {
  describe("on a local chain", () => {
    it("gives every contract the addresses of the others, as the chain has them", async () => {
      const { viem } = await network.create();
      const deployment = await deployAll(viem, { verifier: testKey() });
      const { token, vault, registry, spacetime, market, ...rest } = await contractsAt(viem, deployment);
      const { channels, downloads, retrieval, rewards, reference, orders, pins } = rest;

      expect(await vault.read.token()).to.equal(token.address);
      const modules = [registry, market, channels, downloads, retrieval, rewards, orders, pins];
      expect(await vault.read.modules()).to.deep.equal(modules.map(({ address }) => address));
      expect(await registry.read.VAULT()).to.equal(vault.address);
      expect(await registry.read.SPACETIME()).to.equal(spacetime.address);
      expect(await spacetime.read.REGISTRY()).to.equal(registry.address);
      expect(await spacetime.read.MARKET()).to.equal(market.address);
      expect(await spacetime.read.VERIFIER()).to.equal(deployment.verifier);
      expect(await spacetime.read.BEACON()).to.equal(deployment.beacon);
      expect(await market.read.VAULT()).to.equal(vault.address);
      expect(await market.read.REGISTRY()).to.equal(registry.address);
      expect(await market.read.SPACETIME()).to.equal(spacetime.address);
      expect(await market.read.authority()).to.equal(deployment.accessManager);
      expect(await market.read.OPENING()).to.equal(deployment.opening);
      expect(await market.read.CHANGES()).to.equal(deployment.changes);
      for (const module of [channels, downloads, retrieval, rewards, reference, orders, pins])
        expect(await module.read.VAULT()).to.equal(vault.address);
      for (const module of [downloads, retrieval, rewards, orders, pins])
        expect(await module.read.MARKET()).to.equal(market.address);
      expect(await registry.read.RETRIEVAL()).to.equal(retrieval.address);
      expect(await retrieval.read.REGISTRY()).to.equal(registry.address);
      for (const module of [retrieval, rewards, reference, orders, pins])
        expect(await module.read.SPACETIME()).to.equal(spacetime.address);
      expect(await rewards.read.DOWNLOADS()).to.equal(downloads.address);
      expect(await spacetime.read.PINS()).to.equal(pins.address);
      expect(await market.read.ORDERS()).to.equal(orders.address);
      for (const module of [reference, orders]) expect(await module.read.REGISTRY()).to.equal(registry.address);
      expect(await orders.read.REFERENCE()).to.equal(reference.address);
    });

    it("fixes the parameters, and the circuit's own K and D", async () => {
      const { viem } = await network.create();
      const { registry, spacetime, channels, orders, reference, pins } = await contractsAt(
        viem,
        await deployAll(viem, { verifier: testKey() }),
      );
      expect(await registry.read.MINIMUM_STAKE()).to.equal(LOCAL_PARAMETERS.registry.minimumStake);
      expect(await registry.read.UNBONDING_DELAY()).to.equal(60n);
      expect(await spacetime.read.PERIOD()).to.equal(30n);
      expect(await spacetime.read.WINDOW_LENGTH()).to.equal(24n);
      expect(await spacetime.read.BETA()).to.equal(LOCAL_PARAMETERS.spacetime.beta);
      expect(await spacetime.read.CHALLENGES()).to.equal(2n);
      expect(await spacetime.read.LEVELS()).to.equal(5n);
      expect(await channels.read.CLOSE_DELAY()).to.equal(60n);
      expect(await orders.read.MOST_WAIT()).to.equal(LOCAL_PARAMETERS.orders.mostWait);
      expect(await reference.read.LEAST_PRICE()).to.equal(LOCAL_PARAMETERS.reference.leastPrice);
      expect(await pins.read.MINIMUM_FEE()).to.equal(LOCAL_PARAMETERS.minimumPinFee);
    });

    it("puts the key that it was given on chain", async () => {
      const { viem } = await network.create();
      const { verifier } = await deployAll(viem, { verifier: testKey() });
      const contract = await viem.getContractAt("ISpacetimeVerifier", verifier);
      expect(await contract.read.verifyingKeyHash()).to.equal(verifyingKeyHash(testKey().verifyingKey));
    });

    it("makes no market of parts that were made for another one", async () => {
      const { viem } = await network.create();
      const ours = await deployAll(viem, { verifier: testKey() });
      const theirs = await deployAll(viem, { verifier: testKey() });
      const parts = [ours.vault, ours.registry, ours.spacetime, ours.orders] as const;
      const shares = (changes: object) => ({ ...MARKET, ...changes });
      const changesWith = async (changes: object) =>
        (await viem.deployContract("DealChanges", [...parts, shares(changes)])).address;
      const market = (opening: Address, changes: Address) =>
        viem.deployContract("StorageMarket", [...parts, ours.accessManager, MARKET, opening, changes]);
      const refusal = (deployed: Promise<unknown>) => deployed.then(() => "accepted", String);
      const foreign = (half: Address) => new RegExp(`MarketForeignHalf\\("${half}"\\)`, "i");

      expect(await refusal(market(theirs.opening, ours.changes))).to.match(foreign(theirs.opening));
      expect(await refusal(market(ours.opening, theirs.changes))).to.match(foreign(theirs.changes));
      for (const name of Object.keys(MARKET)) {
        const half = await changesWith({ [name]: 0 });
        expect(await refusal(market(ours.opening, half)), name).to.match(foreign(half));
      }
      const { vault, registry, spacetime, orders } = theirs;
      for (const [index, foreignPart] of [vault, registry, spacetime, orders].entries()) {
        const mixed = [...parts.slice(0, index), foreignPart, ...parts.slice(index + 1)] as [...typeof parts];
        const half = await viem.deployContract("DealOpening", [...mixed, BigInt(MARKET.protocolFeeBps)]);
        expect(await refusal(market(half.address, ours.changes))).to.match(foreign(half.address));
      }
      await market(ours.opening, await changesWith({}));
    });

    it("makes no market whose shares of lost collateral, or whose fee, are more than the whole", async () => {
      const { viem } = await network.create();
      const { vault, registry, spacetime, orders } = await deployAll(viem, { verifier: testKey() });
      const refusal = (parameters: typeof MARKET) =>
        revertOf(viem.deployContract("DealChanges", [vault, registry, spacetime, orders, parameters]));
      const [whole, above] = [10_000n, 10_001n];
      const refused = { name: "MarketSharesAboveWhole", args: [whole, above] };
      expect(await refusal({ ...MARKET, clientShareBps: 7001 })).to.deep.equal(refused);
      expect(await refusal({ ...MARKET, protocolFeeBps: 10_001 })).to.deep.equal(refused);
      const most = { protocolFeeBps: 10_000, clientShareBps: 7000, repairerShareBps: 2500, callerShareBps: 500 };
      const half = await viem.deployContract("DealChanges", [vault, registry, spacetime, orders, most]);
      expect(await half.read.PROTOCOL_FEE_BPS()).to.equal(whole);
      expect(await half.read.CLIENT_SHARE_BPS()).to.equal(7000n);
    });

    it("leaves the deployer the whole supply and the right to pause", async () => {
      const { viem } = await network.create();
      const [deployer] = await viem.getWalletClients();
      const deployment = await deployAll(viem, { verifier: testKey() });
      const { token, vault } = await contractsAt(viem, deployment);
      expect(await token.read.balanceOf([deployer!.account.address])).to.equal(LOCAL_PARAMETERS.supply);
      expect(await vault.read.totalLiabilities()).to.equal(0n);
      const manager = await viem.getContractAt("AccessManager", deployment.accessManager);
      const [isAdmin] = await manager.read.hasRole([0n, deployer!.account.address]);
      expect(isAdmin).to.equal(true);
    });

    it("uses a token, a beacon and a verifier that exist", async () => {
      const { viem } = await network.create();
      const publicClient = await viem.getPublicClient();
      const [walletClient] = await viem.getWalletClients();
      const token = await viem.deployContract("HoldfastToken", [10n ** 20n]);
      const beacon = await viem.deployContract("BlockhashBeacon");
      const verifier = await viem.deployContract("VerifierMock", [4n, 9n]);
      const names: string[] = [];
      const deployment = await deployHoldfast({
        publicClient,
        walletClient: walletClient!,
        parameters: LOCAL_PARAMETERS,
        verifier: verifier.address,
        token: token.address,
        beacon: beacon.address,
        onProgress: ({ name }) => names.push(name),
      });
      expect(names).to.deep.equal([
        "accessManager",
        "allowance",
        "vault",
        "registry",
        "spacetime",
        "opening",
        "changes",
        "market",
        "channels",
        "downloads",
        "retrieval",
        "rewards",
        "reference",
        "orders",
        "pins",
      ]);
      expect(isAddressEqual(deployment.token, token.address)).to.equal(true);
      const { spacetime } = await contractsAt(viem, deployment);
      expect(await spacetime.read.CHALLENGES()).to.equal(4n);
    });

    it("deploys several times from one account", async () => {
      const { viem } = await network.create();
      const first = await deployAll(viem, { verifier: testKey() });
      const second = await deployAll(viem, { verifier: testKey() });
      expect(second.market).not.to.equal(first.market);
      const { market } = await contractsAt(viem, second);
      expect(await market.read.VAULT()).to.equal(second.vault);
    });

    it("stops when a computed address turns out wrong, because the account sent something else", async () => {
      const { viem } = await network.create();
      const publicClient = await viem.getPublicClient();
      const [walletClient] = await viem.getWalletClients();
      const verifier = await viem.deployContract("VerifierMock", [2n, 5n]);
      // Says what an account says that is used from elsewhere: one nonce less than the chain's.
      const stale = Object.assign(Object.create(publicClient), {
        getTransactionCount: async () =>
          Number(await publicClient.getTransactionCount({ address: walletClient!.account.address })) - 1,
      });
      const error = await rejection(
        deployHoldfast({
          publicClient: stale,
          walletClient: walletClient!,
          parameters: LOCAL_PARAMETERS,
          verifier: verifier.address,
        }),
      );
      expect(error.code).to.equal("DEPLOY_FAILED");
    });

    it("says which contract refused its parameters", async () => {
      const { viem } = await network.create();
      const spacetime = { ...LOCAL_PARAMETERS.spacetime, windowLength: 30n }; // no gap
      const error = await rejection(deployAll(viem, { verifier: testKey(), parameters: { spacetime } }));
      expect(error.code).to.equal("DEPLOY_FAILED");
      expect(error.message).to.match(/spacetime/);
    });
  });

  describe("on any other chain", () => {
    const elsewhere = () => network.create({ override: { chainId: 4242 } });

    it("refuses the local token and the blockhash beacon", async () => {
      const { viem } = await elsewhere();
      const error = await rejection(deployAll(viem, { verifier: testKey() }));
      expect(error.code).to.equal("DEPLOY_FORBIDDEN");
    });

    it("refuses a key without a ceremony, and a verifier of unknown origin, before it sends anything", async () => {
      const { viem } = await elsewhere();
      const publicClient = await viem.getPublicClient();
      const [walletClient] = await viem.getWalletClients();
      const token = await viem.deployContract("HoldfastToken", [10n ** 20n]);
      const beacon = await viem.deployContract("PrevrandaoBeacon", [1n]);
      const mock = await viem.deployContract("VerifierMock", [2n, 5n]);
      const common = {
        publicClient,
        walletClient: walletClient!,
        parameters: LOCAL_PARAMETERS,
        token: token.address,
        beacon: beacon.address,
      };
      const before = await publicClient.getBlockNumber();
      for (const verifier of [testKey(), mock.address]) {
        const error = await rejection(deployHoldfast({ ...common, verifier }));
        expect(error.code).to.equal("DEPLOY_FORBIDDEN");
      }
      expect(await publicClient.getBlockNumber()).to.equal(before);
    });

    it("accepts a key that is listed with its K and D, and no other K or D for it", async () => {
      const key = testKey();
      const hash = verifyingKeyHash(key.verifyingKey);
      requireListedKey(key, 4242, [{ hash, K: 2, D: 5, transcript: "ceremony/test" }]);
      expect(() => requireListedKey(key, 4242, [{ hash, K: 4, D: 5, transcript: "ceremony/test" }])).to.throw(
        /ceremony/,
      );
      expect(() => requireListedKey(key, 4242, [{ hash: keccak256(hash), K: 2, D: 5, transcript: "x" }])).to.throw(
        /ceremony/,
      );
    });
  });
});

describe("a deployment", () => {
  it("lets its admin pause the market, and nobody else", async () => {
    const { viem } = await network.create();
    const [admin, client] = await viem.getWalletClients();
    const deployment = await deployAll(viem, { verifier: testKey() });
    const manager = await viem.getContractAt("AccessManager", deployment.accessManager);
    const pause = encodeFunctionData({ abi: parseAbi(["function pause()"]), functionName: "pause" });
    await manager.write.execute([deployment.market, pause], { account: admin!.account });
    const { market } = await contractsAt(viem, deployment);
    expect(await market.read.paused()).to.equal(true);
    const error = await manager.write
      .execute([deployment.market, pause], { account: client!.account })
      .catch((cause: Error) => cause);
    expect(String(error)).to.match(/AccessManagerUnauthorizedCall/);
  });
});
