// Reads a stream by lines and by counts of bytes; no more than a chunk of it is held.

import { concatBytes } from "../../common/bytes.ts";
import { S3Error } from "./s3-error.ts";

export interface ByteReader {
  /** Up to the next CRLF, without it; one character a byte. Throws `IncompleteBody`, `InvalidRequest` when it is longer than `most`. */
  line(most: number): Promise<string>;
  /** Exactly so many bytes, as they come. Throws `IncompleteBody`. */
  take(count: number): AsyncGenerator<Uint8Array>;
  /** Whether nothing is left. */
  atEnd(): Promise<boolean>;
}

export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();

  /** False at the end. */
  const more = async () => {
    const { done, value } = await chunks.next();
    if (done === true) return false;
    rest = rest.length === 0 ? value : concatBytes(rest, value);
    return true;
  };
  const incomplete = () => new S3Error("IncompleteBody", "The body ended before it was complete.");

  return {
    async line(most) {
      for (;;) {
        const end = rest.indexOf(10);
        if (end > most || (end < 0 && rest.length > most)) {
          throw new S3Error("InvalidRequest", "A line between the chunks of the body is too long.");
        }
        if (end >= 0) {
          const text = Buffer.from(rest.subarray(0, end)).toString("latin1");
          rest = rest.subarray(end + 1);
          if (text.endsWith("\r")) return text.slice(0, -1);
          throw new S3Error("InvalidRequest", "A line between the chunks of the body does not end in CRLF.");
        }
        if (!(await more())) throw incomplete();
      }
    },
    async *take(count) {
      for (let left = count; left > 0; ) {
        if (rest.length === 0 && !(await more())) throw incomplete();
        const bytes = rest.subarray(0, left);
        rest = rest.subarray(bytes.length);
        left -= bytes.length;
        yield bytes;
      }
    },
    async atEnd() {
      while (rest.length === 0) if (!(await more())) return true;
      return false;
    },
  };
}
