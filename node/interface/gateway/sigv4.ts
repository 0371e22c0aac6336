// AWS Signature Version 4 (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html): the pure part.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export const ALGORITHM = "AWS4-HMAC-SHA256";

export interface Signable {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Each character one byte. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What a signature is of besides the text: `date/region/service/aws4_request`. */
export interface Scope {
  /** YYYYMMDD. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** One line per part, as both sides must write them. Each character is one byte. */
export function canonicalRequest(
  { method, path, query, headers }: Signable,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const pairs = query
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encodeUri(name), encodeUri(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return [
    method,
    path.split("/").map(encodeUri).join("/"),
    pairs.map(([name, value]) => `${name}=${value}`).join("&"),
    ...signedHeaders.map(
      (name) => `${name}:${(headers.get(name) ?? "").replace(/^[ \t]+|[ \t]+$/g, "").replace(/ +/g, " ")}`,
    ),
    "",
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}

/** `time` is YYYYMMDDTHHMMSSZ. */
export function stringToSign(time: string, scope: Scope, canonical: string): string {
  return [ALGORITHM, time, scopeText(scope), sha256Hex(Buffer.from(canonical, "latin1"))].join("\n");
}

export function scopeText({ date, region, service }: Scope): string {
  return `${date}/${region}/${service}/aws4_request`;
}

/** The key of a scope, derived from the secret. */
export function signingKey(secret: string, { date, region, service }: Scope): Uint8Array {
  const step = (key: string | Uint8Array, text: string) => createHmac("sha256", key).update(text).digest();
  return step(step(step(step(`AWS4${secret}`, date), region), service), "aws4_request");
}

/** Hex. */
export function sign(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}

/** Takes the same time wherever they differ. */
export function sameSignature(expected: string, found: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(found)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** RFC 3986: everything but letters, digits and `-._~` is encoded. */
export function encodeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
