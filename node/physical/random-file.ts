// Reading a file that a person named, anywhere in it.

import { type FileHandle, open } from "node:fs/promises";
import { fileError } from "./user-file.ts";

export interface RandomFile {
  readonly size: number;
  /** At most `length` bytes from `offset`; fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file for reading anywhere in it. Throws `FILE_MISSING`, `FILE_FORBIDDEN`. */
export async function openRandomFile(file: string): Promise<RandomFile> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch (cause) {
    throw fileError(cause, file);
  }
  const { size } = await handle.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.min(length, Math.max(size - offset, 0)));
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, offset + at).catch((cause) => {
          throw fileError(cause, file);
        });
        if (bytesRead === 0) return bytes.subarray(0, at);
        at += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
