// Uploads in parts. Parts are on disk and written down before they are acknowledged, so they survive the gateway; the object is
// stored when all are there.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { cidToText, createCidHasher } from "../../data/cid.ts";
import type { Upload, UploadPart } from "../../physical/objects/upload-table.ts";
import { isoTime, OWNER } from "./bucket-operations.ts";
import { confirmChecksum, type ExpectedChecksum, objectChecksum } from "./checksums.ts";
import { type Answer, bucketOf, type GatewayParts, type Operation, xmlAnswer } from "./gateway-parts.ts";
import { checkKey } from "./names.ts";
import { factsOf } from "./object-facts.ts";
import { checkPutConditions } from "./preconditions.ts";
import { type Incoming, receiveText, spoolBody, spoolNameOf } from "./request-body.ts";
import { S3Error } from "./s3-error.ts";
import { MAX_BODY_BYTES } from "./write-operations.ts";
import { childText, parseXml, writeXml, type XmlNode } from "./xml.ts";

const MAX_PARTS = 10_000;
/** Of every part but the last; S3's own least. */
export const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_COMPLETE_XML_BYTES = 4 * 1024 * 1024;

export const createMultipartUpload: Operation = (parts, incoming) => {
  const bucket = bucketOf(parts, incoming);
  const { key = "", headers } = incoming.request;
  checkKey(key);
  const id = parts.newId();
  parts.uploads.begin({ id, bucket, key, facts: factsOf(headers), begunAt: parts.now() });
  return xmlAnswer(writeXml("InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId: id }));
};

export const uploadPart: Operation = async (parts, incoming) => {
  const { id } = uploadOf(parts, incoming);
  const number = numberOf(incoming.request.param("partNumber") ?? "", "partNumber", 1, MAX_PARTS);
  return await spoolBody(incoming, { spool: parts.spool, most: MAX_BODY_BYTES }, async (body) => {
    const { size, md5: etag, checksum } = body;
    const file = `part-${id}-${number}-${parts.newId()}`;
    await body.keep(file);
    const part = { number, file, size, etag, modifiedAt: parts.now(), ...(checksum === undefined ? {} : { checksum }) };
    const before = parts.uploads.addPart(id, part);
    if (before === false) {
      await parts.spool.remove(file);
      throw noSuchUpload();
    }
    if (before !== undefined) await parts.spool.remove(before);
    const [algorithm, value] = checksum?.split(" ") ?? [];
    const headers: Record<string, string> = { etag: `"${etag}"` };
    if (value !== undefined) headers[`x-amz-checksum-${algorithm}`] = value;
    return { status: 200, headers };
  });
};

export const listParts: Operation = (parts, incoming) => {
  const { request } = incoming;
  const { id, bucket, key } = uploadOf(parts, incoming);
  const most = numberOf(request.param("max-parts") ?? "1000", "max-parts", 0, 1_000_000);
  const marker = numberOf(request.param("part-number-marker") ?? "0", "part-number-marker", 0, MAX_PARTS);
  const after = parts.uploads.parts(id).filter(({ number }) => number > marker);
  const shown = after.slice(0, Math.min(most, 1000));
  const IsTruncated = shown.length < after.length && shown.length > 0;
  return xmlAnswer(
    writeXml("ListPartsResult", {
      ...{ Bucket: bucket, Key: key, UploadId: id, Initiator: OWNER, Owner: OWNER, StorageClass: "STANDARD" },
      ...{ PartNumberMarker: marker, NextPartNumberMarker: shown.at(-1)?.number, MaxParts: most, IsTruncated },
      Part: shown.map(({ number, size, etag, modifiedAt }) => ({
        ...{ PartNumber: number, LastModified: isoTime(modifiedAt), ETag: `"${etag}"`, Size: size },
      })),
    }),
  );
};

export const listMultipartUploads: Operation = (parts, incoming) => {
  const bucket = bucketOf(parts, incoming);
  const prefix = incoming.request.param("prefix") ?? "";
  const found = parts.uploads.list(bucket).filter(({ key }) => key.startsWith(prefix));
  return xmlAnswer(
    writeXml("ListMultipartUploadsResult", {
      ...{ Bucket: bucket, KeyMarker: "", UploadIdMarker: "", Prefix: prefix, MaxUploads: 1000, IsTruncated: false },
      Upload: found.map(({ id, key, begunAt }) => ({
        ...{ Key: key, UploadId: id, Initiator: OWNER, Owner: OWNER, StorageClass: "STANDARD" },
        Initiated: isoTime(begunAt),
      })),
    }),
  );
};

export const abortMultipartUpload: Operation = async (parts, incoming) => {
  const { id } = uploadOf(parts, incoming);
  const files = parts.uploads.parts(id).map(({ file }) => file);
  parts.uploads.remove(id);
  for (const file of files) await parts.spool.remove(file);
  return { status: 204 };
};

export const completeMultipartUpload: Operation = async (parts, incoming) => {
  const upload = uploadOf(parts, incoming, { completed: true });
  const { request } = incoming;
  // Checksums in these headers are of the object, not of the list in the body.
  const headers = new Map([...request.headers].filter(([name]) => !name.startsWith("x-amz-checksum-")));
  const text = await receiveText({ ...incoming, request: { ...request, headers } }, MAX_COMPLETE_XML_BYTES);
  const wanted = partsOf(parseXml(text));
  if (upload.etag !== undefined) return completed(upload, upload.etag);
  const chosen = choose(wanted, parts.uploads.parts(upload.id), parts.minPartBytes);
  const { bucket, key, id: uploadId, facts } = upload;
  checkPutConditions(headers, parts.objects.find(bucket, key));
  // As S3 does: the MD5 of the parts' MD5s, and how many there are.
  const md5s = createHash("md5");
  for (const { etag } of chosen) md5s.update(Buffer.from(etag, "hex"));
  const etag = `${md5s.digest("hex")}-${chosen.length}`;
  const file = spoolNameOf(bucket, key, uploadId, etag);
  const size = chosen.reduce((sum, part) => sum + part.size, 0);
  if (Number(headers.get("x-amz-mp-object-size") ?? size) !== size) {
    throw new S3Error("InvalidRequest", `The parts have ${size} bytes together, which is not the size of the object.`);
  }
  const { whole } = objectChecksum(
    request,
    chosen.map(({ checksum }) => checksum),
  );
  const put = { file, bucket, key, size, etag, facts, uploadId };
  await parts.puts.put(put, () => join(parts, chosen, put, whole));
  return completed(upload, etag);
};

/** Writes the parts one after the other into one file; its CID. */
async function join(
  { spool }: GatewayParts,
  chosen: readonly UploadPart[],
  { file: name, size }: { readonly file: string; readonly size: number },
  checksum: ExpectedChecksum | undefined,
): Promise<string> {
  const whole = await spool.create(size);
  try {
    const hasher = createCidHasher();
    let found = 0;
    for (const { file } of chosen) {
      for await (const bytes of createReadStream(spool.pathOf(file)) as AsyncIterable<Uint8Array>) {
        hasher.update(bytes);
        checksum?.running.update(bytes);
        found += bytes.length;
        await whole.append(bytes);
      }
    }
    if (found !== size) throw new S3Error("InternalError", "The parts on disk are not those that were acknowledged.");
    if (checksum !== undefined) confirmChecksum(checksum, new Map());
    await whole.keep(name);
    return cidToText(hasher.finish());
  } finally {
    await whole.close();
  }
}

interface WantedPart {
  readonly number: number;
  readonly etag: string;
  /** `algorithm value`. */
  readonly checksums: readonly string[];
}

function partsOf(root: XmlNode): WantedPart[] {
  const nodes = root.children.filter(({ name }) => name === "Part");
  if (root.name !== "CompleteMultipartUpload" || nodes.length === 0 || nodes.length > MAX_PARTS) {
    throw new S3Error("MalformedXML", `The body is a CompleteMultipartUpload of 1 to ${MAX_PARTS} parts.`);
  }
  return nodes.map((node) => ({
    number: numberOf(childText(node, "PartNumber")?.trim() ?? "", "PartNumber", 1, MAX_PARTS),
    etag: (childText(node, "ETag") ?? "").trim().replace(/^"(.*)"$/, "$1"),
    checksums: node.children
      .filter(({ name }) => name.startsWith("Checksum"))
      .map(({ name, text }) => `${name.slice("Checksum".length).toLowerCase()} ${text.trim()}`),
  }));
}

function choose(wanted: readonly WantedPart[], known: readonly UploadPart[], least: number): UploadPart[] {
  const byNumber = new Map(known.map((part) => [part.number, part]));
  if (wanted.some(({ number }, i) => i > 0 && wanted[i - 1]!.number >= number)) {
    throw new S3Error("InvalidPartOrder", "The parts have to be listed in the order of their numbers.");
  }
  return wanted.map(({ number, etag, checksums }, i) => {
    const part = byNumber.get(number);
    if (part === undefined || part.etag !== etag || !checksums.every((one) => one === part.checksum)) {
      throw new S3Error("InvalidPart", `Part ${number} was not uploaded, or is another one than is said here.`);
    }
    if (part.size < least && i < wanted.length - 1) {
      throw new S3Error("EntityTooSmall", `Part ${number} has ${part.size} bytes: all but the last need ${least}.`);
    }
    return part;
  });
}

function completed({ bucket, key }: Upload, etag: string): Answer {
  const Location = `/${bucket}/${key}`;
  return xmlAnswer(
    writeXml("CompleteMultipartUploadResult", { Location, Bucket: bucket, Key: key, ETag: `"${etag}"` }),
  );
}

function uploadOf(parts: GatewayParts, incoming: Incoming, { completed: done = false } = {}): Upload {
  const bucket = bucketOf(parts, incoming);
  const { request } = incoming;
  const upload = parts.uploads.find(request.param("uploadId") ?? "");
  const right = upload?.bucket === bucket && upload.key === request.key && (done || upload.etag === undefined);
  if (upload === undefined || !right) throw noSuchUpload();
  return upload;
}

function noSuchUpload(): S3Error {
  return new S3Error("NoSuchUpload", "There is no such upload: it was never begun, or is completed or aborted.");
}

function numberOf(text: string, name: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d{1,7}$/.test(text) && number >= least && number <= most) return number;
  throw new S3Error("InvalidArgument", `${name} must be a whole number from ${least} to ${most}.`);
}
