/** The answering side of a protocol: one session per stream, answers in the order of the requests, limits on everything. */
import type { Connection, Stream } from "@libp2p/interface";
import { HoldfastError } from "../common/errors.ts";
import { badMessage } from "./fields.ts";
import { type Frames, frames, MAX_OUTSTANDING } from "./frames.ts";
import type { Host } from "./host.ts";
import type { Message } from "./message-codec.ts";
import { Refusal } from "./refusal.ts";

export interface Session {
  /** The answer to one request. A Refusal becomes an error answer, and the conversation goes on. */
  answer(request: Message): Promise<Message>;
  /** The stream is gone; `ended`: its peer said that it has had all that it asked for. */
  close?(ended: boolean): void;
}

export interface ServeOptions {
  protocol: string;
  /** Longest request, bytes. */
  maxRequestBytes: number;
  /** Kinds of requests that may be worked on side by side; any other waits for those before it and holds up those after it. */
  sideBySide?: readonly string[];
  /** Requests of one stream that may be worked on or wait; 8 unless told. */
  outstanding?: number;
  /** Open streams of this protocol: from one peer, and from all. */
  maxStreamsPerPeer?: number;
  maxStreams?: number;
  /** A stream on which the peer asks nothing, or takes no answer, for so long is dropped. Default 60 s. */
  idleMs?: number;
  /** Told about failures that are the node's own fault; the peer learns only that something went wrong. */
  onError?: (error: unknown) => void;
}

/** Starts answering on `host`; `open` makes the session of a new stream. Returns what stops it. */
export async function serve(host: Host, options: ServeOptions, open: (peerId: string) => Session) {
  const { protocol, maxStreamsPerPeer = 8, maxStreams = 128 } = options;
  const perPeer = new Map<string, number>();
  let total = 0;

  async function onStream(stream: Stream, connection: Connection): Promise<void> {
    const peerId = connection.remotePeer.toString();
    const mine = perPeer.get(peerId) ?? 0;
    const wire = frames(stream, { maxBytes: options.maxRequestBytes, outstanding: options.outstanding });
    if (mine >= maxStreamsPerPeer || total >= maxStreams) {
      await refuse(wire, new Refusal("BUSY", "The provider has too many open conversations. Try again later."));
      return;
    }
    perPeer.set(peerId, mine + 1);
    total++;
    const session = open(peerId);
    let ended = false;
    try {
      ended = await converse(wire, session, options);
    } finally {
      session.close?.(ended);
      total--;
      const left = (perPeer.get(peerId) ?? 1) - 1;
      if (left === 0) perPeer.delete(peerId);
      else perPeer.set(peerId, left);
    }
  }

  // libp2p resets streams above its own limit without a word; ours, below it, can say why.
  await host.handle(protocol, onStream, { maxInboundStreams: 4 * maxStreamsPerPeer, maxOutboundStreams: 256 });
  return async () => await host.unhandle(protocol);
}

/** Whether the peer ended it. */
async function converse(wire: Frames, session: Session, options: ServeOptions): Promise<boolean> {
  const { idleMs = 60_000, outstanding = MAX_OUTSTANDING } = options;
  const sideBySide = new Set(options.sideBySide ?? []);
  let writing: Promise<void> = Promise.resolve();
  const working = new Set<Promise<unknown>>();
  try {
    for (;;) {
      const request = await wire.read(idleMs);
      if (request === undefined) break;
      const alone = !sideBySide.has(request.t);
      if (alone) await Promise.all(working);
      const answering = session.answer(request).catch((error: unknown) => errorAnswer(error, options.onError));
      // Reading on only after a place is free is what bounds the work that one peer can queue up.
      const written = Promise.all([answering, writing]).then(([answer]) => wire.write(answer, idleMs));
      writing = written;
      written.catch(() => undefined);
      const done: Promise<unknown> = written.finally(() => working.delete(done));
      done.catch(() => undefined);
      working.add(done);
      if (alone || working.size >= outstanding) await (alone ? done : Promise.race(working));
    }
    await writing;
    await wire.close();
    return true;
  } catch (error) {
    await refuse(wire, error);
    return false;
  }
}

/** Says what was wrong, if that still can be said, and drops the stream. */
async function refuse(wire: Frames, error: unknown): Promise<void> {
  if (isForPeer(error)) {
    await wire.write(errorAnswer(error), 5_000).catch(() => undefined);
    await wire.close();
  } else {
    wire.abort(error instanceof Error ? error : new Error(String(error)));
  }
}

function errorAnswer(error: unknown, onError?: (error: unknown) => void): Message {
  if (isForPeer(error)) return { t: "error", code: error.code, message: error.message.slice(0, 1000) };
  onError?.(error);
  return { t: "error", code: "INTERNAL", message: "The provider failed to answer; the fault is on its side." };
}

function isForPeer(error: unknown): error is HoldfastError {
  return error instanceof Refusal || (error instanceof HoldfastError && error.code === "BAD_MESSAGE");
}

/** The error answer for a request that this protocol does not know. */
export function unknownRequest(request: Message): HoldfastError {
  return badMessage(`This protocol has no request "${request.t}".`);
}
