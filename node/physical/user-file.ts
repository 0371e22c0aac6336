// Files that a person named or will look at: errors name them, unlike those that travel to peers (disk-error.ts).

import { readFile } from "node:fs/promises";
import path from "node:path";
import { HoldfastError } from "../common/errors.ts";
import { writeDurably } from "./durable-file.ts";

/** Replaces `file` as a whole: it is the old one or the new one, whatever is killed when. */
export async function replaceFile(file: string, text: string): Promise<void> {
  try {
    await writeDurably(path.dirname(file), path.basename(file), new TextEncoder().encode(text));
  } catch (cause) {
    throw fileError(cause instanceof HoldfastError ? cause.cause : cause, file);
  }
}

/** The file's text, or undefined when there is none. */
export async function readTextIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(cause, file);
  }
}

/** Turns a failure of the operating system into one sentence about `file`; passes other errors through. */
export function fileError(cause: unknown, file: string): unknown {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined || cause instanceof HoldfastError) return cause;
  const fail = (name: string, sentence: string) =>
    new HoldfastError(name, sentence, { details: { file, reason: code }, cause });
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return fail("DISK_FULL", `The disk is full: ${file} was not written; free some space and run it again.`);
    case "ENOENT":
      return fail("FILE_MISSING", `There is no file ${file}.`);
    case "EACCES":
    case "EPERM":
      return fail("FILE_FORBIDDEN", `${file} may not be read or written by this user.`);
    case "EISDIR":
      return fail("NOT_A_FILE", `${file} is a folder, not a file.`);
    default:
      return fail("DISK_FAILED", `${file} could not be read or written (${code}).`);
  }
}
