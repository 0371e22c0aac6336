/**
 * Messages on a stream: CBOR, each behind its length as a varint. Nothing above this file sees a stream.
 *
 * Only `lpStream` touches the stream (`onDrain` works once, `for await` has no backpressure): memory per
 * stream is bounded by its buffer, and a peer that sends more than a window of requests unasked is reset.
 */
import type { Stream } from "@libp2p/interface";
import { lpStream } from "@libp2p/utils";
import { HoldfastError } from "../common/errors.ts";
import { PIECE_BYTES } from "../data/layout.ts";
import { decodeMessage, encodeMessage, type Message } from "./message-codec.ts";

/** Requests that may wait for their answers on one stream. */
export const MAX_OUTSTANDING = 8;
/** One piece and the fields around it. */
export const MAX_MESSAGE_BYTES = PIECE_BYTES + 8192;

export interface Frames {
  /** The next message; `undefined` when the peer has ended its side. */
  read(timeoutMs: number): Promise<Message | undefined>;
  write(message: Message, timeoutMs: number): Promise<void>;
  /** Ends this side; what was written is still delivered. */
  close(): Promise<void>;
  /** Drops the stream at once, both ways. */
  abort(reason: Error): void;
}

/** `maxBytes` bounds an incoming message. Reads throw `PEER_TIMEOUT`, `PEER_CLOSED` or `BAD_MESSAGE`. */
export function frames(stream: Stream, maxBytes: number = MAX_MESSAGE_BYTES): Frames {
  const lp = lpStream(stream, { maxDataLength: maxBytes, maxBufferSize: (MAX_OUTSTANDING + 1) * (maxBytes + 8) });
  return {
    async read(timeoutMs) {
      let bytes: Uint8Array;
      try {
        bytes = (await lp.read({ signal: AbortSignal.timeout(timeoutMs) })).subarray();
      } catch (cause) {
        if (cause instanceof Error && cause.name === "UnexpectedEOFError") return undefined;
        throw streamError(cause, timeoutMs);
      }
      return decodeMessage(bytes);
    },
    async write(message, timeoutMs) {
      try {
        await lp.write(encodeMessage(message), { signal: AbortSignal.timeout(timeoutMs) });
      } catch (cause) {
        throw streamError(cause, timeoutMs);
      }
    },
    async close() {
      try {
        await stream.close({ signal: AbortSignal.timeout(5_000) });
      } catch (cause) {
        stream.abort(cause instanceof Error ? cause : new Error(String(cause)));
      }
    },
    abort: (reason) => stream.abort(reason),
  };
}

function streamError(cause: unknown, timeoutMs: number): HoldfastError {
  const name = cause instanceof Error ? cause.name : "";
  if (name === "TimeoutError" || name === "AbortError") {
    return new HoldfastError("PEER_TIMEOUT", `The peer did not answer within ${timeoutMs / 1000} s. Try again later.`, {
      cause,
    });
  }
  if (/^Invalid(DataLength|MessageLength|DataLengthLength)Error$/.test(name)) {
    return new HoldfastError("BAD_MESSAGE", "The peer announced a message of a length that is not allowed.", { cause });
  }
  return new HoldfastError(
    "PEER_CLOSED",
    "The peer closed the connection before it answered; it may be at a limit. Try again later.",
    { cause },
  );
}
