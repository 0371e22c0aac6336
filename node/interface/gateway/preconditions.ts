// If-Match and its like (RFC 9110 section 13.2.2): whether a request is carried out.

import { S3Error } from "./s3-error.ts";

export interface Version {
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds. */
  readonly modifiedAt: number;
}

/** "unchanged" asks for a 304; throws `PreconditionFailed`. `prefix` is before each header's name, for the source of a copy. */
export function checkPreconditions(
  headers: ReadonlyMap<string, string>,
  version: Version,
  prefix = "",
): "proceed" | "unchanged" {
  const seconds = Math.floor(version.modifiedAt / 1000) * 1000;
  const timeOf = (name: string) => {
    const at = Date.parse(headers.get(`${prefix}${name}`) ?? "");
    return Number.isNaN(at) ? undefined : at;
  };
  const match = headers.get(`${prefix}if-match`);
  const noneMatch = headers.get(`${prefix}if-none-match`);
  const unmodified = timeOf("if-unmodified-since");
  const modified = timeOf("if-modified-since");
  if (match !== undefined) {
    if (!names(match, version.etag)) throw failed();
  } else if (unmodified !== undefined && seconds > unmodified) throw failed();
  if (noneMatch !== undefined) return names(noneMatch, version.etag) ? "unchanged" : "proceed";
  return modified !== undefined && seconds <= modified ? "unchanged" : "proceed";
}

/** For a put: `If-None-Match: *` wants nothing there, `If-Match` the version it names. */
export function checkPutConditions(headers: ReadonlyMap<string, string>, version: Version | undefined): void {
  const match = headers.get("if-match");
  const noneMatch = headers.get("if-none-match");
  if (match !== undefined && (version === undefined || !names(match, version.etag))) throw failed();
  if (noneMatch !== undefined && version !== undefined && names(noneMatch, version.etag)) throw failed();
}

function names(header: string, etag: string): boolean {
  const tags = header.split(",").map((tag) =>
    tag
      .trim()
      .replace(/^W\//, "")
      .replace(/^"(.*)"$/, "$1"),
  );
  return tags.includes("*") || tags.includes(etag);
}

function failed(): S3Error {
  return new S3Error("PreconditionFailed", "A condition of the request does not hold.");
}
