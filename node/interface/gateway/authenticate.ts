// Who sent a request, by its signature: in the Authorization header or, for a link that was made to be given away, in the query.

import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";
import { ALGORITHM, canonicalRequest, type Scope, sameSignature, sign, signingKey, stringToSign } from "./sigv4.ts";

/** How far a client's clock may be from ours. */
const MAX_SKEW_MS = 15 * 60_000;
/** Of a presigned request; seconds. */
const MAX_EXPIRES = 7 * 24 * 3600;

/** What signs the chunks of a body after the request itself. */
export interface ChunkSigning {
  readonly key: Uint8Array;
  readonly time: string;
  readonly scope: Scope;
  /** Of the request. */
  readonly seed: string;
}

/** How the body's bytes are vouched for. */
export type Payload =
  | { readonly kind: "hash"; readonly sha256: string }
  | { readonly kind: "unsigned" }
  | { readonly kind: "chunks"; readonly signing?: ChunkSigning; readonly trailer: boolean };

export interface Authenticated {
  readonly accessKey: string;
  readonly payload: Payload;
}

export interface Keys {
  /** The secret of an access key, or undefined. */
  secretOf(accessKey: string): Promise<string | undefined>;
}

interface Claim {
  readonly accessKey: string;
  readonly scope: Scope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly time: string;
  readonly payloadHash: string;
}

/** Throws an `S3Error` unless the request is signed with a known key, now. */
export async function authenticate(request: S3Request, keys: Keys, now: number): Promise<Authenticated> {
  const presigned = request.param("X-Amz-Algorithm") !== undefined;
  const header = request.headers.get("authorization");
  if (presigned && header !== undefined) {
    throw new S3Error("InvalidArgument", "A request is signed in its header or in its query, not in both.");
  }
  if (request.headers.has("x-amz-security-token") || request.param("X-Amz-Security-Token") !== undefined) {
    throw new S3Error("InvalidToken", "This gateway has no temporary keys: leave the session token out.");
  }
  const claim = presigned ? claimOfQuery(request, now) : claimOfHeader(request, header, now);
  checkSignedHeaders(request, claim.signedHeaders);
  const secret = await keys.secretOf(claim.accessKey);
  if (secret === undefined) {
    throw new S3Error("InvalidAccessKeyId", "This gateway knows no such access key; see `holdfast gateway key`.");
  }
  const key = signingKey(secret, claim.scope);
  const canonical = canonicalRequest(request, claim.signedHeaders, claim.payloadHash);
  if (!sameSignature(sign(key, stringToSign(claim.time, claim.scope, canonical)), claim.signature)) {
    throw new S3Error("SignatureDoesNotMatch", "The signature is not the one of this request under this access key.");
  }
  const { accessKey, time, scope, signature: seed } = claim;
  return { accessKey, payload: payloadOf(claim.payloadHash, { key, time, scope, seed }) };
}

const HEADER =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9]+)\/aws4_request *, *SignedHeaders=([a-z0-9;._-]+) *, *Signature=([0-9a-f]{64})$/;

function claimOfHeader({ headers }: S3Request, header: string | undefined, now: number): Claim {
  if (header === undefined) throw new S3Error("AccessDenied", "Requests have to be signed with an access key.");
  const match = HEADER.exec(header.trim());
  if (match === null) {
    throw new S3Error("AuthorizationHeaderMalformed", `The Authorization header must be of ${ALGORITHM}, complete.`);
  }
  const [, accessKey, date, region, service, signedHeaders, signature] = match as unknown as string[];
  const time = headers.get("x-amz-date") ?? "";
  const at = timeOf(time);
  if (at === undefined) throw new S3Error("AccessDenied", "A signed request needs an x-amz-date header.");
  if (Math.abs(at - now) > MAX_SKEW_MS) {
    throw new S3Error(
      "RequestTimeTooSkewed",
      "The request's time and this machine's differ by more than 15 minutes: set the clock.",
    );
  }
  const payloadHash = headers.get("x-amz-content-sha256");
  if (payloadHash === undefined) {
    throw new S3Error("InvalidRequest", "A signed request needs an x-amz-content-sha256 header.");
  }
  const scope = scopeOf({ date: date!, region: region!, service: service! }, time, "AuthorizationHeaderMalformed");
  return {
    accessKey: accessKey!,
    scope,
    signedHeaders: signedHeaders!.split(";"),
    signature: signature!,
    time,
    payloadHash,
  };
}

