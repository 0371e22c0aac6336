// Retrieval in all its forms: vouchers, strict downloads (paid, disputed, without a key), forced retrievals (answered,
// displaced, withheld).

import { toHex } from "viem";
import { forcedRetrievalAbi, strictDownloadAbi } from "../../../node/consensus/abi.ts";
import { write } from "../../../node/consensus/call.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { close, closeAsProvider, fund, redeem, startClose } from "../../../node/consensus/channels.ts";
import { answer } from "../../../node/consensus/retrieval.ts";
import { signMessage } from "../../../node/consensus/signing.ts";
import {
  buildDispute,
  type DownloadSession,
  downloadDomain,
  downloadTypes,
  maskRange,
} from "../../../node/data/strict-download.ts";
import type { SlotClaim } from "../../../node/data/terms.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { GROUPS, type Stage } from "./stage.ts";

interface Claims {
  readonly keeper: SlotClaim;
  readonly loser: SlotClaim;
}

/** What waits for its end. */
export interface Opened {
  readonly good: DownloadSession;
  readonly silent: DownloadSession;
  /** Last block for an answer that does not come. */
  readonly answerBy: bigint;
}

const FIRST = 2;

export async function retrievalAct(
  stage: Stage,
  actors: { keeper: SigningChain; silent: SigningChain; idle: SigningChain; claims: Claims },
): Promise<Opened> {
  const { client, outsider, bytes } = stage;
  const { keeper, silent, idle, claims } = actors;
  await fund(client, [
    { provider: keeper.account.address, amount: 1000n },
    { provider: silent.account.address, amount: 500n },
    { provider: idle.account.address, amount: 300n },
  ]);
  // The second is beyond the deposit, which is all there is.
  for (const cumulative of [300n, 5000n]) {
    const voucher = { payer: client.account.address, provider: keeper.account.address, epoch: 0n, cumulative };
    await redeem(outsider, [{ voucher, signature: await signMessage(client, client.account, "Voucher", voucher) }]);
  }
  await closeAsProvider(silent, client.account.address);
  await startClose(client, idle.account.address);

  const download = { address: client.addresses.downloads, abi: strictDownloadAbi } as const;
  const range = bytes.groups.slice(FIRST, FIRST + 3);
  const good = await openDownload(stage, keeper, claims.keeper, 11, range);
  await write(keeper, { ...download, functionName: "reveal", args: [good.message, good.key] });
  const bad = await openDownload(stage, keeper, claims.keeper, 22, [range[0]!, range[0]!, range[2]!]);
  await write(keeper, { ...download, functionName: "reveal", args: [bad.message, bad.key] });
  const fraud = buildDispute(bad.cipher, bytes.leaves.slice(FIRST, FIRST + 3), 1);
  await write(client, { ...download, functionName: "dispute", args: [bad.message, bad.key, fraud] });
  const without = await openDownload(stage, keeper, claims.keeper, 33, range);

  const ask = { address: client.addresses.retrieval, abi: forcedRetrievalAbi, functionName: "request" } as const;
  await write(outsider, { ...ask, args: [claims.keeper, 3] });
  await write(client, { ...ask, args: [claims.keeper, 4] });
  await answer(keeper, claims.keeper.offer, { bytes: bytes.groups[4]!, path: bytes.leaves[4]!.path });
  await write(outsider, { ...ask, args: [claims.loser, 5] });
  const answerBy = (await stage.block()) + LOCAL_PARAMETERS.retrieval.answerBlocks;
  return { good: good.message, silent: without.message, answerBy };
}

export async function retrievalEnd(
  stage: Stage,
  { idle, claims, opened }: { idle: SigningChain; claims: Claims; opened: Opened },
): Promise<void> {
  const { client, outsider } = stage;
  const { downloads, retrieval } = client.addresses;
  const download = { address: downloads, abi: strictDownloadAbi } as const;
  await stage.goTo(opened.answerBy);
  const expire = { address: retrieval, abi: forcedRetrievalAbi, functionName: "expire" } as const;
  await write(outsider, { ...expire, args: [claims.loser.offer] });
  await stage.goTo(BigInt(opened.silent.disputeUntil));
  await write(outsider, { ...download, functionName: "pay", args: [opened.good] });
  await write(outsider, { ...download, functionName: "giveBack", args: [opened.silent] });
  await stage.mine(LOCAL_PARAMETERS.closeDelay);
  await close(client, idle.account.address);
}

async function openDownload(
  stage: Stage,
  seller: SigningChain,
  claim: SlotClaim,
  seed: number,
  groups: readonly Uint8Array[],
) {
  const { client: buyer, outsider } = stage;
  const { downloads } = buyer.addresses;
  const key = new Uint8Array(32).fill(seed);
  const session = new Uint8Array(32).fill(seed + 1);
  const masked = maskRange(key, session, FIRST, groups);
  const revealBy = Number(await stage.block()) + 20;
  const message: DownloadSession = {
    buyer: buyer.account.address,
    seller: seller.account.address,
    session: toHex(session),
    dataRoot: claim.offer.dataRoot,
    ...{ groups: GROUPS, first: FIRST, count: groups.length, price: 1_000_001n, revealBy, disputeUntil: revealBy + 30 },
    ...{ cipherRoot: toHex(masked.cipherRoot), keyHash: toHex(masked.keyHash) },
  };
  const domain = downloadDomain(buyer.chainId, downloads);
  const data = { domain, types: downloadTypes, primaryType: "DownloadSession", message } as const;
  const signatures = [await buyer.account.signTypedData(data), await seller.account.signTypedData(data)] as const;
  const open = { address: downloads, abi: strictDownloadAbi, functionName: "open" } as const;
  await write(outsider, { ...open, args: [message, claim, ...signatures] });
  return { message, key: toHex(key), cipher: masked.cipher };
}
