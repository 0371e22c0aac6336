/**
 * Sectors of empty space on disk: `<folder>/<number>/labels`, which grows while a sector is filled, and `tree` once it is full.
 * Labels are appended in stretches; whatever lies behind the last whole stretch that was flushed is made again.
 */
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { diskError } from "./disk-error.ts";
import { removeLeftovers, syncFolder, writeDurably } from "./durable-file.ts";

export interface SectorFiles {
  /** Numbers of the sectors that have a folder, full or not, rising. */
  list(): Promise<number[]>;
  /** Reads what is there of a sector's labels into `into`, and answers how many bytes that are: a multiple of `stretch`. */
  resume(sector: number, into: Uint8Array, stretch: number): Promise<number>;
  /** Resolves when the bytes survive a crash; `position` is where the last stretch ended. Throws `DISK_FULL`, `DISK_FAILED`. */
  append(sector: number, position: number, bytes: Uint8Array): Promise<void>;
  /** `length` bytes of a sector's labels; fewer when the file is shorter. Throws `FILE_MISSING`, `DISK_FAILED`. */
  read(sector: number, position: number, length: number): Promise<Uint8Array>;
  writeTree(sector: number, tree: Uint8Array): Promise<void>;
  /** Undefined unless the sector is full. */
  readTree(sector: number): Promise<Uint8Array | undefined>;
  /** Removes all of a sector; nothing happens when it is not there. */
  remove(sector: number): Promise<void>;
}

const LABELS = "labels";
const TREE = "tree";

/** Creates the folder if need be. A thread may have one beside the daemon's. */
export async function openSectorFiles(folder: string): Promise<SectorFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw diskError(cause, folder);
  });
  const at = (sector: number, name = "") => path.join(folder, String(sector), name);

  /** Opens a sector's labels for `work`, and says what a failure of the disk is called. */
  async function onLabels<T>(
    sector: number,
    flags: string,
    work: (file: Awaited<ReturnType<typeof open>>) => Promise<T>,
  ) {
    const name = at(sector, LABELS);
    try {
      const file = await open(name, flags, 0o600);
      try {
        return await work(file);
      } finally {
        await file.close();
      }
    } catch (cause) {
      throw diskError(cause, name);
    }
  }

  async function readAt(sector: number, position: number, into: Uint8Array): Promise<number> {
    return await onLabels(sector, "r", async (file) => {
      let filled = 0;
      while (filled < into.length) {
        const { bytesRead } = await file.read(into, filled, into.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    });
  }

  return {
    async list() {
      const names = await readdir(folder);
      return names
        .filter((name) => /^[1-9]\d*$/.test(name))
        .map(Number)
        .sort((a, b) => a - b);
    },
    async resume(sector, into, stretch) {
      try {
        await mkdir(at(sector), { mode: 0o700 });
        await syncFolder(folder);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw diskError(cause, at(sector));
      }
      await removeLeftovers(at(sector));
      const found = await stat(at(sector, LABELS)).catch(() => undefined);
      if (found === undefined) return 0;
      // The last stretch may have reached its length before its bytes: nobody waited for its flush to end.
      const whole = Math.min(Math.floor(found.size / stretch) * stretch, into.length);
      const kept = Math.max(0, whole - stretch);
      return await readAt(sector, 0, into.subarray(0, kept));
    },
    async append(sector, position, bytes) {
      await onLabels(sector, position === 0 ? "w" : "r+", async (file) => {
        const { bytesWritten } = await file.write(bytes, 0, bytes.length, position);
        if (bytesWritten < bytes.length)
          throw Object.assign(new Error("the disk took a part only"), { code: "ENOSPC" });
        await file.datasync();
      });
      if (position === 0) await syncFolder(at(sector));
    },
    async read(sector, position, length) {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, await readAt(sector, position, bytes));
    },
    writeTree: (sector, tree) => writeDurably(at(sector), TREE, tree),
    async readTree(sector) {
      const name = at(sector, TREE);
      try {
        const file = await open(name, "r");
        try {
          return new Uint8Array(await file.readFile());
        } finally {
          await file.close();
        }
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw diskError(cause, name);
      }
    },
    async remove(sector) {
      // The tree first: a sector without one is not full, and nobody takes it for one.
      await rm(at(sector, TREE), { force: true });
      await rm(at(sector), { recursive: true, force: true });
    },
  };
}
