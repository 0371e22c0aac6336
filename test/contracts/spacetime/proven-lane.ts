/** A lane under a verifier with the key of a real circuit, its replicas, and real proofs of its windows. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";
import { type Address, getAddress, numberToHex } from "viem";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { createProver } from "../../../node/consensus/prover/prover.ts";
import { parseVerifyingKey, type VerifyingKey } from "../../../node/consensus/prover/verifying-key.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { proveWindow, type WindowProof } from "../../../scripts/gas/prove-window.ts";
import { type SparseReplica, sparseReplica } from "../../../scripts/gas/sparse-replica.ts";
import { BETA, callsOfMarket, MAX_WEIGHT, PERIOD, WINDOW_LENGTH } from "./fixture.ts";

const hash = createPoseidon8();

function keyOf(profile: string): VerifyingKey {
  const file = path.resolve("build/circuits", profile, "verification_key.json");
  return parseVerifyingKey(JSON.parse(readFileSync(file, "utf8")));
}

export function testKey(): VerifyingKey {
  return keyOf("test");
}

/**
 * Two contracts over the same verifier, both with the same accounts; close() ends the prover's thread.
 * @param profile `test` proves fastest; `dev` has the fewest challenges that can be pinned
 */
export async function deployProvenLane(profile: "test" | "dev" = "test") {
  const folder = readProverFolder(path.resolve("build/circuits", profile));
  const { K, D } = folder;
  const { ethers, networkHelpers } = await network.create();
  const [, market, provider, outsider] = (await ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const key = keyOf(profile);
  const beacon = await ethers.deployContract("BlockhashBeacon");
  const verifier = await ethers.deployContract("DevelopmentVerifier", [key, K, D]);
  const registry = await ethers.deployContract("RegistryMock");
  const genesis = BigInt(await networkHelpers.time.latestBlock());
  const parameters = { genesis, period: PERIOD, windowLength: WINDOW_LENGTH, beta: BETA, maxWeight: MAX_WEIGHT };
  const deploy = () =>
    ethers.deployContract("SpacetimeProofs", [parameters, registry, market, verifier, beacon, market]);
  const spacetime = await deploy();
  const sibling = await deploy();
  const prover = await createProver(folder);
  const replicas = new Map<bigint, SparseReplica>();

  const laneOf = async (signer: HardhatEthersSigner): Promise<Address> => getAddress(await signer.getAddress());
  /** Puts replicas of these sizes into the lanes; `first` makes their roots differ from all others. */
  async function add(contract: typeof spacetime, signer: HardhatEthersSigner, sizes: readonly number[], first: bigint) {
    await registry.setStake(signer, 2n ** 100n);
    for (const [i, m] of sizes.entries()) {
      const replica = sparseReplica(hash, m, first + BigInt(i));
      replicas.set(replica.root, replica);
      const asMarket = callsOfMarket(contract.connect(market) as typeof spacetime, registry);
      await asMarket.add!(signer, m, numberToHex(replica.root, { size: 32 }));
    }
  }
  /** Mines so that the next transaction is in this block. */
  async function goTo(block: bigint): Promise<void> {
    const latest = BigInt(await networkHelpers.time.latestBlock());
    if (latest + 1n < block) await networkHelpers.mine(block - 1n - latest);
  }
  /** Opens the window and proves it, or another vector than the one that the chain asks for. */
  async function prove(
    contract: typeof spacetime,
    signer: HardhatEthersSigner,
    window: number,
    other?: readonly bigint[],
  ): Promise<WindowProof> {
    await goTo((await contract.openingOf(signer, window)) + 2n);
    const context = {
      chainId: (await ethers.provider.getNetwork()).chainId,
      spacetime: getAddress(await contract.getAddress()),
      provider: await laneOf(signer),
      window,
      K,
      D,
      seed: await contract.seedOf(signer, window),
    };
    const vector = other ?? [...(await contract.challengesOf(signer, window))];
    return proveWindow(prover, context, vector, (root, index) => replicas.get(root)!.open(index));
  }
  return {
    ethers,
    networkHelpers,
    verifier,
    spacetime,
    sibling,
    market,
    replicas,
    provider,
    outsider,
    add,
    goTo,
    prove,
    close: prover.close,
  };
}
