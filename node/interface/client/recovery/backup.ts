// The list of stored files as a stored file: encrypted under a key that follows from the wallet's, in a deal that only its
// owner can tell from any other. What the chain and the headers do not tell of a file is in here.

import { randomBytes } from "node:crypto";
import path from "node:path";
import { HoldfastError } from "../../../common/errors.ts";
import { toHex } from "../../../common/hex.ts";
import { type DedupIndex, readDedupIndex } from "../../../physical/dedup-index.ts";
import { readFileIndex, type StoredFile } from "../../../physical/file-index.ts";
import { readTextIfPresent, replaceFile } from "../../../physical/user-file.ts";
import type { ClientContext } from "../context.ts";
import { type PutOptions, type PutResult, put } from "../put.ts";
import { indexSalt } from "./index-salt.ts";

export const INDEX_NAME = "holdfast-index.json";

/** What this client knows of what it stored, and no provider can tell it again without being paid. */
export interface KeptIndex {
  readonly files: readonly StoredFile[];
  /** Where which bytes of folders are, so that they are not stored twice. */
  readonly bytes: DedupIndex;
}

/** Stores the list as it is now. An interrupted backup goes on like any put. Throws `NOTHING_STORED`, and what `put` throws. */
export async function backUpIndex(
  context: ClientContext,
  options: Omit<PutOptions, "path" | "salt">,
): Promise<PutResult> {
  const files = (await readFileIndex(context.folder)).filter(({ name }) => name !== INDEX_NAME);
  if (files.length === 0) {
    throw new HoldfastError("NOTHING_STORED", "Nothing was stored from this folder yet: there is no list to keep.");
  }
  const file = path.join(context.folder, INDEX_NAME);
  const kept: KeptIndex = { files, bytes: await readDedupIndex(context.folder) };
  const text = `${JSON.stringify(kept)}\n`;
  // The same file as before an interruption: a put takes a changed one for another.
  if ((await readTextIfPresent(file)) !== text) await replaceFile(file, text);
  const salt = toHex(indexSalt(context.ownerSecret, randomBytes(16)));
  return await put(context, { ...options, path: file, salt });
}

/** Reads what `backUpIndex` wrote. Throws `BAD_INDEX`. */
export function parseIndex(text: string): KeptIndex {
  const { files, bytes } = JSON.parse(text) as Partial<Record<keyof KeptIndex, unknown>>;
  const named = Array.isArray(files) && files.every((file) => typeof file?.dealKey === "string");
  const placed = typeof bytes === "object" && bytes !== null;
  if (named && placed) return { files: files as StoredFile[], bytes: bytes as DedupIndex };
  throw new HoldfastError("BAD_INDEX", "The list that was kept is not one that this program wrote.");
}
