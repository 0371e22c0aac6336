/**
 * Frames off a stream: each a varint length and as many bytes. A piece comes in some ten packets; its reader is woken once, for
 * the whole frame, and nothing is thrown for a length of which only the first byte has come.
 */
import type { Stream } from "@libp2p/interface";
import { varint } from "multiformats";
import { HoldfastError } from "../common/errors.ts";
import { LARGE_BYTES } from "./message-codec.ts";
import { type WaitingBytes, waitingBytes } from "./waiting-bytes.ts";

/** Of a length: up to 2^28 - 1. */
const MAX_LENGTH_BYTES = 4;

export interface FrameReader {
  /**
   * The next frame, `undefined` when the peer has ended its side in order; one of {@link LARGE_BYTES} or more has its memory to itself.
   * One call at a time. Throws `BAD_MESSAGE`, or `PEER_CLOSED` when the stream or its connection broke.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Bytes that came so far. */
  readonly received: number;
}

/**
 * Reads from now on; nobody else may. A frame has `maxBytes` at most, and a peer that sends more than `maxBuffered` bytes nobody
 * has asked for is reset: there is no other backpressure.
 */
export function frameReader(stream: Stream, maxBytes: number, maxBuffered: number): FrameReader {
  const buffer = waitingBytes(maxBuffered);
  /** Fewer bytes than that hold no frame. */
  let needed = 1;
  let received = 0;
  let ended = stream.readableEnded;
  /** The peer has said that nothing more comes; a connection that goes away ends all of its streams without that word. */
  let orderly = stream.remoteWriteStatus === "closed";
  let failure: HoldfastError | undefined;
  let waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;

  function next(): Uint8Array | undefined {
    if (failure !== undefined || buffer.byteLength < needed) return undefined;
    const length = lengthOf(buffer);
    if (length === undefined) {
      needed = buffer.byteLength + 1;
      return undefined;
    }
    if (length.value > maxBytes) throw tooLong();
    needed = length.bytes + length.value;
    if (buffer.byteLength < needed) return undefined;
    const frame = buffer.take(length.bytes, needed);
    needed = 1;
    // Its reader may give the memory of a large one back, with whatever else is in it.
    return frame.length >= LARGE_BYTES && frame.length < frame.buffer.byteLength ? frame.slice() : frame;
  }

  function serve(): void {
    if (waiting === undefined) return;
    const { resolve, reject } = waiting;
    try {
      const frame = next();
      if (frame === undefined && failure === undefined && !ended) return;
      waiting = undefined;
      if (frame === undefined && !orderly) failure ??= closedBy(new Error("the connection was lost"));
      if (frame === undefined && failure !== undefined) reject(failure);
      else resolve(frame);
    } catch (cause) {
      waiting = undefined;
      failure = cause as HoldfastError;
      reject(failure);
    }
  }

  stream.addEventListener("message", ({ data }) => {
    if (failure !== undefined) return;
    received += data.byteLength;
    if (buffer.byteLength + data.byteLength > maxBuffered) {
      failure = closedBy(new Error(`${buffer.byteLength + data.byteLength} bytes came unasked`));
      buffer.clear();
      queueMicrotask(() => stream.abort(failure!)); // this event is others' too
    } else buffer.append(data);
    if (failure !== undefined || buffer.byteLength >= needed) serve();
  });
  stream.addEventListener("remoteCloseWrite", () => {
    orderly = true;
  });
  stream.addEventListener("end", () => {
    ended = true;
    serve();
  });
  stream.addEventListener("close", ({ error }) => {
    // What came before is still good.
    if (error !== undefined && buffer.byteLength < needed) failure ??= closedBy(error);
    ended = true;
    serve();
  });
  return {
    get received() {
      return received;
    },
    read() {
      waiting = Promise.withResolvers();
      const { promise } = waiting;
      serve();
      return promise;
    },
  };
}

/** A frame's length and how many bytes say so; `undefined` when they have not all come. */
function lengthOf(buffer: WaitingBytes): { value: number; bytes: number } | undefined {
  let value = 0;
  for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
    if (i === buffer.byteLength) return undefined;
    const byte = buffer.get(i);
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return { value, bytes: i + 1 };
  }
  throw tooLong();
}

/** The bytes before a frame of `length` bytes. */
export function frameHead(length: number): Uint8Array {
  return varint.encodeTo(length, new Uint8Array(varint.encodingLength(length)));
}

function tooLong(): HoldfastError {
  return new HoldfastError("BAD_MESSAGE", "The peer announced a message of a length that is not allowed.");
}

/** What a call says when its peer is gone. */
export function closedBy(cause: unknown): HoldfastError {
  return new HoldfastError(
    "PEER_CLOSED",
    "The peer closed the connection before it answered; it may be at a limit. Try again later.",
    { cause },
  );
}
