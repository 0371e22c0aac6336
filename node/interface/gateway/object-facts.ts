// What a client says about an object when it stores it, and hears again when it asks.

import type { ObjectFacts, StoredObject } from "../../physical/objects/object-table.ts";
import { S3Error } from "./s3-error.ts";

const KEPT = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
];
const META = "x-amz-meta-";
const CHECKSUM = "x-amz-checksum-";
/** S3's own limit, names and values together. */
const MAX_META_BYTES = 2048;
const MAX_KEPT_BYTES = 1024;

/** Parameters of a GET that replace headers of its answer; only signed requests get here, so a stranger cannot choose them. */
export const RESPONSE_OVERRIDES = KEPT.map((name) => `response-${name}`);

/** Throws `MetadataTooLarge`. */
export function factsOf(headers: ReadonlyMap<string, string>): ObjectFacts {
  const facts: Record<string, string> = {};
  let meta = 0;
  for (const [name, value] of headers) {
    if (name.startsWith(META)) {
      meta += name.length - META.length + value.length;
      facts[name] = value;
    } else if (KEPT.includes(name)) {
      if (value.length > MAX_KEPT_BYTES) throw new S3Error("MetadataTooLarge", `The header ${name} is too long.`);
      const kept = name === "content-encoding" ? withoutChunked(value) : value;
      if (kept !== "") facts[name] = kept;
    }
  }
  if (meta > MAX_META_BYTES) {
    throw new S3Error("MetadataTooLarge", `Metadata have at most ${MAX_META_BYTES} bytes, these have ${meta}.`);
  }
  return facts;
}

/** `checksum` is "algorithm value". */
export function withChecksum(facts: ObjectFacts, checksum: string | undefined): ObjectFacts {
  const [algorithm, value] = checksum?.split(" ") ?? [];
  return value === undefined ? facts : { ...facts, [`${CHECKSUM}${algorithm}`]: value };
}

/** The answer's headers, without the length. The checksum is of the whole object, so only who gets all of it hears it. */
export function headersOfObject(object: StoredObject, { checksum }: { checksum: boolean }): Record<string, string> {
  const { etag, modifiedAt, facts, cid, dealKey } = object;
  const told = Object.entries(facts).filter(([name]) => checksum || !name.startsWith(CHECKSUM));
  return {
    "content-type": "binary/octet-stream",
    ...Object.fromEntries(told),
    ...(checksum && told.some(([name]) => name.startsWith(CHECKSUM)) ? { "x-amz-checksum-type": "FULL_OBJECT" } : {}),
    "accept-ranges": "bytes",
    etag: `"${etag}"`,
    "last-modified": new Date(modifiedAt).toUTCString(),
    "x-holdfast-cid": cid,
    "x-holdfast-deal": dealKey,
  };
}

/** It says how the body travelled, not what it is. */
function withoutChunked(encoding: string): string {
  const kept = encoding.split(",").map((one) => one.trim());
  return kept.filter((one) => one !== "aws-chunked" && one !== "").join(",");
}
