// Which bytes this client has stored where, by a keyed hash: whoever gets the file learns nothing of what was stored.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { readTextIfPresent, replaceFile } from "./user-file.ts";

export interface StoredBytes {
  readonly dealKey: string;
  readonly offset: number;
}

/** By hex of the keyed hash. */
export type DedupIndex = Readonly<Record<string, StoredBytes>>;

export async function readDedupIndex(folder: string): Promise<DedupIndex> {
  const text = await readTextIfPresent(indexFile(folder));
  return text === undefined ? {} : (JSON.parse(text) as DedupIndex);
}

/** Adds what is new; the newest place counts. */
export async function addToDedupIndex(folder: string, news: DedupIndex): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const all = { ...(await readDedupIndex(folder)), ...news };
  await replaceFile(indexFile(folder), `${JSON.stringify(all)}\n`);
}

function indexFile(folder: string): string {
  return path.join(folder, "stored-bytes.json");
}
