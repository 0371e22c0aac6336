// A request as S3 means it: bucket, key, query and headers, each read one way only. What could be read in two ways is refused:
// the signature covers what was sent, and must not cover something else than what is done.

import { S3Error } from "./s3-error.ts";

export interface S3Request {
  readonly method: string;
  /** Decoded and without query; begins with a slash. */
  readonly path: string;
  readonly bucket?: string;
  readonly key?: string;
  /** Decoded, in the order they came. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** By lower-case name; each character is one byte. */
  readonly headers: ReadonlyMap<string, string>;
  /** The parameter's value, or undefined. */
  param(name: string): string | undefined;
}

/** Headers that may come more than once without meaning two things. */
const REPEATABLE = /^(?:accept(?:-.*)?|cache-control|connection|te|user-agent|via|x-forwarded-.*)$/;

/** `target` and `rawHeaders` as node:http has them. Throws an `S3Error`. */
export function parseRequest(method: string, target: string, rawHeaders: readonly string[]): S3Request {
  if (!target.startsWith("/")) throw invalidUri("it does not begin with a slash");
  const cut = target.indexOf("?");
  const path = decode(cut < 0 ? target : target.slice(0, cut));
  const query = cut < 0 ? [] : pairsOf(target.slice(cut + 1));
  const slash = path.indexOf("/", 1);
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
  const key = slash < 0 ? "" : path.slice(slash + 1);
  return {
    method,
    path,
    query,
    headers: headersOf(rawHeaders),
    ...(bucket === "" ? {} : { bucket }),
    ...(key === "" ? {} : { key }),
    param: (name) => query.find(([known]) => known === name)?.[1],
  };
}

function headersOf(raw: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    const before = headers.get(name);
    if (before !== undefined && !REPEATABLE.test(name)) {
      throw new S3Error("InvalidRequest", `The header ${name} came twice.`);
    }
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

function pairsOf(text: string): (readonly [string, string])[] {
  const pairs = text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const spaced = part.replaceAll("+", " ");
      return at < 0
        ? ([decode(spaced), ""] as const)
        : ([decode(spaced.slice(0, at)), decode(spaced.slice(at + 1))] as const);
    });
  const names = new Set(pairs.map(([name]) => name));
  if (names.size !== pairs.length) throw new S3Error("InvalidArgument", "A query parameter came twice.");
  return pairs;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidUri("it is not percent-encoded UTF-8");
  }
}

function invalidUri(why: string): S3Error {
  return new S3Error("InvalidURI", `The request's address cannot be read: ${why}.`);
}
