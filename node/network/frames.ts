/** Messages on a stream: CBOR, each behind its length as a varint. Nothing above this file sees a stream. */
import type { Stream } from "@libp2p/interface";
import { Uint8ArrayList } from "uint8arraylist";
import { HoldfastError } from "../common/errors.ts";
import { PIECE_BYTES } from "../data/layout.ts";
import { closedBy, frameHead, frameReader } from "./frame-reader.ts";
import { decodeMessage, encodeMessage, type Message } from "./message-codec.ts";

/** Requests that may wait for their answers on one stream. */
export const MAX_OUTSTANDING = 8;
/**
 * Pieces in a message. Whatever its size, a request costs its client an answer to wake up for, and window updates both ways.
 */
export const RUN_PIECES = 4;
/** One piece and the fields around it. */
export const MAX_MESSAGE_BYTES = PIECE_BYTES + 8192;

export interface Frames {
  /**
   * The next message; `undefined` when the peer has ended its side. `patient`: it may take up to twelve times as long while bytes
   * come, as a megabyte does on a slow line.
   */
  read(timeoutMs: number, how?: { patient?: boolean }): Promise<Message | undefined>;
  /**
   * Resolves when the peer's window has let all of the message through, so that no more than one waits here: one call at a time.
   * May take up to twelve times as long while the peer takes bytes.
   */
  write(message: Message, timeoutMs: number): Promise<void>;
  /** Ends this side; what was written is still delivered. */
  close(): Promise<void>;
  /** Drops the stream at once, both ways. */
  abort(reason: Error): void;
}

/** `maxBytes` bounds an incoming message, `outstanding` says how many may come unread. Reads throw `PEER_TIMEOUT`, `PEER_CLOSED` or `BAD_MESSAGE`. */
export function frames(stream: Stream, { maxBytes = MAX_MESSAGE_BYTES, outstanding = MAX_OUTSTANDING } = {}): Frames {
  // Memory per stream is bounded: a peer that sends more than a window of requests unasked is reset.
  const reader = frameReader(stream, maxBytes, (outstanding + 1) * (maxBytes + 8));
  return {
    async read(timeoutMs, { patient = false } = {}) {
      const bytes = await within(timeoutMs, reader.read(), patient ? () => reader.received : undefined);
      return bytes === undefined ? undefined : decodeMessage(bytes);
    },
    async write(message, timeoutMs) {
      try {
        // A peer that acknowledges what it has not read gets a spoilt connection: the piece's memory is gone by now.
        const encoded = encodeMessage(message);
        stream.send(new Uint8ArrayList(frameHead(encoded.byteLength), encoded));
      } catch (cause) {
        throw closedBy(cause);
      }
      // Not for the first sign of room: a peer may let a few bytes through at a time, and ask on after each.
      if (stream.writeBufferLength > 0) await within(timeoutMs, emptied(stream), () => stream.writeBufferLength);
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

/** Resolves when nothing that was written waits any more. */
function emptied(stream: Stream): Promise<void> {
  return new Promise((resolve, reject) => {
    // Dropped bytes wait no more either; the stream is closed then.
    const onIdle = () => {
      if (stream.status !== "aborted") done(resolve);
    };
    const onClose = ({ error }: { error?: Error }) => done(() => reject(closedBy(error)));
    const done = (settle: () => void) => {
      stream.removeEventListener("idle", onIdle);
      stream.removeEventListener("close", onClose);
      settle();
    };
    stream.addEventListener("idle", onIdle);
    stream.addEventListener("close", onClose);
  });
}

/** Longest time in timeouts for what makes progress: a peer that sends a byte now and then holds nobody up for ever. */
const MAX_EXTENSIONS = 11;

/** Throws `PEER_TIMEOUT` when `work` takes longer and `progress` stands still; an AbortSignal for each message costs more than a timer. */
function within<T>(timeoutMs: number, work: Promise<T>, progress?: () => number): Promise<T> {
  return new Promise((resolve, reject) => {
    let [seen, extensions] = [progress?.(), 0];
    const late = () => {
      const now = progress?.();
      if (now !== seen && extensions++ < MAX_EXTENSIONS) {
        seen = now;
        timer = setTimeout(late, timeoutMs).unref();
        return;
      }
      reject(
        new HoldfastError("PEER_TIMEOUT", `The peer did not answer within ${timeoutMs / 1000} s. Try again later.`),
      );
    };
    let timer = setTimeout(late, timeoutMs).unref();
    const settle = () => clearTimeout(timer);
    work.then(resolve, reject).then(settle, settle);
  });
}
