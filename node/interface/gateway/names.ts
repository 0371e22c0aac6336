// Which buckets and keys there can be: S3's rules (docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).

import { utf8 } from "../../common/bytes.ts";
import { S3Error } from "./s3-error.ts";

/** The plain-HTTP path of public files begins with it. */
export const RESERVED_BUCKET = "cid";
export const MAX_KEY_BYTES = 1024;

/** Throws `InvalidBucketName`. */
export function checkBucketName(name: string): void {
  const wellFormed = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..");
  const address = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name);
  const special = /^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3)$/.test(name);
  if (wellFormed && !address && !special && name !== RESERVED_BUCKET) return;
  throw new S3Error(
    "InvalidBucketName",
    `A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens, is no address, and is not "${RESERVED_BUCKET}".`,
  );
}

/** Throws `KeyTooLongError`. */
export function checkKey(key: string): void {
  const { length } = utf8(key);
  if (length <= MAX_KEY_BYTES) return;
  throw new S3Error("KeyTooLongError", `A key has at most ${MAX_KEY_BYTES} bytes of UTF-8, this one has ${length}.`);
}

/** What the file is called in the client's own list: a name that ends in a slash would be a folder's. */
export function fileNameOf(bucket: string, key: string): string {
  const name = `${bucket}/${key}`.replace(/\/+$/, "");
  const bytes = utf8(name);
  if (bytes.length <= MAX_KEY_BYTES) return name;
  // Bucket and key together are longer than a header has room for: the end of the key tells files apart.
  return Buffer.from(bytes.subarray(bytes.length - MAX_KEY_BYTES))
    .toString("utf8")
    .replace(/^\ufffd+/, "");
}
