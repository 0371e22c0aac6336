// The client's own list of what it stored: one JSON file, replaced atomically. It holds capabilities, so only its owner may read it.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { readTextIfPresent, replaceFile } from "./user-file.ts";

export type StoredFile = {
  readonly name: string;
  readonly size: number;
  /** CIDv1 of the plaintext. */
  readonly cid: string;
  readonly dealKey: string;
  readonly capability: string;
  readonly slots: number;
  readonly threshold: number;
  /** Slots that whoever may read can unseal; all of them if absent. */
  readonly hot?: number;
  readonly windows: number;
  /** ISO 8601. */
  readonly storedAt: string;
  /** Of a folder: deal keys of the objects stored before that it refers to. */
  readonly packs?: readonly string[];
  /** When its deal was ended early; ISO 8601. */
  readonly endedAt?: string;
};

/** Newest last. */
export async function readFileIndex(folder: string): Promise<StoredFile[]> {
  const text = await readTextIfPresent(indexFile(folder));
  return text === undefined ? [] : (JSON.parse(text) as StoredFile[]);
}

/** Adds or replaces the entry of its deal. */
export async function addToFileIndex(folder: string, entry: StoredFile): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const others = (await readFileIndex(folder)).filter((known) => known.dealKey !== entry.dealKey);
  await replaceFile(indexFile(folder), `${JSON.stringify([...others, entry], undefined, 1)}\n`);
}

/** Changes the entry of a deal; nothing happens when there is none. */
export async function changeFileIndex(folder: string, dealKey: string, change: Partial<StoredFile>): Promise<void> {
  const files = await readFileIndex(folder);
  if (!files.some((file) => file.dealKey === dealKey)) return;
  const changed = files.map((file) => (file.dealKey === dealKey ? { ...file, ...change } : file));
  await replaceFile(indexFile(folder), `${JSON.stringify(changed, undefined, 1)}\n`);
}

function indexFile(folder: string): string {
  return path.join(folder, "files.json");
}
