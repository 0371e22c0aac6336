// Signed requests by hand, from the gateway's own signer: links that give an object to whoever has them, and headers for bodies
// that the official client would never send.

import {
  ALGORITHM,
  canonicalRequest,
  type Scope,
  scopeText,
  sha256Hex,
  sign,
  signingKey,
  stringToSign,
} from "../../../node/interface/gateway/sigv4.ts";

export interface TestKey {
  readonly accessKey: string;
  readonly secret: string;
}

export interface LinkOptions {
  /** Seconds. */
  readonly expires: number;
  /** Milliseconds. */
  readonly now: number;
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** What S3's own presigner makes. */
export function presign(
  url: string,
  key: TestKey,
  { expires, now, method = "GET", query: more = {} }: LinkOptions,
): string {
  const { host, pathname, origin } = new URL(url);
  const { time, scope } = momentOf(now);
  const query = Object.entries({
    ...more,
    "X-Amz-Algorithm": ALGORITHM,
    "X-Amz-Credential": `${key.accessKey}/${scopeText(scope)}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(expires),
    "X-Amz-SignedHeaders": "host",
  });
  const signable = { method, path: decodeURIComponent(pathname), query, headers: new Map([["host", host]]) };
  const text = stringToSign(time, scope, canonicalRequest(signable, ["host"], "UNSIGNED-PAYLOAD"));
  const signature = sign(signingKey(key.secret, scope), text);
  return `${origin}${pathname}?${new URLSearchParams([...query, ["X-Amz-Signature", signature]])}`;
}

export interface SignedHeaders {
  readonly headers: Record<string, string>;
  /** Signs the chunks that follow: bytes to an encoded chunk; the last one has none. */
  readonly chunk: (bytes: string) => string;
}

/** Headers of a request whose body `payload` describes: a hash, or one of S3's words. */
export function signHeaders(
  method: string,
  url: string,
  key: TestKey,
  { payload, now, more = {} }: { payload: string; now: number; more?: Record<string, string> },
): SignedHeaders {
  const { host, pathname } = new URL(url);
  const { time, scope } = momentOf(now);
  const headers: Record<string, string> = { host, "x-amz-content-sha256": payload, "x-amz-date": time, ...more };
  const names = Object.keys(headers).sort();
  const path = decodeURIComponent(pathname);
  const canonical = canonicalRequest(
    { method, path, query: [], headers: new Map(Object.entries(headers)) },
    names,
    payload,
  );
  const secretKey = signingKey(key.secret, scope);
  let previous = sign(secretKey, stringToSign(time, scope, canonical));
  const credential = `${key.accessKey}/${scopeText(scope)}`;
  headers.authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${previous}`;
  return {
    headers,
    chunk(bytes) {
      const hashes = [previous, sha256Hex(new Uint8Array()), sha256Hex(Buffer.from(bytes, "latin1"))];
      previous = sign(secretKey, ["AWS4-HMAC-SHA256-PAYLOAD", time, scopeText(scope), ...hashes].join("\n"));
      return `${bytes.length.toString(16)};chunk-signature=${previous}\r\n${bytes}\r\n`;
    },
  };
}

function momentOf(now: number): { time: string; scope: Scope } {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  return { time, scope: { date: time.slice(0, 8), region: "us-east-1", service: "s3" } };
}
