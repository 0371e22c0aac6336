/** Gas of `submitProof` with real proofs, for bags of growing numbers of replicas in three sizes. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { network } from "hardhat";
import { getAddress, type Hex, numberToHex } from "viem";
import { readProverFolder } from "../../node/consensus/prover/folder.ts";
import { createProver } from "../../node/consensus/prover/prover.ts";
import { parseVerifyingKey } from "../../node/consensus/prover/verifying-key.ts";
import { createPoseidon8 } from "../../node/data/kernels/poseidon.ts";
import { proveWindow } from "./prove-window.ts";
import type { GasTable } from "./report.ts";
import { type SparseReplica, sparseReplica } from "./sparse-replica.ts";

const SIZES = [17, 15, 13] as const;
const PERIOD = 200n;
const WINDOW_LENGTH = 100n;
const ADDITIONS_PER_CALL = 100;

/**
 * By number of replicas, and for a pinned window of the last bag. Measured at the second proof of a bitmap word, and with K
 * different roots drawn if the bag has as many: a root drawn twice is read from a warm slot, which would make the figure a
 * matter of luck.
 * @param circuits folder of a built profile
 */
export async function measureSubmitProof(
  circuits: string,
  bags: readonly number[],
  report: (message: string) => void,
): Promise<GasTable> {
  const folder = readProverFolder(circuits);
  const prover = await createProver(folder);
  try {
    const gas: Record<string, number> = {};
    for (const replicas of bags) {
      report(`submitProof, K = ${folder.K}, ${replicas} replicas`);
      const { free, pinned } = await measureBag(folder, prover, replicas);
      gas[`submitProof.K${folder.K}.replicas${replicas}`] = free;
      if (replicas === bags.at(-1)) gas[`submitProof.K${folder.K}.pinned`] = pinned;
    }
    return gas;
  } finally {
    await prover.close();
  }
}

async function measureBag(
  { K, D, verificationKey }: ReturnType<typeof readProverFolder>,
  prover: Awaited<ReturnType<typeof createProver>>,
  count: number,
): Promise<{ readonly free: number; readonly pinned: number }> {
  const { viem, networkHelpers } = await network.create();
  const publicClient = await viem.getPublicClient();
  const [wallet] = await viem.getWalletClients();
  const provider = wallet!.account.address;
  const key = parseVerifyingKey(JSON.parse(readFileSync(path.resolve(verificationKey), "utf8")));
  const beacon = await viem.deployContract("BlockhashBeacon");
  const verifier = await viem.deployContract("DevelopmentVerifier", [key, BigInt(K), BigInt(D)]);
  const registry = await viem.deployContract("RegistryMock");
  const market = await viem.deployContract("MarketMock");
  const spacetime = await viem.deployContract("SpacetimeProofs", [
    { genesis: 0, period: Number(PERIOD), windowLength: Number(WINDOW_LENGTH), beta: 1n, maxWeight: 2n ** 40n },
    registry.address,
    market.address,
    verifier.address,
    beacon.address,
    provider, // pins too
  ]);
  await registry.write.setStake([provider, 2n ** 60n]);

  const replicas = sparseReplicas(count);
  for (const m of SIZES) {
    const roots = [...replicas.values()].filter((replica) => replica.m === m).map(({ root }) => rootHex(root));
    for (let i = 0; i < roots.length; i += ADDITIONS_PER_CALL) {
      const batch = roots.slice(i, i + ADDITIONS_PER_CALL);
      await market.write.addMany([spacetime.address, provider, m, batch], { gas: 16_777_216n });
    }
  }

  const chainId = BigInt(await publicClient.getChainId());
  const latestBlock = (): Promise<bigint> => publicClient.getBlockNumber({ cacheTime: 0 });
  const first = await spacetime.read.nextOpening([provider, await latestBlock()]);
  const [largest] = [...replicas.values()];
  /** Proves the first window from `window` on that asks for `roots` different replicas. */
  async function prove(window: number, roots: number, pin: boolean): Promise<{ next: number; gasUsed: number }> {
    for (; ; window++) {
      if (pin) await spacetime.write.pin([provider, window, rootHex(largest!.root)]);
      const opening = await spacetime.read.openingOf([provider, window]);
      await networkHelpers.mine(opening + 1n - (await latestBlock()));
      const vector = await spacetime.read.challengesOf([provider, window]);
      if (new Set(vector.filter((_, i) => i % 2 === 0)).size < roots) continue;
      const seed = await spacetime.read.seedOf([provider, window]);
      const context = { chainId, spacetime: getAddress(spacetime.address), provider, window, K, D, seed };
      const { proof, c } = await proveWindow(prover, context, vector, (root, index) => replicas.get(root)!.open(index));
      const transaction = await spacetime.write.submitProof([provider, window, proof, c]);
      const { gasUsed } = await publicClient.getTransactionReceipt({ hash: transaction });
      return { next: window + 1, gasUsed: Number(gasUsed) };
    }
  }
  const begun = await prove(first, 1, false);
  const free = await prove(begun.next, Math.min(K, count), false);
  const pinned = await prove(free.next, Math.min(K - Math.floor(K / 4) + 1, count), true);
  return { free: free.gasUsed, pinned: pinned.gasUsed };
}

function sparseReplicas(count: number): Map<bigint, SparseReplica> {
  const hash = createPoseidon8();
  const replicas = Array.from({ length: count }, (_, i) => sparseReplica(hash, SIZES[i % 3]!, BigInt(i + 1)));
  return new Map(replicas.map((replica) => [replica.root, replica]));
}

function rootHex(root: bigint): Hex {
  return numberToHex(root, { size: 32 });
}
