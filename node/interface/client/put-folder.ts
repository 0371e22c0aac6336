// Stores a folder: what is new in one object with the manifest of all, what this client has stored before by reference.

import { createHash } from "node:crypto";
import { realpath, rm, utimes } from "node:fs/promises";
import path from "node:path";
import { HoldfastError } from "../../common/errors.ts";
import { toHex } from "../../common/hex.ts";
import { attenuate } from "../../data/capability.ts";
import { decodeCapability, encodeCapability } from "../../data/capability-codec.ts";
import { encodeManifest, type FolderEntry } from "../../data/folder-manifest.ts";
import { addToDedupIndex, type DedupIndex, readDedupIndex } from "../../physical/dedup-index.ts";
import { changeFileIndex, readFileIndex, type StoredFile } from "../../physical/file-index.ts";
import { createPack, readFolderTimes, readTreeFile, scanTree } from "../../physical/folder-tree.ts";
import { fileError } from "../../physical/user-file.ts";
import { shapeOf } from "./begin-put.ts";
import type { ClientContext } from "./context.ts";
import { fileFacts } from "./file-facts.ts";
import type { PutOptions, PutResult } from "./put.ts";
import { bytesOfFolder, createByteNames, packsOf } from "./stored-bytes.ts";

/** Bytes that are there already, and in whose object. */
interface Place {
  readonly stored: StoredFile;
  readonly offset: number;
}

/**
 * `store` puts the one file that it is given. Throws what it throws, `NOT_A_FOLDER`, and `FILE_CHANGED` when a file changes while it is
 * packed. An object of before counts as long as it is kept for half of the windows asked for now.
 */
export async function putFolder(
  context: ClientContext,
  options: PutOptions,
  store: (options: PutOptions) => Promise<PutResult>,
): Promise<PutResult> {
  const root = await realpath(options.path).catch((cause) => {
    throw fileError(cause, options.path);
  });
  const times = await readFolderTimes(root);
  const nameOf = createByteNames(context.ownerSecret);
  const known = await readDedupIndex(context.folder);
  const usable = await usableObjects(context, options, known);
  const packs: string[] = [];
  const own = new Map<string, number>();
  const entries: FolderEntry[] = [];
  const place = path.join(context.folder, "packs", createHash("sha256").update(root).digest("hex").slice(0, 16));
  const pack = path.join(place, "folder");
  const handle = await createPack(pack);
  let size = 0;
  let reused = 0;
  const whole = createHash("sha256");
  const write = async (bytes: Uint8Array) => {
    context.signal?.throwIfAborted();
    whole.update(bytes);
    await handle.writeFile(bytes).catch((cause) => {
      throw fileError(cause, pack);
    });
    size += bytes.length;
  };
  try {
    for (const entry of await scanTree(root)) {
      context.signal?.throwIfAborted();
      if (entry.type !== "file") {
        entries.push(entry);
        continue;
      }
      context.tell(`packing ${entry.path}`);
      const sha256 = await hashOf(root, entry.path, context.signal);
      const before = placeOf(known[nameOf(sha256)], usable);
      const file = { ...entry, sha256 };
      if (before !== undefined) {
        reused++;
        entries.push({ ...file, pack: packIndex(packs, before.stored), offset: before.offset });
        continue;
      }
      const twin = own.get(sha256);
      entries.push({ ...file, pack: 0, offset: twin ?? size });
      if (twin !== undefined) continue;
      own.set(sha256, size);
      await copyChecked(root, file, write);
    }
    await write(encodeManifest({ root: times, entries, packs }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  // The same bytes have the same time: a put that was interrupted goes on, and other bytes never pass for them.
  const time = whole.digest().readUInt32BE(0);
  await utimes(pack, time, time);
  const stored = await store({ ...options, path: pack, name: `${path.basename(root)}/` });
  await addToDedupIndex(context.folder, bytesOfFolder(nameOf, stored.dealKey, { entries }));
  await changeFileIndex(context.folder, stored.dealKey, { packs: packsOf({ packs }) });
  await rm(place, { recursive: true, force: true });
  return { ...stored, files: entries.filter(({ type }) => type === "file").length, reused };
}

/** The objects that may be referred to: kept long enough and, for a published folder, with as few hot slots. */
async function usableObjects(
  context: ClientContext,
  options: PutOptions,
  known: DedupIndex,
): Promise<Map<string, StoredFile>> {
  const { windows } = shapeOf(options);
  const { chain } = context;
  const block = await chain.publicClient.getBlockNumber();
  const least = block + (BigInt(windows) * chain.parameters.period) / 2n;
  const wanted = new Set(Object.values(known).map(({ dealKey }) => dealKey));
  const usable = new Map<string, StoredFile>();
  for (const stored of await readFileIndex(context.folder)) {
    const { hot = stored.slots, threshold, slots } = stored;
    if (!wanted.has(stored.dealKey) || stored.endedAt !== undefined) continue;
    if (options.public === true && slots - hot < threshold) continue;
    const { keptUntilBlock } = await fileFacts(chain, stored.capability, undefined).catch((cause: unknown) => {
      // Stored on another chain or market.
      if (cause instanceof HoldfastError) return { keptUntilBlock: undefined };
      throw cause;
    });
    if (keptUntilBlock !== undefined && keptUntilBlock >= least) usable.set(stored.dealKey, stored);
  }
  return usable;
}

function placeOf(known: DedupIndex[string] | undefined, usable: ReadonlyMap<string, StoredFile>): Place | undefined {
  const stored = known && usable.get(known.dealKey);
  return stored && { stored, offset: known.offset };
}

/** Where the object is among the manifest's packs, from 1. */
function packIndex(packs: string[], { capability }: StoredFile): number {
  const read = encodeCapability(attenuate(decodeCapability(capability), "read"));
  const at = packs.indexOf(read);
  return at >= 0 ? at + 1 : packs.push(read);
}

async function hashOf(root: string, file: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of readTreeFile(root, file)) {
    signal?.throwIfAborted();
    hash.update(bytes);
  }
  return hash.digest("hex");
}

async function copyChecked(
  root: string,
  file: { readonly path: string; readonly size: number; readonly sha256: string },
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const bytes of readTreeFile(root, file.path)) {
    hash.update(bytes);
    length += bytes.length;
    await write(bytes);
  }
  if (length === file.size && toHex(hash.digest()) === `0x${file.sha256}`) return;
  throw new HoldfastError(
    "FILE_CHANGED",
    `${path.join(root, file.path)} changed while the folder was packed; nothing was paid. Store it again when it no longer changes.`,
    { details: { path: file.path } },
  );
}
