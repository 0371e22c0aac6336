/** The asking side of a protocol: requests on one stream, answers in the order of the requests. */
import { HoldfastError } from "../common/errors.ts";
import type { Dialer } from "./dialer.ts";
import { textOf } from "./fields.ts";
import { frames, MAX_OUTSTANDING } from "./frames.ts";
import type { Message } from "./message-codec.ts";
import { dialAddresses, type Peer } from "./peer.ts";

export interface CallOptions {
  /** Longest wait for an answer; default 20 s. */
  timeoutMs?: number;
  /** Requests that may wait for their answers; 8 unless told, and no more than the protocol's other side takes. */
  outstanding?: number;
  /** Longest answer, for a protocol that sends more than a piece. */
  maxAnswerBytes?: number;
}

export interface Call {
  /**
   * Sends a request and resolves to its answer. More requests at a time than may be outstanding wait for their turn.
   * Throws what the peer refused with (its code and sentence), `PEER_TIMEOUT`, `PEER_CLOSED` or `BAD_MESSAGE`; after
   * any of the last three the call is over and every other request on it fails too.
   */
  request(message: Message, timeoutMs?: number): Promise<Message>;
  /** Ends it in order; at once if an answer has not come, or not `whole`: the peer then knows that not all was of use. */
  close(whole?: boolean): Promise<void>;
}

interface Waiting {
  resolve(answer: Message): void;
  reject(error: HoldfastError): void;
  timeoutMs: number;
}

const DEFAULT_TIMEOUT_MS = 20_000;
const DIAL_TIMEOUT_MS = 10_000;

/** Dials `peer` and opens a stream. Throws `PEER_UNREACHABLE` or `PROTOCOL_UNSUPPORTED`. */
export async function openCall(host: Dialer, peer: Peer, protocol: string, options: CallOptions = {}): Promise<Call> {
  const defaultTimeout = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const { outstanding, maxAnswerBytes } = options;
  const stream = await dial(host, peer, protocol, Math.min(defaultTimeout, DIAL_TIMEOUT_MS));
  const wire = frames(stream, { outstanding, maxBytes: maxAnswerBytes });
  const waiting: Waiting[] = [];
  const queue: (() => void)[] = [];
  let free = outstanding ?? MAX_OUTSTANDING;
  let failure: HoldfastError | undefined;
  let reading = false;
  let writing: Promise<void> = Promise.resolve();

  function fail(error: HoldfastError): void {
    if (failure !== undefined) return;
    failure = withPeer(error, peer);
    wire.abort(failure);
    for (const { reject } of waiting.splice(0)) reject(failure);
    for (const go of queue.splice(0)) go();
  }

  async function readAnswers(): Promise<void> {
    reading = true;
    try {
      for (let head = waiting[0]; head !== undefined; head = waiting[0]) {
        const answer = await wire.read(head.timeoutMs, { patient: true });
        if (answer === undefined) {
          throw new HoldfastError(
            "PEER_CLOSED",
            "The peer ended the conversation before it answered. Try again later.",
          );
        }
        const refused = answer.t === "error" ? refusal(answer) : undefined;
        if (waiting[0] !== head) return;
        waiting.shift();
        if (refused === undefined) head.resolve(answer);
        else head.reject(withPeer(refused, peer));
      }
    } catch (error) {
      fail(
        error instanceof HoldfastError
          ? error
          : new HoldfastError("PEER_CLOSED", "The connection broke.", { cause: error }),
      );
    } finally {
      reading = false;
    }
  }

  async function take(): Promise<void> {
    if (free === 0) await new Promise<void>((resolve) => queue.push(resolve));
    else free--;
  }

  function give(): void {
    const next = queue.shift();
    if (next === undefined) free++;
    else next();
  }

  return {
    async request(message, timeoutMs = defaultTimeout) {
      await take();
      try {
        if (failure !== undefined) throw failure;
        const answer = new Promise<Message>((resolve, reject) => waiting.push({ resolve, reject, timeoutMs }));
        // Writes are chained: no more than one message waits in the stream.
        writing = writing.then(() => wire.write(message, timeoutMs)).catch(fail);
        if (!reading) void readAnswers();
        return await answer;
      } finally {
        give();
      }
    },
    async close(whole = true) {
      if (whole && waiting.length === 0) return await wire.close();
      fail(new HoldfastError("PEER_CLOSED", "The conversation was ended before the peer had answered."));
    },
  };
}

/** One request on a stream of its own. */
export async function ask(host: Dialer, peer: Peer, protocol: string, message: Message, options: CallOptions = {}) {
  const call = await openCall(host, peer, protocol, options);
  try {
    return await call.request(message);
  } finally {
    await call.close();
  }
}

async function dial(host: Dialer, peer: Peer, protocol: string, timeoutMs: number) {
  const addresses = dialAddresses(peer);
  try {
    return await host.dialProtocol(addresses, protocol, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    const details = { peerId: peer.peerId, addresses: peer.addresses, protocol };
    if (cause instanceof Error && cause.name === "UnsupportedProtocolError") {
      throw new HoldfastError("PROTOCOL_UNSUPPORTED", `Peer ${peer.peerId} does not speak ${protocol}.`, {
        details,
        cause,
      });
    }
    throw new HoldfastError(
      "PEER_UNREACHABLE",
      `Peer ${peer.peerId} cannot be reached at ${peer.addresses.join(", ")}. It may be offline; try again later.`,
      { details, cause },
    );
  }
}

/** The peer's own words, cut to a length and stripped of what could rewrite a terminal. */
function refusal(answer: Message): HoldfastError {
  const code = textOf(answer, "code", 64);
  const message = textOf(answer, "message", 1000).replace(/\p{C}/gu, " ").trim();
  if (!/^[A-Z][A-Z0-9_]*$/.test(code)) throw new HoldfastError("BAD_MESSAGE", "The peer refused without a code.");
  return new HoldfastError(code, message, { details: { refusedByPeer: true } });
}

function withPeer(error: HoldfastError, peer: Peer): HoldfastError {
  return new HoldfastError(error.code, error.message, {
    details: { ...error.details, peerId: peer.peerId },
    cause: error.cause,
  });
}
