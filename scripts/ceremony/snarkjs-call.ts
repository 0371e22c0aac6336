/** snarkjs says why it refuses something to its logger, to the console, or by throwing: here all three end in one error. */
import type { Logger } from "snarkjs";
import { HoldfastError } from "../../node/common/errors.ts";

/**
 * Runs one call of snarkjs and keeps what it says from standard output, which belongs to the result.
 * @param refusal what to say when it fails; snarkjs's own reason follows
 * @throws HoldfastError CEREMONY_REFUSED unless `accepts` takes what the call returned
 */
export async function callSnarkjs<T>(
  refusal: string,
  call: (logger: Logger) => Promise<T>,
  accepts: (result: T) => boolean,
): Promise<T> {
  const reasons: string[] = [];
  const note = (line: unknown) => {
    reasons.push(String(line).trim());
  };
  const ignore = () => {};
  const { log } = console;
  console.log = note;
  try {
    const result = await call({ info: ignore, debug: ignore, warn: ignore, error: note });
    if (accepts(result)) return result;
  } catch (cause) {
    note(cause instanceof Error ? cause.message : cause);
    throw refused(refusal, reasons, cause);
  } finally {
    console.log = log;
  }
  throw refused(refusal, reasons);
}

function refused(refusal: string, reasons: readonly string[], cause?: unknown): HoldfastError {
  const reason = reasons.at(-1) ?? "no reason given";
  return new HoldfastError("CEREMONY_REFUSED", `${refusal}; snarkjs says: ${reason}.`, { details: { reasons }, cause });
}
