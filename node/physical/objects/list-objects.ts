// A page of a bucket: keys in the order of their UTF-8 bytes, those that share a beginning up to the delimiter as one.

import { equalBytes, utf8 } from "../../common/bytes.ts";
import type { Database } from "../database.ts";

export interface ListQuery {
  readonly bucket: string;
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Only what comes after this key, or after everything that begins with it when it is a common prefix; empty for none. */
  readonly after: string;
  /** Keys and common prefixes together. */
  readonly limit: number;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: number;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  /** Where the next page begins (`after`); absent when this is the last one. */
  readonly next?: string;
}

type Row = { key: Uint8Array; size: number; etag: string; modifiedAt: number };

const decoder = new TextDecoder();

export function listObjects(database: Database, query: ListQuery): ListPage {
  const { bucket, prefix, delimiter, after, limit } = query;
  const ahead = database.prepare(
    "SELECT key, size, etag, modified_at AS modifiedAt FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key LIMIT 1",
  );
  const [first, end] = [utf8(prefix), afterAll(utf8(prefix))];
  const objects: ListedObject[] = [];
  const prefixes: string[] = [];
  let from = later(first, after === "" ? first : beyond(after, prefix, delimiter));
  let last = after;
  for (;;) {
    const row = ahead.get(bucket, from, end) as unknown as Row | undefined;
    if (row === undefined) return { objects, prefixes };
    if (objects.length + prefixes.length >= limit) return { objects, prefixes, next: last };
    const key = decoder.decode(row.key);
    const common = commonPrefix(key, prefix, delimiter);
    if (common === undefined) {
      objects.push({ ...row, key });
      from = justAfter(row.key);
      last = key;
    } else {
      // One look-up skips all that share it, however many they are.
      prefixes.push(common);
      from = afterAll(utf8(common));
      last = common;
    }
  }
}

function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** A marker that is a common prefix of this listing stands for all keys under it. */
function beyond(after: string, prefix: string, delimiter: string): Uint8Array {
  const whole = after.startsWith(prefix) && commonPrefix(after, prefix, delimiter) === after;
  return whole ? afterAll(utf8(after)) : justAfter(utf8(after));
}

function justAfter(key: Uint8Array): Uint8Array {
  return Uint8Array.from([...key, 0]);
}

/** The least byte string above all that begin with `prefix`; UTF-8 has no byte 0xff, so that adding one never carries. */
function afterAll(prefix: Uint8Array): Uint8Array {
  if (prefix.length === 0) return Uint8Array.of(0xff);
  const end = Uint8Array.from(prefix);
  end[end.length - 1]! += 1;
  return end;
}

function later(a: Uint8Array, b: Uint8Array): Uint8Array {
  return equalBytes(a, b) || Buffer.compare(a, b) > 0 ? a : b;
}
