// One command at a time works with a client's folder: two that sign vouchers or drive the same journal side by side would
// promise the same money twice. SQLite's lock is the system's: it goes with the process, however that dies.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileError } from "./user-file.ts";

const POLL_MS = 200;
const SQLITE_BUSY = 5;

export interface FolderLock {
  release(): void;
}

/** Makes the folder and waits until nobody else has it; `onWait` is called once if that takes time. */
export async function lockFolder(
  folder: string,
  { onWait, signal }: { onWait: () => void; signal?: AbortSignal },
): Promise<FolderLock> {
  const file = path.join(folder, "client.lock");
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw fileError(cause, folder);
  });
  for (let tries = 0; ; tries++) {
    const database = tryLock(file);
    if (database !== undefined) return { release: () => database.close() };
    if (tries === 0) onWait();
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

/** The open lock, or undefined while another process has it. Nothing is ever written: a full disk can be locked too. */
function tryLock(file: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return database;
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw fileError(cause, file);
  }
}
