/** Headers and slot tables on disk: `<folder>/<deal key>/<header | slotTable>`. */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { HoldfastError } from "../common/errors.ts";
import { diskError } from "./disk-error.ts";
import { removeLeftovers, syncFolder, writeDurably } from "./durable-file.ts";

export interface MetadataStore {
  /** Resolves when it survives a crash. */
  write(dealKey: string, what: string, bytes: Uint8Array): Promise<void>;
  /** `undefined` when there is none. */
  read(dealKey: string, what: string): Promise<Uint8Array | undefined>;
  /** Forgets all of a deal. */
  remove(dealKey: string): Promise<void>;
}

export async function openMetadataStore(folder: string): Promise<MetadataStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw diskError(cause, folder);
  });
  for (const name of await readdir(folder)) await removeLeftovers(path.join(folder, name));

  function folderOf(dealKey: string): string {
    if (!/^0x[0-9a-f]{64}$/.test(dealKey)) throw new HoldfastError("BAD_DEAL_KEY", "A deal key is 32 bytes of hex.");
    return path.join(folder, dealKey);
  }

  return {
    async write(dealKey, what, bytes) {
      const target = folderOf(dealKey);
      const created = await mkdir(target, { recursive: true, mode: 0o700 }).catch((cause) => {
        throw diskError(cause, target);
      });
      if (created !== undefined) await syncFolder(folder);
      await writeDurably(target, what, bytes);
    },
    async read(dealKey, what) {
      const file = path.join(folderOf(dealKey), what);
      try {
        return await readFile(file);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw diskError(cause, file);
      }
    },
    async remove(dealKey) {
      await rm(folderOf(dealKey), { recursive: true, force: true });
      await syncFolder(folder);
    },
  };
}
