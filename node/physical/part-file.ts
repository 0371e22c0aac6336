// What a download has written so far: a run that was killed leaves it, and the next one goes on with it.

import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { ownUid } from "./own-uid.ts";
import { fileError } from "./user-file.ts";

/**
 * The part that an earlier run of this user left at `target`, or an empty one. Anything else that lies there goes: a link, or a
 * file of somebody else's, must not say where the plaintext goes, or who may read it.
 */
export async function openPartFile(target: string): Promise<FileHandle> {
  try {
    const own = await openOwn(target);
    if (own !== undefined) return own;
    await rm(target, { force: true });
    return await open(target, "wx+", 0o600);
  } catch (cause) {
    throw fileError(cause, target);
  }
}

async function openOwn(target: string): Promise<FileHandle | undefined> {
  const handle = await open(target, constants.O_RDWR | constants.O_NOFOLLOW).catch((cause: NodeJS.ErrnoException) => {
    if (["ENOENT", "ELOOP", "EACCES", "EISDIR"].includes(cause.code ?? "")) return undefined;
    throw cause;
  });
  if (handle === undefined) return undefined;
  const found = await handle.stat();
  if (found.isFile() && found.nlink === 1 && found.uid === (await ownUid()) && (found.mode & 0o077) === 0)
    return handle;
  await handle.close();
  return undefined;
}

/** `length` bytes at `position`; fewer only where the file ends. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
