// Plain HTTP for public files: GET and HEAD of /cid/<CIDv1>. No key; what is not public is not there.

import { contentTypeOf } from "./content-type.ts";
import type { Answer, GatewayParts } from "./gateway-parts.ts";
import { RESERVED_BUCKET } from "./names.ts";
import { checkPreconditions } from "./preconditions.ts";
import { rangeOf } from "./ranges.ts";
import { openBody } from "./read-operations.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";

/** No bucket has this name. */
export function isCidRequest({ method, bucket, key }: S3Request): boolean {
  return bucket === RESERVED_BUCKET && key !== undefined && (method === "GET" || method === "HEAD");
}

/** A CID names its bytes: the answer never changes. */
const IMMUTABLE = "public, max-age=31536000, immutable";

/** Throws an `S3Error`, or what failed inside. */
export async function handleCid(parts: GatewayParts, request: S3Request): Promise<Answer> {
  const { method, headers } = request;
  // A page of another site could make a browser fetch, and its owner pay, without ever seeing the bytes.
  const site = headers.get("sec-fetch-site");
  if (site !== undefined && site !== "none" && site !== "same-origin") {
    throw new S3Error("AccessDenied", "Pages of other sites cannot have files from here.");
  }
  const cid = request.key ?? "";
  const file = /^b[a-z2-7]{10,100}$/.test(cid) ? await parts.store.findPublic(cid) : undefined;
  if (file === undefined) throw new S3Error("NoSuchKey", "There is no public file of this CID here.");
  const facts = parts.objects.ofDeal(file.dealKey)?.facts ?? {};
  const told: Record<string, string> = {
    "content-type": facts["content-type"] ?? contentTypeOf(file.name),
    ...(facts["content-encoding"] === undefined ? {} : { "content-encoding": facts["content-encoding"] }),
    "accept-ranges": "bytes",
    "cache-control": IMMUTABLE,
    etag: `"${cid}"`,
  };
  if (checkPreconditions(headers, { etag: cid, modifiedAt: 0 }) === "unchanged") return { status: 304, headers: told };
  const ifRange = headers.get("if-range");
  const range = ifRange === undefined || ifRange === `"${cid}"` ? rangeOf(headers.get("range"), file.size) : undefined;
  const wanted = range ?? { offset: 0, length: file.size };
  told["content-length"] = String(wanted.length);
  if (range !== undefined)
    told["content-range"] = `bytes ${range.offset}-${range.offset + range.length - 1}/${file.size}`;
  const status = range === undefined ? 200 : 206;
  if (method === "HEAD") return { status, headers: told };
  return { status, headers: told, body: await openBody(parts, file.capability, wanted) };
}
