// GetObject and HeadObject.

import type { StoredObject } from "../../physical/objects/object-table.ts";
import type { Spool } from "../../physical/objects/spool.ts";
import { type Answer, bucketOf, type GatewayParts, type Operation } from "./gateway-parts.ts";
import { headersOfObject, RESPONSE_OVERRIDES } from "./object-facts.ts";
import type { ObjectStore } from "./object-store.ts";
import { checkPreconditions } from "./preconditions.ts";
import { type ByteRange, rangeOf } from "./ranges.ts";
import { memoryHold, readAhead } from "./read-ahead.ts";
import type { Incoming } from "./request-body.ts";
import { S3Error } from "./s3-error.ts";

/** Waits in memory; more waits on disk. */
const SMALL_BYTES = 1024 * 1024;
/** The most that waits for one reader. */
const MAX_AHEAD_BYTES = 256 * 1024 * 1024;

export const headObject: Operation = (parts, incoming) => {
  const object = objectOf(parts, incoming);
  const { unchanged, range, headers } = describe(object, incoming);
  if (unchanged) return { status: 304, headers };
  return { status: range === undefined ? 200 : 206, headers };
};

export const getObject: Operation = async (parts, incoming): Promise<Answer> => {
  const object = objectOf(parts, incoming);
  const { unchanged, range, headers } = describe(object, incoming);
  if (unchanged) return { status: 304, headers };
  const wanted = range ?? { offset: 0, length: object.size };
  const body = await openBody(parts, object.capability, wanted);
  return { status: range === undefined ? 200 : 206, headers, body };
};

/** The bytes of a file, the first of them here already: what fails before that fails the request, not the connection. */
export async function openBody(
  { store, spool }: { readonly store: ObjectStore; readonly spool: Spool },
  capability: string,
  range: ByteRange,
): Promise<AsyncIterable<Uint8Array>> {
  const bytes = readBody({ store, spool }, capability, range);
  const first = await bytes.next();
  return (async function* () {
    try {
      if (first.done !== true) yield first.value;
      yield* bytes;
    } finally {
      await bytes.return(undefined);
    }
  })();
}

async function* readBody(
  { store, spool }: { readonly store: ObjectStore; readonly spool: Spool },
  capability: string,
  range: ByteRange,
): AsyncGenerator<Uint8Array> {
  if (range.length === 0) return;
  const small = range.length <= SMALL_BYTES;
  const scratch = small ? undefined : await spool.scratch(Math.min(range.length, MAX_AHEAD_BYTES));
  const stop = new AbortController();
  let sent = 0;
  try {
    const source = store.read(capability, range, stop.signal);
    const ahead = readAhead(source, scratch ?? memoryHold(range.length));
    try {
      for await (const bytes of ahead) {
        sent += bytes.length;
        yield bytes;
      }
    } finally {
      stop.abort();
      await ahead.return(undefined);
    }
  } finally {
    await scratch?.close();
  }
  if (sent !== range.length) throw new S3Error("InternalError", "Another number of bytes came than were stored.");
}

function objectOf(parts: GatewayParts, incoming: Incoming): StoredObject {
  const bucket = bucketOf(parts, incoming);
  const object = parts.objects.find(bucket, incoming.request.key ?? "");
  if (object !== undefined) return object;
  throw new S3Error("NoSuchKey", "There is no object of this key.");
}

function describe(object: StoredObject, { request }: Incoming) {
  const { headers } = request;
  const unchanged = checkPreconditions(headers, object) === "unchanged";
  const ifRange = headers.get("if-range");
  const useRange = ifRange === undefined || ifRange === `"${object.etag}"`;
  const range = unchanged ? undefined : rangeOf(useRange ? headers.get("range") : undefined, object.size);
  const checksum = headers.get("x-amz-checksum-mode")?.toUpperCase() === "ENABLED" && range === undefined;
  const told: Record<string, string> = headersOfObject(object, { checksum });
  for (const name of RESPONSE_OVERRIDES) {
    const value = request.param(name);
    if (value !== undefined) told[name.slice("response-".length)] = checkedHeader(value);
  }
  if (range !== undefined) {
    told["content-range"] = `bytes ${range.offset}-${range.offset + range.length - 1}/${object.size}`;
  }
  if (!unchanged) told["content-length"] = String(range?.length ?? object.size);
  return { unchanged, range, headers: told };
}

function checkedHeader(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  throw new S3Error("InvalidArgument", "A header of the answer can hold printable ASCII only.");
}
