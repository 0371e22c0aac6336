// Buckets: names in the gateway's own index; nothing on the chain knows of them.

import { type Answer, bucketOf, type Operation, xmlAnswer } from "./gateway-parts.ts";
import { checkBucketName } from "./names.ts";
import { receiveText } from "./request-body.ts";
import { S3Error } from "./s3-error.ts";
import { parseXml, writeXml } from "./xml.ts";

const MAX_CONFIGURATION_BYTES = 4096;

/** Whose everything is: there is one. */
export const OWNER = { ID: "holdfast", DisplayName: "holdfast" };

export const listBuckets: Operation = ({ buckets }) => {
  const Bucket = buckets.list().map(({ name, createdAt }) => ({ Name: name, CreationDate: isoTime(createdAt) }));
  return xmlAnswer(writeXml("ListAllMyBucketsResult", { Owner: OWNER, Buckets: { Bucket } }));
};

export const createBucket: Operation = async ({ buckets, now }, incoming) => {
  const name = incoming.request.bucket ?? "";
  checkBucketName(name);
  // Where it should be is of no meaning here, but what is sent is checked like everything.
  const text = hasBody(incoming.request.headers) ? await receiveText(incoming, MAX_CONFIGURATION_BYTES) : "";
  if (text !== "" && parseXml(text).name !== "CreateBucketConfiguration") {
    throw new S3Error("MalformedXML", "The body of this request is a CreateBucketConfiguration or nothing.");
  }
  if (!buckets.add({ name, createdAt: now() })) {
    throw new S3Error("BucketAlreadyOwnedByYou", "This bucket is there already, and yours.");
  }
  return { status: 200, headers: { location: `/${name}` } };
};

export const headBucket: Operation = (parts, incoming) => {
  bucketOf(parts, incoming);
  return { status: 200, headers: { "x-amz-bucket-region": "us-east-1" } };
};

export const deleteBucket: Operation = ({ buckets }, { request }): Answer => {
  switch (buckets.remove(request.bucket ?? "")) {
    case "missing":
      throw new S3Error("NoSuchBucket", "There is no such bucket.");
    case "not empty":
      throw new S3Error("BucketNotEmpty", "The bucket has objects in it: delete those first.");
    case "removed":
      return { status: 204 };
  }
};

/** Any region will do in a signature; the empty one is S3's word for its first. */
export const getBucketLocation: Operation = (parts, incoming) => {
  bucketOf(parts, incoming);
  return xmlAnswer(writeXml("LocationConstraint", {}));
};

/** There are no versions; tools ask before they do anything else. */
export const getBucketVersioning: Operation = (parts, incoming) => {
  bucketOf(parts, incoming);
  return xmlAnswer(writeXml("VersioningConfiguration", {}));
};

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function hasBody(headers: ReadonlyMap<string, string>): boolean {
  return headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) > 0;
}
