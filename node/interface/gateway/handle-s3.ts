// One request of an S3 client: who it is, what it asks for, the answer.

import { type Authenticated, authenticate, type Keys } from "./authenticate.ts";
import type { Answer, GatewayParts } from "./gateway-parts.ts";
import { routeOf } from "./route.ts";
import type { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";
import { writeXml } from "./xml.ts";

/** Throws an `S3Error`, or what failed inside. Nothing of the body is read before the signature holds. */
export async function handleS3(
  parts: GatewayParts,
  keys: Keys,
  { request, source }: { readonly request: S3Request; readonly source: () => AsyncIterable<Uint8Array> },
): Promise<Answer> {
  const { payload }: Authenticated = await authenticate(request, keys, parts.now());
  const meant = withHoisted(request);
  const run = routeOf(meant);
  return await run(parts, { request: meant, payload, source: source() });
}

/** A presigned request carries headers of S3's in its query, signed there like the rest; they count as headers. */
function withHoisted(request: S3Request): S3Request {
  if (request.param("X-Amz-Algorithm") === undefined) return request;
  const hoisted = request.query.filter(([name]) => name.startsWith("x-amz-"));
  const query = request.query.filter(([name]) => !name.startsWith("x-amz-"));
  return {
    ...request,
    query,
    headers: new Map([...hoisted, ...request.headers]),
    param: (name) => query.find(([known]) => known === name)?.[1],
  };
}

/** The failure as S3 writes it. */
export function errorAnswer(error: S3Error, { path }: { readonly path: string }, requestId: string): Answer {
  const body = { Code: error.s3Code, Message: error.message, Resource: path, RequestId: requestId };
  return {
    status: error.status,
    headers: { "content-type": "application/xml" },
    body: writeXml("Error", body, { namespace: false }),
  };
}
