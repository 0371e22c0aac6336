// Which operation a request asks for. A parameter or header that the operation does not know refuses the request: to ignore
// `?tagging` would make of a harmless DELETE one that deletes the object.

import * as buckets from "./bucket-operations.ts";
import type { Operation } from "./gateway-parts.ts";
import { listObjectsV1, listObjectsV2 } from "./list-operations.ts";
import { RESPONSE_OVERRIDES } from "./object-facts.ts";
import { getObject, headObject } from "./read-operations.ts";
import { notImplemented, S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";
import * as uploads from "./upload-operations.ts";
import { copyObject, deleteObject, deleteObjects, putObject } from "./write-operations.ts";

interface Route {
  readonly method: string;
  readonly level: "service" | "bucket" | "object";
  /** A parameter that must be there, perhaps with a value. */
  readonly needs?: string;
  readonly value?: string;
  /** Other parameters that it knows. */
  readonly params?: readonly string[];
  /** A header that must be there. */
  readonly header?: string;
  readonly run: Operation;
}

const LIST = ["prefix", "delimiter", "max-keys", "encoding-type"];

/** The first that fits. */
const ROUTES: readonly Route[] = [
  { method: "GET", level: "service", run: buckets.listBuckets },
  { method: "PUT", level: "bucket", run: buckets.createBucket },
  { method: "HEAD", level: "bucket", run: buckets.headBucket },
  { method: "DELETE", level: "bucket", run: buckets.deleteBucket },
  { method: "GET", level: "bucket", needs: "location", run: buckets.getBucketLocation },
  { method: "GET", level: "bucket", needs: "versioning", run: buckets.getBucketVersioning },
  {
    method: "GET",
    level: "bucket",
    needs: "uploads",
    params: ["prefix", "max-uploads"],
    run: uploads.listMultipartUploads,
  },
  {
    ...{ method: "GET", level: "bucket", needs: "list-type", value: "2" },
    params: [...LIST, "continuation-token", "start-after", "fetch-owner"],
    run: listObjectsV2,
  },
  { method: "GET", level: "bucket", params: [...LIST, "marker"], run: listObjectsV1 },
  { method: "POST", level: "bucket", needs: "delete", run: deleteObjects },
  { method: "POST", level: "object", needs: "uploads", run: uploads.createMultipartUpload },
  { method: "POST", level: "object", needs: "uploadId", run: uploads.completeMultipartUpload },
  {
    ...{ method: "GET", level: "object", needs: "uploadId", params: ["max-parts", "part-number-marker"] },
    run: uploads.listParts,
  },
  { method: "DELETE", level: "object", needs: "uploadId", run: uploads.abortMultipartUpload },
  { method: "PUT", level: "object", needs: "uploadId", params: ["partNumber"], run: uploads.uploadPart },
  { method: "PUT", level: "object", header: "x-amz-copy-source", run: copyObject },
  { method: "PUT", level: "object", run: putObject },
  { method: "GET", level: "object", params: RESPONSE_OVERRIDES, run: getObject },
  { method: "HEAD", level: "object", params: RESPONSE_OVERRIDES, run: headObject },
  { method: "DELETE", level: "object", run: deleteObject },
];

/** Said by clients for their own logs, or part of the signature. */
const SIGNATURE = /^(?:x-id|X-Amz-(?:Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Content-Sha256))$/;

/** Headers of S3's that are understood; the rest ask for what is not there. */
const HEADERS =
  /^x-amz-(?:date|content-sha256|decoded-content-length|trailer|sdk-checksum-algorithm|user-agent|request-payer|mp-object-size|checksum-.+|meta-.+)$/;
const COPY_HEADERS =
  /^x-amz-(?:copy-source(?:-if-(?:match|none-match|modified-since|unmodified-since))?|metadata-directive)$/;
/** Understood with this value only: what it asks for is how things are. */
const FIXED: ReadonlyMap<string, RegExp> = new Map([
  ["x-amz-storage-class", /^STANDARD$/],
  ["x-amz-acl", /^(?:private|bucket-owner-full-control)$/],
  ["x-amz-object-ownership", /^BucketOwnerEnforced$/],
  ["x-amz-bucket-object-lock-enabled", /^false$/i],
]);

/** Throws `NotImplemented` or `MethodNotAllowed`. */
export function routeOf(request: S3Request): Operation {
  const level = request.key !== undefined ? "object" : request.bucket !== undefined ? "bucket" : "service";
  const here = ROUTES.filter((route) => route.method === request.method && route.level === level);
  if (here.length === 0) throw new S3Error("MethodNotAllowed", `There is no ${request.method} of a ${level} here.`);
  const route = here.find((one) => {
    const value = one.needs === undefined ? undefined : request.param(one.needs);
    if (one.needs !== undefined && (value === undefined || value !== (one.value ?? value))) return false;
    return one.header === undefined || request.headers.has(one.header);
  });
  const known = new Set([route?.needs, ...(route?.params ?? [])]);
  const unknown = request.query.find(([name]) => !known.has(name) && !SIGNATURE.test(name));
  if (unknown !== undefined) throw notImplemented(`the parameter ${unknown[0]} for this request`);
  if (route === undefined) throw notImplemented("this operation");
  for (const [name, value] of request.headers) {
    if (!name.startsWith("x-amz-") || HEADERS.test(name) || FIXED.get(name)?.test(value) === true) continue;
    if (route.run === copyObject && COPY_HEADERS.test(name)) continue;
    throw notImplemented(`what the header ${name} asks for`);
  }
  return route.run;
}
