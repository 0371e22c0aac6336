// A link that gives an object to whoever has it: what S3's own presigner makes, from the gateway's signer.

import {
  ALGORITHM,
  canonicalRequest,
  scopeText,
  sign,
  signingKey,
  stringToSign,
} from "../../../node/interface/gateway/sigv4.ts";

export interface LinkOptions {
  /** Seconds. */
  readonly expires: number;
  /** Milliseconds. */
  readonly now: number;
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
}

export function presign(
  url: string,
  key: { readonly accessKey: string; readonly secret: string },
  { expires, now, method = "GET", query: more = {} }: LinkOptions,
): string {
  const { host, pathname, origin } = new URL(url);
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = { date: time.slice(0, 8), region: "us-east-1", service: "s3" };
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