function claimOfQuery({ param, headers }: S3Request, now: number): Claim {
  const malformed = (what: string) =>
    new S3Error("AuthorizationQueryParametersError", `The signature in the query is not usable: ${what}.`);
  if (param("X-Amz-Algorithm") !== ALGORITHM) throw malformed(`X-Amz-Algorithm must be ${ALGORITHM}`);
  const credential = /^([^/]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9]+)\/aws4_request$/.exec(
    param("X-Amz-Credential") ?? "",
  );
  if (credential === null) throw malformed("X-Amz-Credential is incomplete");
  const time = param("X-Amz-Date") ?? "";
  const at = timeOf(time);
  if (at === undefined) throw malformed("X-Amz-Date must be like 20260131T235959Z");
  const expires = param("X-Amz-Expires") ?? "";
  if (!/^\d{1,6}$/.test(expires) || Number(expires) < 1 || Number(expires) > MAX_EXPIRES) {
    throw malformed(`X-Amz-Expires must be 1 to ${MAX_EXPIRES} seconds`);
  }
  if (at > now + MAX_SKEW_MS) throw new S3Error("AccessDenied", "The request is not yet valid: set the clock.");
  if (at + 1000 * Number(expires) < now) throw new S3Error("AccessDenied", "Request has expired");
  const signedHeaders = param("X-Amz-SignedHeaders") ?? "";
  const signature = param("X-Amz-Signature") ?? "";
  if (!/^[a-z0-9;._-]+$/.test(signedHeaders)) throw malformed("X-Amz-SignedHeaders is missing");
  if (!/^[0-9a-f]{64}$/.test(signature)) throw malformed("X-Amz-Signature must be 64 hex digits");
  const [, accessKey, date, region, service] = credential as unknown as string[];
  const scope = scopeOf({ date: date!, region: region!, service: service! }, time, "AuthorizationQueryParametersError");
  const payloadHash = param("X-Amz-Content-Sha256") ?? headers.get("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD";
  return { accessKey: accessKey!, scope, signedHeaders: signedHeaders.split(";"), signature, time, payloadHash };
}

function scopeOf(
  scope: Scope,
  time: string,
  code: "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError",
): Scope {
  if (scope.service === "s3" && time.startsWith(scope.date)) return scope;
  throw new S3Error(code, "The credential must be of the service s3 and of the day of the request.");
}

/** Whatever could change what is done is signed: else who relays a request could add a header to it. */
function checkSignedHeaders({ headers }: S3Request, signed: readonly string[]): void {
  const unsigned = [...headers.keys()].filter(
    (name) => (name === "host" || name === "content-md5" || name.startsWith("x-amz-")) && !signed.includes(name),
  );
  if (unsigned.length > 0 || !signed.includes("host")) {
    throw new S3Error("AccessDenied", `There were headers present in the request which were not signed: ${unsigned}`);
  }
}

function payloadOf(text: string, signing: ChunkSigning): Payload {
  switch (text) {
    case "UNSIGNED-PAYLOAD":
      return { kind: "unsigned" };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
      return { kind: "chunks", signing, trailer: false };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
      return { kind: "chunks", signing, trailer: true };
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      return { kind: "chunks", trailer: true };
  }
  if (/^[0-9a-f]{64}$/.test(text)) return { kind: "hash", sha256: text };
  throw new S3Error("InvalidRequest", "x-amz-content-sha256 must be a SHA-256 in hex or one of S3's words for a body.");
}

/** Milliseconds of `20260131T235959Z`; undefined for anything else. */
function timeOf(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
}
