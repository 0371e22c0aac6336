// ListObjects, both versions.

import type { ListedObject, ListPage } from "../../physical/objects/list-objects.ts";
import { isoTime, OWNER } from "./bucket-operations.ts";
import { bucketOf, type GatewayParts, type Operation, xmlAnswer } from "./gateway-parts.ts";
import type { Incoming } from "./request-body.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";
import { encodeUri } from "./sigv4.ts";
import { writeXml } from "./xml.ts";

/** What S3 gives at most, and unless told. */
const MAX_KEYS = 1000;

export const listObjectsV2: Operation = (parts, incoming) => {
  const { request } = incoming;
  const token = request.param("continuation-token");
  const startAfter = request.param("start-after");
  const { page, common, text } = pageOf(parts, incoming, token === undefined ? (startAfter ?? "") : afterOf(token));
  const owner = request.param("fetch-owner") === "true";
  return xmlAnswer(
    writeXml("ListBucketResult", {
      ...common,
      StartAfter: startAfter === undefined ? undefined : text(startAfter),
      ContinuationToken: token,
      NextContinuationToken: page.next === undefined ? undefined : tokenOf(page.next),
      KeyCount: page.objects.length + page.prefixes.length,
      ...entriesOf(page, text, owner),
    }),
  );
};

export const listObjectsV1: Operation = (parts, incoming) => {
  const marker = incoming.request.param("marker") ?? "";
  const { page, common, text } = pageOf(parts, incoming, marker);
  return xmlAnswer(
    writeXml("ListBucketResult", {
      ...common,
      Marker: text(marker),
      NextMarker: page.next === undefined ? undefined : text(page.next),
      ...entriesOf(page, text, true),
    }),
  );
};

function pageOf(parts: GatewayParts, incoming: Incoming, after: string) {
  const bucket = bucketOf(parts, incoming);
  const { request } = incoming;
  const encoding = request.param("encoding-type");
  if (encoding !== undefined && encoding !== "url") {
    throw new S3Error("InvalidArgument", "The encoding-type of a listing is url, or there is none.");
  }
  const text = (value: string) => (encoding === "url" ? encodeUri(value).replaceAll("%2F", "/") : value);
  const prefix = request.param("prefix") ?? "";
  const delimiter = request.param("delimiter") ?? "";
  const limit = maxKeysOf(request);
  const page: ListPage =
    limit === 0 ? { objects: [], prefixes: [] } : parts.list({ bucket, prefix, delimiter, after, limit });
  const common = {
    Name: bucket,
    Prefix: text(prefix),
    Delimiter: delimiter === "" ? undefined : text(delimiter),
    MaxKeys: limit,
    EncodingType: encoding,
    IsTruncated: page.next !== undefined,
  };
  return { page, common, text };
}

function entriesOf({ objects, prefixes }: ListPage, text: (value: string) => string, owner: boolean) {
  const contentOf = ({ key, size, etag, modifiedAt }: ListedObject) => ({
    Key: text(key),
    LastModified: isoTime(modifiedAt),
    ETag: `"${etag}"`,
    Size: size,
    StorageClass: "STANDARD",
    Owner: owner ? OWNER : undefined,
  });
  return { Contents: objects.map(contentOf), CommonPrefixes: prefixes.map((one) => ({ Prefix: text(one) })) };
}

function maxKeysOf(request: S3Request): number {
  const text = request.param("max-keys");
  if (text === undefined) return MAX_KEYS;
  if (!/^\d{1,10}$/.test(text)) throw new S3Error("InvalidArgument", "max-keys must be a whole number.");
  return Math.min(MAX_KEYS, Number(text));
}

/** Opaque to clients, so that nobody builds on what is in it. */
function tokenOf(after: string): string {
  return Buffer.from(after, "utf8").toString("base64url");
}

function afterOf(token: string): string {
  const after = Buffer.from(token, "base64url").toString("utf8");
  if (token !== "" && tokenOf(after) === token) return after;
  throw new S3Error("InvalidArgument", "The continuation token is not one of this gateway's.");
}
