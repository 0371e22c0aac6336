// What a renewal that is under way has set out to do: without it a second run, after a kill, would extend and pay again.

import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { readTextIfPresent, replaceFile } from "./user-file.ts";

export interface RenewalJournal {
  /** Windows that were asked for. */
  readonly windows: number;
  /** The window, of its provider's own, that each slot is to reach. */
  readonly until: Readonly<Record<number, number>>;
}

export async function readRenewal(folder: string, dealKey: string): Promise<RenewalJournal | undefined> {
  const text = await readTextIfPresent(journalFile(folder, dealKey));
  return text === undefined ? undefined : (JSON.parse(text) as RenewalJournal);
}

/** Durable when it resolves. */
export async function saveRenewal(folder: string, dealKey: string, journal: RenewalJournal): Promise<void> {
  const file = journalFile(folder, dealKey);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await replaceFile(file, `${JSON.stringify(journal)}\n`);
}

export async function removeRenewal(folder: string, dealKey: string): Promise<void> {
  await rm(journalFile(folder, dealKey), { force: true });
}

function journalFile(folder: string, dealKey: string): string {
  return path.join(folder, "renewals", `${dealKey.slice(2)}.json`);
}
