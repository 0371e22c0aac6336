// Where a download goes: judged before anything is paid, written aside until it is whole.

import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { HoldfastError } from "../common/errors.ts";
import { fileError } from "./user-file.ts";

/** Throws `OUTPUT_EXISTS` unless `replace`, `NOT_A_FILE` for what no file can replace, `NO_FOLDER` where none can be made. */
export async function checkOutput(output: string, replace: boolean): Promise<void> {
  const folder = await statIfPresent(path.dirname(output));
  if (!folder?.isDirectory()) {
    throw new HoldfastError(
      "NO_FOLDER",
      `There is no folder ${path.dirname(output)} to put the file in; make it first.`,
    );
  }
  const found = await statIfPresent(output);
  if (found === undefined) return;
  if (!found.isFile()) {
    throw new HoldfastError("NOT_A_FILE", `${output} is there and is no file: choose another --output.`);
  }
  if (replace) return;
  throw new HoldfastError("OUTPUT_EXISTS", `${output} exists: choose another output, or replace it with --force.`, {
    details: { output },
  });
}

/** Throws `OUTPUT_EXISTS`: a folder never replaces what is there. */
export async function checkAbsent(output: string): Promise<void> {
  if ((await statIfPresent(output)) === undefined) return;
  throw new HoldfastError("OUTPUT_EXISTS", `${output} exists, and a folder replaces nothing: choose another output.`, {
    details: { output },
  });
}

/** Where the bytes of a deal's file wait beside `output`; the same in every run, so that a killed one leaves nothing for good. */
export function partOf(output: string, dealKey: string): string {
  return `${output}.${dealKey.slice(2, 14)}.part`;
}

async function statIfPresent(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw fileError(cause, file);
  }
}
