// Everything that a wallet's owner has stored, found again from the chain and the providers alone: its deals are in the chain's
// events, their keys follow from the wallet's and the salts there, sizes and names are in the headers.

import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { fromHex } from "../../../common/hex.ts";
import { type Deal, dealsOf } from "../../../consensus/deals.ts";
import { encodeCapability } from "../../../data/capability-codec.ts";
import { cidToText } from "../../../data/cid.ts";
import { decryptFacts } from "../../../data/plaintext-facts.ts";
import { deriveSecrets } from "../../../data/secrets.ts";
import { addToDedupIndex, readDedupIndex } from "../../../physical/dedup-index.ts";
import { addToFileIndex, changeFileIndex, readFileIndex, type StoredFile } from "../../../physical/file-index.ts";
import { type ClientContext, clientAddress, masterSecretOf } from "../context.ts";
import { readDeal } from "../deal-on-chain.ts";
import { fetchHeader } from "../fetch-metadata.ts";
import { get } from "../get.ts";
import { isFolder, readManifest } from "../get-folder.ts";
import { findFile } from "../open-file.ts";
import { isOwnFault } from "../own-fault.ts";
import { bytesOfFolder, createByteNames, packsOf } from "../stored-bytes.ts";
import { INDEX_NAME, type KeptIndex, parseIndex } from "./backup.ts";
import { isIndexSalt } from "./index-salt.ts";

export interface RestoreOptions {
  /** The most to pay per piece of the list that was kept, and of folders that are not in it; base units. */
  readonly maxPrice?: bigint | undefined;
}

export interface RestoreResult {
  /** In the folder's list now, oldest first. */
  readonly files: readonly StoredFile[];
  /** Deals of this wallet whose file nobody can tell about any more, with the reason. */
  readonly lost: readonly { readonly dealKey: string; readonly reason: string }[];
  /** Whether a list that was kept with `client backup` was found and read. */
  readonly index: "read" | "none" | { readonly unreadable: string };
  /** Folders that could not say what is in them: they come back, and what they hold would be stored again with a next folder. */
  readonly unread: readonly { readonly dealKey: string; readonly reason: string }[];
}

/** Fills the folder's list of stored files; doing it again changes nothing. */
export async function restoreFiles(context: ClientContext, options: RestoreOptions = {}): Promise<RestoreResult> {
  context.tell("looking for this wallet's deals on the chain");
  const deals = await dealsOf(context.chain, clientAddress(context));
  // What this folder knows already is not asked for again.
  const local = new Map((await readFileIndex(context.folder)).map((file) => [file.dealKey, file]));
  const found = new Map<string, StoredFile>(local);
  const lost: { dealKey: string; reason: string }[] = [];
  for (const deal of deals.filter(({ dealKey }) => !found.has(dealKey))) {
    context.signal?.throwIfAborted();
    try {
      found.set(deal.dealKey, await storedFileOf(context, deal));
      context.tell(`found ${found.size} of ${deals.length}`);
    } catch (cause) {
      context.signal?.throwIfAborted();
      if (isOwnFault(cause)) throw cause;
      lost.push({ dealKey: deal.dealKey, reason: reasonOf(cause) });
    }
  }
  const kept = await readIndex(context, deals, found, options);
  // What is kept says more than headers do, and also of files whose providers are all away.
  for (const file of kept.files) if (!local.has(file.dealKey)) found.set(file.dealKey, file);
  const files = [...found.values()].toSorted(byAge);
  for (const file of files) if (!local.has(file.dealKey)) await addToFileIndex(context.folder, file);
  // What this folder found out by itself is newer.
  await addToDedupIndex(context.folder, { ...kept.bytes, ...(await readDedupIndex(context.folder)) });
  const unread = await readFolders(context, options);
  return {
    files: (await readFileIndex(context.folder)).toSorted(byAge),
    lost: lost.filter(({ dealKey }) => !found.has(dealKey)),
    index: kept.index,
    unread,
  };
}

const byAge = (a: StoredFile, b: StoredFile) => a.storedAt.localeCompare(b.storedAt);

/** What `recordPut` wrote of it. Throws `NO_METADATA` when no provider under contract gives its header. */
async function storedFileOf(context: ClientContext, deal: Deal): Promise<StoredFile> {
  const { chain, ownerSecret } = context;
  const { dealKey, headerHash, salt, terms } = deal;
  const reference = { chainId: chain.chainId, market: chain.addresses.market, dealKey, headerHash };
  const header = await fetchHeader(context, await readDeal(context, reference));
  const master = masterSecretOf(ownerSecret, fromHex(salt, 32));
  const { cid, name } = decryptFacts(deriveSecrets(master).fileKey, header.fileId, header.facts);
  const { timestamp } = await chain.publicClient.getBlock({ blockNumber: deal.block });
  return {
    name,
    size: header.fileSize,
    cid: cidToText(cid),
    dealKey,
    capability: encodeCapability({ type: "owner", ...reference, master }),
    slots: header.n,
    threshold: header.k,
    hot: header.e,
    windows: terms.windows,
    storedAt: new Date(Number(timestamp) * 1_000).toISOString(),
  };
}

/**
 * Writes down what is in folders that no list tells of, by their own manifests. That costs a few pieces each: a wallet without money
 * has its files back all the same.
 */
async function readFolders(context: ClientContext, { maxPrice }: RestoreOptions): Promise<RestoreResult["unread"]> {
  const { folder } = context;
  const nameOf = createByteNames(context.ownerSecret);
  const told = new Set(Object.values(await readDedupIndex(folder)).map(({ dealKey }) => dealKey));
  const silent = (await readFileIndex(folder)).filter(
    (file) => isFolder(file) && file.endedAt === undefined && file.packs === undefined && !told.has(file.dealKey),
  );
  const unread: { dealKey: string; reason: string }[] = [];
  // Oldest first: the newest place of bytes counts.
  for (const { dealKey, capability, name } of silent.toSorted(byAge)) {
    context.tell(`reading what ${name} holds`);
    try {
      const manifest = await readManifest(context, await findFile(context, capability), { maxPrice });
      await addToDedupIndex(folder, bytesOfFolder(nameOf, dealKey, manifest));
      await changeFileIndex(folder, dealKey, { packs: packsOf(manifest) });
    } catch (cause) {
      context.signal?.throwIfAborted();
      unread.push({ dealKey, reason: reasonOf(cause) });
    }
  }
  return unread;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The newest list that was kept and can be read. */
async function readIndex(
  context: ClientContext,
  deals: readonly Deal[],
  found: ReadonlyMap<string, StoredFile>,
  { maxPrice }: RestoreOptions,
): Promise<KeptIndex & { readonly index: RestoreResult["index"] }> {
  const own = deals.filter(({ salt }) => isIndexSalt(context.ownerSecret, fromHex(salt, 32)));
  let failure: string | undefined;
  for (const { dealKey } of own.toReversed()) {
    const file = found.get(dealKey);
    if (file === undefined) continue;
    const output = path.join(context.folder, `restored-${INDEX_NAME}`);
    try {
      await get(context, { capability: file.capability, output, maxPrice, force: true });
      return { ...parseIndex(await readFile(output, "utf8")), index: "read" };
    } catch (cause) {
      context.signal?.throwIfAborted();
      failure ??= reasonOf(cause);
    } finally {
      await rm(output, { force: true });
    }
  }
  return { files: [], bytes: {}, index: failure === undefined ? "none" : { unreadable: failure } };
}
