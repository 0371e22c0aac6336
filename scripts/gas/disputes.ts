/** Gas of strict downloads, forced retrievals and rewards, for replicas of 120 groups without a zero byte. */
import { bytesToHex, type Hex, keccak256, numberToHex } from "viem";
import { bindCount } from "../../node/data/data-root.ts";
import { createHashTree, leafHash } from "../../node/data/hash-tree.ts";
import { GROUP_BYTES } from "../../node/data/layout.ts";
import {
  buildDispute,
  type DownloadSession,
  downloadDomain,
  downloadTypes,
  type LeafProof,
  maskRange,
} from "../../node/data/strict-download.ts";
import type { SlotClaim } from "../../node/data/terms.ts";
import { deployForGas, type GasDeployment } from "./deployment.ts";
import { proveWindows, WINDOWS } from "./market.ts";
import type { GasTable } from "./report.ts";

const GROUPS = 120;
const COUNT = 16;

export async function measureDisputes(report: (message: string) => void): Promise<GasTable> {
  report("strict downloads and forced retrievals");
  const deployment = await deployForGas();
  const groups = Array.from({ length: GROUPS }, (_, i) => fullGroup(i));
  const hashes = groups.map((group) => leafHash(group));
  const tree = createHashTree(hashes);
  const dataRoot = bytesToHex(bindCount(GROUPS, tree.root));
  const leaves = hashes.map((leaf, i) => ({ leaf, path: tree.path(i) }));
  const { claims } = await deployment.openDeal(3, { dataRoot, groups: GROUPS });
  return {
    ...(await measureDownload(deployment, claims[0]!, groups, leaves)),
    ...(await measureRetrieval(deployment, claims, groups, leaves)),
    ...(await measureReward(await deployForGas())),
  };
}

/** A session over 16 groups of which one is another, from its opening to the dispute; and one that is paid. */
async function measureDownload(
  { client, providers, downloads, chainId, latestBlock, goTo, gasOf }: GasDeployment,
  claim: SlotClaim,
  groups: readonly Uint8Array[],
  leaves: readonly LeafProof[],
): Promise<GasTable> {
  const { offer } = claim;
  const key = new Uint8Array(32).fill(7);
  const start = Number(await latestBlock());
  /** Opens and reveals; the gas of both with the masked groups. */
  async function sell(name: Hex, sent: readonly Uint8Array[]) {
    const masked = maskRange(key, Buffer.from(name.slice(2), "hex"), 0, sent);
    const session: DownloadSession = {
      ...{ buyer: client.account.address, seller: offer.provider, session: name, dataRoot: offer.dataRoot },
      ...{ groups: GROUPS, first: 0, count: COUNT, price: 10n ** 15n },
      ...{ cipherRoot: bytesToHex(masked.cipherRoot), keyHash: bytesToHex(masked.keyHash) },
      ...{ revealBy: start + 50, disputeUntil: start + 80 },
    };
    const typed = {
      domain: downloadDomain(chainId, downloads.address),
      types: downloadTypes,
      primaryType: "DownloadSession",
      message: session,
    } as const;
    const signatures = [await client.signTypedData(typed), await providers[0]!.signTypedData(typed)] as const;
    const open = await gasOf(await downloads.write.open([session, claim, ...signatures]));
    const reveal = await gasOf(await downloads.write.reveal([session, bytesToHex(key)]));
    return { session, cipher: masked.cipher, open, reveal };
  }
  const range = groups.slice(0, COUNT);
  const honest = await sell(keccak256("0x01"), range);
  const cheat = await sell(keccak256("0x02"), [groups[COUNT]!, ...range.slice(1)]);
  const bad = buildDispute(cheat.cipher, leaves.slice(0, COUNT), 0);
  const dispute = await gasOf(await downloads.write.dispute([cheat.session, bytesToHex(key), bad]));
  await goTo(BigInt(honest.session.disputeUntil) + 1n);
  const pay = await gasOf(await downloads.write.pay([honest.session]));
  return {
    "download.open": cheat.open,
    "download.reveal": cheat.reveal,
    "download.dispute": dispute,
    "download.pay": pay,
  };
}

/** The second request to a provider, its answer, and one that is never answered. */
async function measureRetrieval(
  { outsider, retrieval, vault, token, latestBlock, goTo, gasOf }: GasDeployment,
  claims: readonly SlotClaim[],
  groups: readonly Uint8Array[],
  leaves: readonly LeafProof[],
): Promise<GasTable> {
  const { account } = outsider;
  const funds = 10n * (await retrieval.read.BOND());
  await token.write.approve([vault.address, funds]);
  await vault.write.depositFor([account.address, funds]);
  const { offer } = claims[0]!;
  const request = async (group: number) => gasOf(await retrieval.write.request([claims[0]!, group], { account }));
  const answer = async (group: number) => {
    const path = leaves[group]!.path.map((hash) => bytesToHex(hash));
    return gasOf(await retrieval.write.answer([offer, bytesToHex(groups[group]!), path], { account }));
  };
  await request(0);
  await answer(0);
  const requested = await request(1);
  const answered = await answer(1);
  await request(2);
  await goTo((await latestBlock()) + (await retrieval.read.ANSWER_BLOCKS()) + 1n);
  const expired = await gasOf(await retrieval.write.expire([offer], { account }));
  return { "retrieval.request": requested, "retrieval.answer": answered, "retrieval.expire": expired };
}

/** The second claim for a replica, over 30 proven windows. */
async function measureReward(deployment: GasDeployment): Promise<GasTable> {
  const { openDeal, market, rewards, vault, token, outsider, gasOf } = deployment;
  const { account } = outsider;
  const fund = 10n ** 18n;
  await token.write.approve([vault.address, fund]);
  await vault.write.depositFor([account.address, fund]);
  await rewards.write.fund([fund], { account });
  const { claims } = await openDeal(3);
  const [claim] = claims as [SlotClaim];
  const settleAndClaim = async () => {
    await market.write.settle([claim, 100n], { account });
    return gasOf(await rewards.write.claimStorage([claim, 100n], { account }));
  };
  await proveWindows(deployment, [claim], 1);
  await settleAndClaim();
  await proveWindows(deployment, [claim], WINDOWS);
  return { "reward.windows30": await settleAndClaim() };
}

function fullGroup(seed: number): Uint8Array {
  const words = Array.from({ length: GROUP_BYTES / 32 }, (_, i) =>
    keccak256(numberToHex(seed * 1000 + i, { size: 32 })),
  );
  return Uint8Array.from(Buffer.from(words.map((word) => word.slice(2)).join(""), "hex"), (byte) => byte || 1);
}
