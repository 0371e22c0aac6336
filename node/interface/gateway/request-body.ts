// The body of a signed request: taken in piece by piece, and worth something only once it was all there and all of it right.

import { createHash } from "node:crypto";
import { equalBytes } from "../../common/bytes.ts";
import { cidDigest, cidToText, createCidHasher } from "../../data/cid.ts";
import type { Spool } from "../../physical/objects/spool.ts";
import type { Payload } from "./authenticate.ts";
import { decodeChunked } from "./aws-chunked.ts";
import { confirmChecksum, expectedChecksum } from "./checksums.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";
import { sha256Hex } from "./sigv4.ts";

export interface Incoming {
  readonly request: S3Request;
  readonly payload: Payload;
  /** As it comes from the socket. */
  readonly source: AsyncIterable<Uint8Array>;
}

export interface BodyFacts {
  readonly size: number;
  /** Hex. */
  readonly md5: string;
  readonly sha256: string;
  /** CIDv1 of the bytes, as text. */
  readonly cid: string;
  /** `algorithm value`, if the client gave one. */
  readonly checksum?: string;
}

/** Gives every byte to `sink`, in order; resolves when all that vouches for the body held. Throws an `S3Error`. */
export async function receiveBody(
  { request, payload, source }: Incoming,
  most: number,
  sink: (bytes: Uint8Array) => Promise<void> | void,
): Promise<BodyFacts> {
  const size = declaredSize(request, payload);
  if (size > most)
    throw new S3Error("EntityTooLarge", `The body has ${size} bytes and at most ${most} are taken here.`);
  const expected = expectedChecksum(request);
  const chunked = payload.kind === "chunks" ? decodeChunked(source, payload) : undefined;
  const md5 = createHash("md5");
  const hasher = createCidHasher();
  let found = 0;
  for await (const bytes of chunked?.data() ?? source) {
    found += bytes.length;
    if (found > size) throw new S3Error("IncompleteBody", "The body has more bytes than the request says.");
    md5.update(bytes);
    hasher.update(bytes);
    expected?.running.update(bytes);
    await sink(bytes);
  }
  if (found < size) throw new S3Error("IncompleteBody", `The body ended after ${found} of ${size} bytes.`);
  const cid = hasher.finish();
  const sha256 = Buffer.from(cidDigest(cid)).toString("hex");
  if (payload.kind === "hash" && payload.sha256 !== sha256) {
    throw new S3Error("XAmzContentSHA256Mismatch", "The body's SHA-256 is not the one that was signed.");
  }
  const digest = md5.digest();
  checkMd5(request, digest);
  const checksum =
    expected === undefined ? {} : { checksum: confirmChecksum(expected, chunked?.trailer() ?? new Map()) };
  return { size, md5: digest.toString("hex"), sha256, cid: cidToText(cid), ...checksum };
}

/** The body as text. */
export async function receiveText(incoming: Incoming, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  await receiveBody(incoming, most, (bytes) => {
    chunks.push(Uint8Array.from(bytes));
  });
  return Buffer.concat(chunks).toString("utf8");
}

export interface SpooledBody extends BodyFacts {
  /** Gives the body its name on disk, durably, and returns its path. */
  keep(name: string): Promise<string>;
}

/** Takes the body to disk and hands it to `use`; whatever it did not keep is gone afterwards. */
export async function spoolBody<T>(
  incoming: Incoming,
  { spool, most }: { spool: Spool; most: number },
  use: (body: SpooledBody) => Promise<T>,
): Promise<T> {
  const size = declaredSize(incoming.request, incoming.payload);
  if (size > most)
    throw new S3Error("EntityTooLarge", `The body has ${size} bytes and at most ${most} are taken here.`);
  const file = await spool.create(size);
  try {
    const facts = await receiveBody(incoming, most, (bytes) => file.append(bytes));
    return await use({ ...facts, keep: (name) => file.keep(name) });
  } finally {
    await file.close();
  }
}

function declaredSize({ headers }: S3Request, payload: Payload): number {
  const encoded = (headers.get("content-encoding") ?? "").split(",").some((one) => one.trim() === "aws-chunked");
  if (encoded && payload.kind !== "chunks") {
    throw new S3Error("InvalidRequest", "The body is said to be aws-chunked, and x-amz-content-sha256 says it is not.");
  }
  const text = headers.get(payload.kind === "chunks" ? "x-amz-decoded-content-length" : "content-length");
  if (text === undefined) {
    throw new S3Error("MissingContentLength", "The request has to say how many bytes its body has.");
  }
  if (!/^\d{1,15}$/.test(text)) throw new S3Error("InvalidArgument", "The length of the body is no number.");
  return Number(text);
}

function checkMd5({ headers }: S3Request, found: Uint8Array): void {
  const header = headers.get("content-md5");
  if (header === undefined) return;
  const expected = Buffer.from(header, "base64");
  if (expected.length !== 16) throw new S3Error("InvalidDigest", "Content-MD5 must be 16 bytes in base64.");
  if (!equalBytes(expected, found)) throw new S3Error("BadDigest", "The body's MD5 is not the one that was promised.");
}

/** Where a put's bytes wait: the same for the same bytes, key and facts, so that a put that is repeated goes on. */
export function spoolNameOf(...parts: readonly string[]): string {
  return sha256Hex(Buffer.from(JSON.stringify(parts)));
}
