/** What a disk's failures are called; the sentence holds no path, because peers may read it. */
import { HoldfastError } from "../common/errors.ts";

/**
 * A HoldfastError for whatever a file or database operation threw: `DISK_FULL`, `FILE_MISSING` or `DISK_FAILED`.
 * The path is in the details.
 */
export function diskError(cause: unknown, path: string): HoldfastError {
  if (cause instanceof HoldfastError) return cause;
  const { code, errcode, message } = cause as { code?: string; errcode?: number; message?: string };
  const details = { path, reason: code ?? message };
  // 13 is SQLITE_FULL.
  if (code === "ENOSPC" || code === "EDQUOT" || errcode === 13) {
    return new HoldfastError("DISK_FULL", "The disk is full: free some space, or lower the capacity that is offered.", {
      details,
      cause,
    });
  }
  if (code === "ENOENT")
    return new HoldfastError("FILE_MISSING", "A file of the data folder is gone.", { details, cause });
  return new HoldfastError("DISK_FAILED", `The disk refused to read or write: ${code ?? message}.`, { details, cause });
}
