// The Range header, as S3 reads it: one range of bytes; what it does not understand it ignores.

import { S3Error } from "./s3-error.ts";

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Undefined for the whole; throws `InvalidRange` for a range outside. */
export function rangeOf(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(" ", "") ?? "");
  if (match === null) return undefined;
  const [, from, to] = match as unknown as [string, string, string];
  if (from === "" && to === "") return undefined;
  if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
  const suffix = from === "";
  const offset = suffix ? Math.max(0, size - Number(to)) : Number(from);
  const end = suffix || to === "" ? size : Math.min(size, Number(to) + 1);
  if (offset >= size || (suffix && Number(to) === 0)) {
    throw new S3Error("InvalidRange", `The range begins after the end of the ${size} bytes.`);
  }
  return { offset, length: end - offset };
}
