// How this client's own downloads went, by provider: the only record of retrieval that nobody else can make up.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { readTextIfPresent, replaceFile } from "./user-file.ts";

export interface RetrievalRecord {
  /** Pieces that came and were right. */
  readonly served: number;
  /** Downloads in which the provider failed, lied or was too slow. */
  readonly failed: number;
}

/** By address in lower case. */
export type RetrievalRecords = Readonly<Record<string, RetrievalRecord>>;

export async function readRetrievalRecords(folder: string): Promise<RetrievalRecords> {
  const text = await readTextIfPresent(recordFile(folder));
  return text === undefined ? {} : (JSON.parse(text) as RetrievalRecords);
}

/** Adds to what is recorded. */
export async function addRetrievals(folder: string, news: RetrievalRecords): Promise<void> {
  if (Object.keys(news).length === 0) return;
  const records = { ...(await readRetrievalRecords(folder)) };
  for (const [provider, { served, failed }] of Object.entries(news)) {
    const key = provider.toLowerCase();
    const before = records[key] ?? { served: 0, failed: 0 };
    records[key] = { served: before.served + served, failed: before.failed + failed };
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(recordFile(folder), `${JSON.stringify(records, undefined, 1)}\n`);
}

function recordFile(folder: string): string {
  return path.join(folder, "providers.json");
}
