/** Writing a file so that after a crash it is either whole or not there. */
import { randomUUID } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { diskError } from "./disk-error.ts";

const TEMPORARY = ".tmp-";

/** A name beside `name` that nothing else has, for what is not yet or no longer there. */
export function temporaryName(name: string): string {
  return `${name}${TEMPORARY}${randomUUID()}`;
}

export function isTemporary(name: string): boolean {
  return name.includes(TEMPORARY);
}

/** Resolves when `bytes` are on disk under `folder/name`: written aside, flushed, renamed, and the folder flushed. */
export async function writeDurably(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const target = path.join(folder, name);
  const aside = path.join(folder, temporaryName(name));
  try {
    const file = await open(aside, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(aside, target);
    await syncFolder(folder);
  } catch (cause) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw diskError(cause, target);
  }
}

/** Makes renames and removals in a folder survive a crash. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what writes and removals that a crash cut short have left in a folder. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isTemporary(name)) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
