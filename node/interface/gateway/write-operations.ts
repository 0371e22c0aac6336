// PutObject, CopyObject, DeleteObject and DeleteObjects.

import { isoTime } from "./bucket-operations.ts";
import { bucketOf, type GatewayParts, type Operation, xmlAnswer } from "./gateway-parts.ts";
import { checkKey, MAX_KEY_BYTES } from "./names.ts";
import { factsOf, withChecksum } from "./object-facts.ts";
import { checkPreconditions, checkPutConditions } from "./preconditions.ts";
import { receiveText, spoolBody, spoolNameOf } from "./request-body.ts";
import { notImplemented, S3Error } from "./s3-error.ts";
import { parseRequest } from "./s3-request.ts";
import { childText, parseXml, writeXml } from "./xml.ts";

/** S3's own limit for one request. */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;
const MAX_DELETE_XML_BYTES = 4 * 1024 * 1024;
const MAX_DELETE_KEYS = 1000;

export const putObject: Operation = async (parts, incoming) => {
  const { request } = incoming;
  const bucket = bucketOf(parts, incoming);
  const key = request.key ?? "";
  checkKey(key);
  const given = factsOf(request.headers);
  checkPutConditions(request.headers, parts.objects.find(bucket, key));
  return await spoolBody(incoming, { spool: parts.spool, most: MAX_BODY_BYTES }, async (body) => {
    const { size, md5: etag, sha256, cid, checksum } = body;
    const facts = withChecksum(given, checksum);
    const file = spoolNameOf(bucket, key, sha256, JSON.stringify(facts));
    // The same condition once more: somebody else may have been quicker.
    checkPutConditions(request.headers, parts.objects.find(bucket, key));
    await parts.puts.put({ file, bucket, key, size, etag, facts }, async () => {
      await body.keep(file);
      return cid;
    });
    const [algorithm, value] = checksum?.split(" ") ?? [];
    return {
      status: 200,
      headers: {
        etag: `"${etag}"`,
        ...(value === undefined
          ? {}
          : { [`x-amz-checksum-${algorithm}`]: value, "x-amz-checksum-type": "FULL_OBJECT" }),
      },
    };
  });
};

/** A second name for the same deal: nothing is stored again, and nothing paid. */
export const copyObject: Operation = (parts, incoming) => {
  const { headers, key = "" } = incoming.request;
  const bucket = bucketOf(parts, incoming);
  checkKey(key);
  const source = sourceOf(headers.get("x-amz-copy-source") ?? "");
  if (!parts.buckets.has(source.bucket)) throw new S3Error("NoSuchBucket", "There is no bucket of the source's name.");
  const object = parts.objects.find(source.bucket, source.key);
  if (object === undefined) throw new S3Error("NoSuchKey", "There is no object of the source's key.");
  if (checkPreconditions(headers, object, "x-amz-copy-source-") === "unchanged") {
    throw new S3Error("PreconditionFailed", "A condition on the source does not hold.");
  }
  const directive = headers.get("x-amz-metadata-directive") ?? "COPY";
  if (directive !== "COPY" && directive !== "REPLACE") {
    throw new S3Error("InvalidArgument", "The metadata directive is COPY or REPLACE.");
  }
  if (directive === "COPY" && source.bucket === bucket && source.key === key) {
    throw new S3Error("InvalidRequest", "An object is copied to itself only to give it other metadata.");
  }
  const modifiedAt = parts.now();
  const checksums = Object.entries(object.facts).filter(([name]) => name.startsWith("x-amz-checksum-"));
  const facts = directive === "COPY" ? object.facts : { ...factsOf(headers), ...Object.fromEntries(checksums) };
  parts.objects.copy({ ...object, bucket, key, modifiedAt, facts });
  parts.onReplaced();
  return xmlAnswer(writeXml("CopyObjectResult", { ETag: `"${object.etag}"`, LastModified: isoTime(modifiedAt) }));
};

export const deleteObject: Operation = async (parts, incoming) => {
  await remove(parts, bucketOf(parts, incoming), incoming.request.key ?? "");
  return { status: 204 };
};

export const deleteObjects: Operation = async (parts, incoming) => {
  const bucket = bucketOf(parts, incoming);
  const { headers } = incoming.request;
  const vouched = headers.has("content-md5") || [...headers.keys()].some((name) => name.startsWith("x-amz-checksum-"));
  if (!vouched && incoming.payload.kind === "unsigned") {
    throw new S3Error("InvalidRequest", "A list of keys to delete needs a checksum of its body.");
  }
  const root = parseXml(await receiveText(incoming, MAX_DELETE_XML_BYTES));
  const keys = root.children
    .filter(({ name }) => name === "Object")
    .map((node) => {
      if (childText(node, "VersionId") !== undefined) throw notImplemented("versions of objects");
      return childText(node, "Key") ?? "";
    });
  if (root.name !== "Delete" || keys.length === 0 || keys.length > MAX_DELETE_KEYS || keys.includes("")) {
    throw new S3Error("MalformedXML", `The body is a Delete of 1 to ${MAX_DELETE_KEYS} objects, each with its key.`);
  }
  for (const key of keys) await remove(parts, bucket, key);
  const quiet = childText(root, "Quiet")?.trim() === "true";
  return xmlAnswer(writeXml("DeleteResult", { Deleted: quiet ? [] : keys.map((Key) => ({ Key })) }));
};

async function remove(
  { objects, pending, puts, onReplaced }: GatewayParts,
  bucket: string,
  key: string,
): Promise<void> {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return; // nothing can be there
  await puts.quiet(bucket, key);
  pending.disown(bucket, key);
  objects.remove(bucket, key);
  onReplaced();
}

function sourceOf(header: string): { bucket: string; key: string } {
  const { bucket, key, param } = parseRequest("GET", header.startsWith("/") ? header : `/${header}`, []);
  if (param("versionId") !== undefined) throw notImplemented("versions of objects");
  if (bucket === undefined || key === undefined) {
    throw new S3Error("InvalidArgument", "The source of a copy is BUCKET/KEY, percent-encoded.");
  }
  return { bucket, key };
}
