// The file that a put stores, read again and again: every reader sees the bytes that were planned for, or stops.

import { readSync } from "node:fs";
import { open } from "node:fs/promises";
import { HoldfastError } from "../../common/errors.ts";
import { fileError } from "../../physical/user-file.ts";
import type { PutPlan } from "./put-plan.ts";

export interface SourceFile {
  /** `length` bytes from `position` on. Throws `FILE_CHANGED` when there are fewer. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** As `read`, for a few bytes that were read before and are likely in memory: a turn to a thread would cost ten times as much. */
  readNow(position: number, length: number): Uint8Array;
  /** Throws `FILE_CHANGED` unless size and time are those of the plan. */
  checkUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** Throws `FILE_CHANGED`, `FILE_MISSING`, `FILE_FORBIDDEN` or `NOT_A_FILE`. */
export async function openSource(plan: Pick<PutPlan, "path" | "size" | "modifiedMs">): Promise<SourceFile> {
  const handle = await open(plan.path, "r").catch((cause) => {
    throw fileError(cause, plan.path);
  });
  const changed = () =>
    new HoldfastError(
      "FILE_CHANGED",
      `${plan.path} changed while it was being stored; nothing was paid. Store it again when it no longer changes.`,
      { details: { path: plan.path } },
    );
  const source: SourceFile = {
    async read(position, length) {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const { bytesRead } = await handle.read(bytes, at, length - at, position + at).catch((cause) => {
          throw fileError(cause, plan.path);
        });
        if (bytesRead === 0) throw changed();
        at += bytesRead;
      }
      return bytes;
    },
    readNow(position, length) {
      const bytes = new Uint8Array(length);
      try {
        if (readSync(handle.fd, bytes, 0, length, position) === length) return bytes;
      } catch (cause) {
        throw fileError(cause, plan.path);
      }
      throw changed();
    },
    async checkUnchanged() {
      const found = await handle.stat();
      if (!found.isFile()) throw new HoldfastError("NOT_A_FILE", `${plan.path} is not a regular file.`);
      if (found.size !== plan.size || found.mtimeMs !== plan.modifiedMs) throw changed();
    },
    close: () => handle.close(),
  };
  try {
    await source.checkUnchanged();
    return source;
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}
