// The body encoding `aws-chunked`: chunks that carry a signature each, or none, and after the last one perhaps a trailer
// with a checksum (docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html, sigv4-streaming-trailers.html).

import { createHash } from "node:crypto";
import type { ChunkSigning } from "./authenticate.ts";
import { type ByteReader, createByteReader } from "./byte-reader.ts";
import { S3Error } from "./s3-error.ts";
import { sameSignature, scopeText, sha256Hex, sign } from "./sigv4.ts";

const EMPTY_SHA256 = sha256Hex(new Uint8Array());
/** Longest line: a length, and a signature of 64 digits with its name. */
const MAX_LINE = 256;
const MAX_TRAILER_BYTES = 4096;

export interface ChunkedBody {
  /** The bytes without the encoding. A chunk is given out before its signature is known: nothing counts until the end. */
  data(): AsyncGenerator<Uint8Array>;
  /** What came after the last chunk, by lower-case name; once `data` has ended. */
  trailer(): ReadonlyMap<string, string>;
}

/** Without `signing` the chunks have no signatures. `data` throws an `S3Error` for the first chunk that is not right. */
export function decodeChunked(
  source: AsyncIterable<Uint8Array>,
  { signing, trailer: expectsTrailer }: { signing?: ChunkSigning | undefined; trailer: boolean },
): ChunkedBody {
  const reader = createByteReader(source);
  const trailer = new Map<string, string>();
  let previous = signing?.seed ?? "";

  async function* data(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { size, signature } = readChunkHead(await reader.line(MAX_LINE), signing !== undefined);
      const hash = createHash("sha256");
      for await (const bytes of reader.take(size)) {
        if (signing !== undefined) hash.update(bytes);
        yield bytes;
      }
      if (signing !== undefined) {
        const { key, time, scope } = signing;
        const hashes = [previous, EMPTY_SHA256, hash.digest("hex")];
        const text = ["AWS4-HMAC-SHA256-PAYLOAD", time, scopeText(scope), ...hashes].join("\n");
        previous = checked(sign(key, text), signature);
      }
      if (size === 0) break;
      if ((await reader.line(MAX_LINE)) !== "") throw malformed("a chunk is longer than it says");
    }
    if (expectsTrailer) await readTrailer(reader, trailer);
    else if (!(await reader.atEnd()) && (await reader.line(MAX_LINE)) !== "")
      throw malformed("bytes follow the last chunk");
    if (!(await reader.atEnd())) throw malformed("bytes follow its end");
    if (expectsTrailer && signing !== undefined) checkTrailer(signing, trailer, previous);
  }

  return { data, trailer: () => trailer };
}

function readChunkHead(line: string, signed: boolean): { size: number; signature: string } {
  const match = /^([0-9a-fA-F]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (match === null || signed !== (match[2] !== undefined)) throw malformed("a chunk's first line is wrong");
  return { size: Number.parseInt(match[1]!, 16), signature: match[2] ?? "" };
}

async function readTrailer(reader: ByteReader, trailer: Map<string, string>): Promise<void> {
  let bytes = 0;
  // Clients differ in whether an empty line closes it.
  while (!(await reader.atEnd())) {
    const line = await reader.line(MAX_TRAILER_BYTES);
    if (line === "") continue;
    bytes += line.length;
    const match = /^([A-Za-z0-9-]+):(.*)$/.exec(line);
    const name = match?.[1]?.toLowerCase() ?? "";
    if (match === null || bytes > MAX_TRAILER_BYTES || trailer.has(name)) throw malformed("its trailer is wrong");
    trailer.set(name, match[2]!.trim());
  }
}

/** The signature over the other lines of the trailer, each ended by a newline. */
function checkTrailer({ key, time, scope }: ChunkSigning, trailer: Map<string, string>, previous: string): void {
  const found = trailer.get("x-amz-trailer-signature") ?? "";
  trailer.delete("x-amz-trailer-signature");
  const lines = [...trailer].map(([name, value]) => `${name}:${value}\n`).join("");
  const hash = sha256Hex(Buffer.from(lines, "latin1"));
  checked(sign(key, ["AWS4-HMAC-SHA256-TRAILER", time, scopeText(scope), previous, hash].join("\n")), found);
}

function checked(expected: string, found: string): string {
  if (sameSignature(expected, found)) return found;
  throw new S3Error("SignatureDoesNotMatch", "The signature of a chunk of the body is not the one of its bytes.");
}

function malformed(what: string): S3Error {
  return new S3Error("InvalidRequest", `The body is not well encoded as aws-chunked: ${what}.`);
}
