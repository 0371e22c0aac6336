/** Gas of proofs of empty capacity, with real ones, and of what a provider does with its sectors. */
import path from "node:path";
import { network } from "hardhat";
import { getAddress, type Hex, numberToHex } from "viem";
import { readProverFolder } from "../../node/consensus/prover/folder.ts";
import { createProver } from "../../node/consensus/prover/prover.ts";
import { createPoseidon8 } from "../../node/data/kernels/poseidon.ts";
import { readVerifyingKey } from "../lib/verifying-key.ts";
import { proveCapacity } from "./prove-capacity.ts";
import { fillSector, SECTOR_CLASS } from "./real-sector.ts";
import type { GasTable } from "./report.ts";

const SECTORS = 3;
const MAX_YIELDS = 16;
/** Whose proven elements share a word of storage. */
const WINDOWS_PER_WORD = 4;

/**
 * Proofs are of windows that ask for as many sectors as there are challenges, and the second of their word.
 * @param circuits folder of the built capacity profile; how deep its trees are makes no difference
 */
export async function measureCapacity(circuits: string, report: (message: string) => void): Promise<GasTable> {
  report("empty capacity");
  const folder = readProverFolder(path.resolve(circuits), "capacity");
  const { K, D } = folder;
  const { viem, networkHelpers } = await network.create();
  const publicClient = await viem.getPublicClient();
  const [wallet] = await viem.getWalletClients();
  const provider = wallet!.account.address;
  const registry = await viem.deployContract("RegistryMock");
  const mock = await viem.deployContract("VerifierMock", [4n, 9n]);
  const verifier = await viem.deployContract("DevelopmentVerifier", [
    readVerifyingKey(folder.verificationKey),
    BigInt(K),
    BigInt(D),
  ]);
  const beacon = await viem.deployContract("BlockhashBeacon");
  const spacetime = await viem.deployContract("SpacetimeProofs", [
    { genesis: 0, period: 200, windowLength: 100, beta: 1n, maxWeight: 2n ** 40n },
    ...([registry.address, provider, mock.address, beacon.address, provider] as const),
  ]);
  const capacity = await viem.deployContract("CapacityProofs", [registry.address, spacetime.address, verifier.address]);
  await registry.write.setStake([provider, 2n ** 60n]);
  const gasOf = async (sent: Promise<Hex>): Promise<number> =>
    Number((await publicClient.getTransactionReceipt({ hash: await sent })).gasUsed);

  const chainId = BigInt(await publicClient.getChainId());
  const name = { chainId, capacity: getAddress(capacity.address), provider: getAddress(provider) };
  const hash = createPoseidon8();
  const sectors = Array.from({ length: SECTORS }, (_, i) => fillSector(hash, { ...name, sector: BigInt(i + 1) }));
  let addSector = 0;
  for (const [i, { root }] of sectors.entries()) {
    addSector = await gasOf(capacity.write.addSector([BigInt(i + 1), SECTOR_CLASS, root]));
  }

  const prover = await createProver(folder);
  const latestBlock = (): Promise<bigint> => publicClient.getBlockNumber({ cacheTime: 0 });
  let next = await spacetime.read.nextOpening([provider, await latestBlock()]);
  /** Proves the next window that asks for K sectors. */
  async function prove(): Promise<{ readonly word: number; readonly gas: number }> {
    for (; ; next++) {
      const opening = await spacetime.read.openingOf([provider, next]);
      await networkHelpers.mine(opening + 1n - (await latestBlock()));
      const vector = await capacity.read.challengesOf([provider, next]);
      if (new Set(vector.filter((_, i) => i % 3 === 1)).size < K) continue;
      const seed = await capacity.read.seedOf([provider, next]);
      const context = { chainId, spacetime: name.capacity, provider: name.provider, window: next, K, D, seed };
      const open = (id: bigint, index: number) => sectors.find((sector) => sector.id === id)!.open(index);
      const { proof, c } = await proveCapacity(prover, context, vector, open);
      const gas = await gasOf(capacity.write.submitProof([provider, next, proof, c]));
      return { word: Math.floor(next++ / WINDOWS_PER_WORD), gas };
    }
  }
  async function proveAgain(): Promise<number> {
    for (let before = await prove(); ; ) {
      const proof = await prove();
      if (proof.word === before.word) return proof.gas;
      before = proof;
    }
  }
  try {
    const proof = await proveAgain();
    const yieldTo = await gasOf(capacity.write.yieldTo([[1n], numberToHex(1n, { size: 32 })]));
    const rest = new Array<bigint>(MAX_YIELDS - 1).fill(2n);
    await capacity.write.yieldTo([rest, numberToHex(2n, { size: 32 })]);
    const waiting = await proveAgain();
    return {
      [`capacity.submitProof.K${K}`]: proof,
      [`capacity.submitProof.K${K}.yields${MAX_YIELDS}`]: waiting,
      "capacity.addSector": addSector,
      "capacity.yieldTo": yieldTo,
    };
  } finally {
    await prover.close();
  }
}
