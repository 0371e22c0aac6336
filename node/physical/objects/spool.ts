// Bytes of requests on their way to providers. A file gets its name only when it is whole, checked and durable; what a crash
// leaves without one goes at the next start.

import { mkdir, open, readdir, rename, rm, utimes } from "node:fs/promises";
import path from "node:path";
import { HoldfastError } from "../../common/errors.ts";
import { isTemporary, syncFolder, temporaryName } from "../durable-file.ts";
import { freeSpace } from "../free-space.ts";
import { readAt } from "../part-file.ts";
import { fileError } from "../user-file.ts";

/** Left to everything else on the disk: journals and vouchers have to be written whatever a client sends. */
const SPARE_BYTES = 64 * 1024 * 1024;

export interface SpoolFile {
  append(bytes: Uint8Array): Promise<void>;
  /** Gives the file its name, durably, and returns its path; a file of that name is replaced. */
  keep(name: string): Promise<string>;
  /** The file is not wanted, or has been kept: gives its room back. May be called always, and twice. */
  close(): Promise<void>;
}

/** A file without a name: it is gone with the process, however that ends. */
export interface Scratch {
  readonly capacity: number;
  write(position: number, bytes: Uint8Array): Promise<void>;
  read(position: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface Spool {
  /** Room for `bytes` is set aside at once. Throws `DISK_FULL` when there is none. */
  create(bytes: number): Promise<SpoolFile>;
  /** Throws `DISK_FULL`. */
  scratch(bytes: number): Promise<Scratch>;
  /** Where a kept file is. */
  pathOf(name: string): string;
  remove(name: string): Promise<void>;
  /** Removes every file but these. */
  sweep(keep: ReadonlySet<string>): Promise<void>;
}

/** `free` says how many bytes the disk still takes. */
export async function openSpool(folder: string, free: typeof freeSpace = freeSpace): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw fileError(cause, folder);
  });
  let promised = 0;

  /** A file of its own, with room for `bytes` until `giveBack`. */
  async function take(bytes: number) {
    promised += bytes;
    const giveBack = once(() => {
      promised -= bytes;
    });
    const aside = path.join(folder, temporaryName("body"));
    try {
      const available = (await free(folder)) - SPARE_BYTES;
      if (promised > available) {
        throw new HoldfastError(
          "DISK_FULL",
          `The disk has no room for another ${bytes} bytes: free some space and send the request again.`,
          { details: { needed: promised, available } },
        );
      }
      return { aside, handle: await open(aside, "wx+", 0o600), giveBack };
    } catch (cause) {
      giveBack();
      throw fileError(cause, aside);
    }
  }

  return {
    async create(bytes) {
      const { aside, handle, giveBack } = await take(bytes);
      let kept = false;
      const shut = once(() => handle.close());
      return {
        append: async (chunk) => {
          await handle.writeFile(chunk).catch((cause) => {
            throw fileError(cause, aside);
          });
        },
        async keep(name) {
          const target = path.join(folder, name);
          try {
            await handle.datasync();
            await shut();
            // A put knows its file by its time too: the same bytes for the same key go on where they were.
            await utimes(aside, 0, 0);
            await rename(aside, target);
            await syncFolder(folder);
          } catch (cause) {
            throw fileError(cause, target);
          }
          kept = true;
          return target;
        },
        async close() {
          await shut();
          if (!kept) await rm(aside, { force: true });
          giveBack();
        },
      };
    },
    async scratch(bytes) {
      const { aside, handle, giveBack } = await take(bytes);
      await rm(aside);
      return {
        capacity: bytes,
        async write(position, chunk) {
          for (let at = 0; at < chunk.length; ) {
            const { bytesWritten } = await handle.write(chunk, at, chunk.length - at, position + at).catch((cause) => {
              throw fileError(cause, aside);
            });
            at += bytesWritten;
          }
        },
        read: (position, length) => readAt(handle, position, length),
        async close() {
          await handle.close();
          giveBack();
        },
      };
    },
    pathOf: (name) => path.join(folder, name),
    remove: (name) => rm(path.join(folder, name), { force: true }),
    async sweep(keep) {
      for (const name of await readdir(folder)) {
        if (isTemporary(name) || !keep.has(name)) await rm(path.join(folder, name), { force: true });
      }
    },
  };
}

function once<T>(work: () => T): () => T | undefined {
  let done = false;
  return () => {
    if (done) return undefined;
    done = true;
    return work();
  };
}
