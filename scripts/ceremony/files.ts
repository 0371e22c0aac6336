/** Files of a ceremony: read whole or not at all, written whole or not at all. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { HoldfastError } from "../../node/common/errors.ts";

/** @throws HoldfastError CEREMONY_FILE for the first that is not a file. */
export function requireFiles(...files: string[]): void {
  for (const file of files) {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
      throw new HoldfastError("CEREMONY_FILE", `There is no file ${file}; check the path.`, { details: { file } });
    }
  }
}

/** @throws HoldfastError CEREMONY_FILE: a contribution that is overwritten is lost to the ceremony. */
export function requireFree(file: string): void {
  if (!existsSync(file)) return;
  throw new HoldfastError("CEREMONY_FILE", `${file} exists already; choose another name.`, { details: { file } });
}

/** Lets `write` fill a file beside `target` and renames it once it is whole. */
export async function writeWhole<T>(target: string, write: (file: string) => Promise<T>): Promise<T> {
  requireFree(target);
  const unfinished = `${target}.${process.pid}.tmp`;
  try {
    const result = await write(unfinished);
    renameSync(unfinished, target);
    return result;
  } finally {
    rmSync(unfinished, { force: true });
  }
}

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
