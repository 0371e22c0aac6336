/**
 * Yamux that holds no more of a frame than its stream's window allows, and holds it in few parts. libp2p's looks at the window when
 * it has the whole frame: a peer that announces 4 GiB fills the memory of a host that it has asked for nothing yet.
 */
import type { StreamMuxer, StreamMuxerFactory } from "@libp2p/interface";
import { yamux } from "@libp2p/yamux";
import type { Uint8ArrayList } from "uint8arraylist";
import { partJoiner } from "./waiting-bytes.ts";

const HEADER_BYTES = 12;
const SYN = 1;
/** What a stream begins with, by the specification of Yamux. */
const FIRST_WINDOW_BYTES = 256 * 1024;
/** What libp2p lets a stream's window grow to. A stream that was closed here may have as much still coming. */
const MAX_WINDOW_BYTES = 16 * 1024 * 1024;

/** What libp2p's muxer is besides its interface. */
interface YamuxMuxer extends StreamMuxer {
  /** Bytes of a data frame that has not all come, header first; or fewer than a header. */
  readonly decoder: { buffer: Uint8ArrayList };
  readonly streams: (StreamMuxer["streams"][number] & {
    readonly streamId: number;
    /** What the peer may still send. */
    readonly recvWindowCapacity: number;
  })[];
  /** What it throws ends the connection. */
  onData(data: Uint8Array | Uint8ArrayList): void;
}

export function boundedYamux(): () => StreamMuxerFactory {
  const create = yamux();
  return () => {
    const factory: StreamMuxerFactory = create();
    const createMuxer = factory.createStreamMuxer.bind(factory);
    const createStreamMuxer: typeof createMuxer = (connection) => bounded(createMuxer(connection) as YamuxMuxer);
    return Object.assign(factory, { createStreamMuxer });
  };
}

function bounded(muxer: YamuxMuxer): StreamMuxer {
  const onData = muxer.onData.bind(muxer);
  const inFewParts = partJoiner(MAX_WINDOW_BYTES);
  muxer.onData = (data) => {
    onData(data);
    const { decoder } = muxer;
    if (decoder.buffer.byteLength >= HEADER_BYTES) checkLength(muxer, decoder.buffer.subarray(0, HEADER_BYTES));
    decoder.buffer = inFewParts(decoder.buffer, data);
  };
  return muxer;
}

function checkLength({ streams }: YamuxMuxer, { buffer, byteOffset }: Uint8Array): void {
  const header = new DataView(buffer, byteOffset, HEADER_BYTES);
  const [flags, streamId, length] = [header.getUint16(2), header.getUint32(4), header.getUint32(8)];
  const stream = streams.find((other) => other.streamId === streamId);
  const fresh = (flags & SYN) !== 0 ? FIRST_WINDOW_BYTES : MAX_WINDOW_BYTES;
  const most = stream?.recvWindowCapacity ?? fresh;
  if (length > most) throw new Error(`a frame of ${length} bytes was announced where ${most} may come`);
}
