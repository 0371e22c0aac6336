// A file that is written from its beginning to its end, perhaps by more runs than one, and is what it should be or not there.

import { createHash } from "node:crypto";
import { chmod, type FileHandle, lstat, open, rm } from "node:fs/promises";
import { readAt } from "./part-file.ts";

/** Read at a time from what an earlier run wrote. */
const CHUNK_BYTES = 2 ** 20;

export interface GrowingFile {
  /** Bytes that are there. */
  readonly written: number;
  /** Open from the first `append` until the last byte is there, or `close`. */
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** Whether the file is what it should be; one that is not is removed. */
  finish(): Promise<boolean>;
}

/**
 * What an earlier run wrote of the `size` bytes of `sha256` (hex) to `target`, or nothing. Its folder is this user's alone.
 * Whatever cannot be the beginning of the file is removed.
 */
export async function openGrowingFile(target: string, size: number, sha256: string): Promise<GrowingFile> {
  let handle: FileHandle | undefined;
  let hash = createHash("sha256");
  let written = 0;

  const found = await lstat(target).catch(() => undefined);
  if (found?.isFile() && found.nlink === 1 && found.size > 0 && found.size <= size) await takeUp(found.size);
  else if (found !== undefined) await rm(target, { recursive: true, force: true });

  async function takeUp(length: number): Promise<void> {
    await chmod(target, 0o600); // it may have its own mode already, which need not let it be read
    const earlier = await open(target, "r");
    try {
      while (written < length) {
        const bytes = await readAt(earlier, written, Math.min(CHUNK_BYTES, length - written));
        if (bytes.length === 0) break;
        hash.update(bytes);
        written += bytes.length;
      }
    } finally {
      await earlier.close();
    }
    if (written < size || hash.copy().digest("hex") === sha256) return;
    await rm(target);
    hash = createHash("sha256");
    written = 0;
  }

  async function close(): Promise<void> {
    await handle?.close();
    handle = undefined;
  }

  return {
    get written() {
      return written;
    },
    async append(bytes) {
      handle ??= await open(target, written === 0 ? "wx" : "a", 0o600);
      hash.update(bytes);
      await handle.writeFile(bytes);
      written += bytes.length;
      if (written === size) await close();
    },
    close,
    async finish() {
      if (size === 0) await (await open(target, "wx", 0o600)).close();
      // Another run may have written to it besides this one.
      const there = (await lstat(target).catch(() => undefined))?.size;
      if (written === size && there === size && hash.digest("hex") === sha256) return true;
      await rm(target, { force: true });
      return false;
    },
  };
}
