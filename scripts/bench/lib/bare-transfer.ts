/**
 * A bare libp2p transfer: as many bytes, in pieces, eight of them under way, over libp2p as npm has it (TCP, Noise, Yamux), and
 * nothing done with them. What a put or get costs is compared with the client's side of this. Run as a child process.
 */
import type { Libp2p, Stream } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { lpStream } from "@libp2p/utils";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { MAX_OUTSTANDING } from "../../../node/network/frames.ts";
import { type Cost, reportOnce, startCounting } from "./measured-process.ts";

/** `push`: the measured side sends; `pull`: it receives. */
export type Direction = "push" | "pull";

export interface TransferTask {
  /** Multiaddr of a transfer server, with its peer id. */
  readonly server: string;
  readonly direction: Direction;
  readonly pieces: number;
  readonly pieceBytes: number;
}

const PROTOCOL = "/holdfast-bench/transfer/1";
/** A request for a piece, or the word that one came. */
const WORD = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function createHost(listen: readonly string[]): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen: [...listen] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
}

function framed(stream: Stream, pieceBytes: number) {
  return lpStream(stream, { maxDataLength: pieceBytes, maxBufferSize: (MAX_OUTSTANDING + 1) * (pieceBytes + 8) });
}

/** Answers every piece with a word and every word with a piece. */
export async function startTransferServer(pieceBytes: number): Promise<{ address: string; host: Libp2p }> {
  const host = await createHost(["/ip4/127.0.0.1/tcp/0"]);
  const piece = new Uint8Array(pieceBytes).fill(9);
  await host.handle(PROTOCOL, async (stream) => {
    const wire = framed(stream, pieceBytes);
    for (;;) {
      const came = await wire.read().catch(() => undefined);
      if (came === undefined) return await stream.close();
      await wire.write(came.byteLength === WORD.length ? piece : WORD);
    }
  });
  return { address: String(host.getMultiaddrs()[0]), host };
}

async function transfer({ server, direction, pieces, pieceBytes }: TransferTask): Promise<Cost> {
  const host = await createHost([]);
  const piece = new Uint8Array(pieceBytes).fill(7);
  const count = startCounting();
  const wire = framed(await host.dialProtocol(multiaddr(server), PROTOCOL), pieceBytes);
  const out = direction === "push" ? piece : WORD;
  const expected = direction === "push" ? WORD.length : pieceBytes;
  let asked = 0;
  for (; asked < Math.min(MAX_OUTSTANDING, pieces); asked++) await wire.write(out);
  for (let came = 0; came < pieces; came++) {
    const { byteLength } = await wire.read();
    if (byteLength !== expected) throw new Error(`${byteLength} bytes came instead of ${expected}`);
    if (asked++ < pieces) await wire.write(out);
  }
  const cost = count();
  await host.stop();
  return cost;
}

if (process.send !== undefined) reportOnce(transfer);
