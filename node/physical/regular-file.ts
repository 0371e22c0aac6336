// What a put must know of a file before it reads it.

import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { HoldfastError } from "../common/errors.ts";
import { fileError } from "./user-file.ts";

export interface RegularFile {
  /** Absolute, with links resolved. */
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/** Throws `FILE_MISSING`, `FILE_FORBIDDEN` or `NOT_A_FILE`. */
export async function describeFile(file: string): Promise<RegularFile> {
  try {
    const resolved = await realpath(file);
    const found = await stat(resolved);
    if (!found.isFile()) throw new HoldfastError("NOT_A_FILE", `${file} is not a regular file.`);
    return { path: resolved, name: path.basename(file), size: found.size, modifiedMs: found.mtimeMs };
  } catch (cause) {
    throw fileError(cause, file);
  }
}
