/**
 * TCP that hands the kernel messages whole, and together those of one turn of the event loop. libp2p writes every part of one
 * (Noise's lengths and tags, Yamux's header, the bytes) by a call of its own: four or more packets for 64 KB, and the peer wakes
 * for each of them.
 */
import type { Socket } from "node:net";
import type { MultiaddrConnection, Transport, Upgrader } from "@libp2p/interface";
import { type TCPComponents, type TCPOptions, tcp } from "@libp2p/tcp";
import type { Uint8ArrayList } from "uint8arraylist";

/** So much is not held back for what may come after it; below the socket's own 64 KiB, at which it would report a queue. */
const FLUSH_BYTES = 16_384;

/** As libp2p's `tcp`, with fewer and larger writes; peers notice nothing else. */
export function tcpInWholeWrites(options: TCPOptions): (components: TCPComponents) => Transport {
  const create = tcp(options);
  return (components) => {
    const transport = create(components);
    const dial = transport.dial.bind(transport);
    const listen = transport.createListener.bind(transport);
    return Object.assign(transport, {
      dial: ((address, how) => dial(address, { ...how, upgrader: gathering(how.upgrader) })) satisfies typeof dial,
      createListener: ((how) => listen({ ...how, upgrader: gathering(how.upgrader) })) satisfies typeof listen,
    });
  };
}

/** What a transport asks of it, and every connection gathers its writes from the first byte on. */
function gathering(upgrader: Upgrader): Upgrader {
  return {
    upgradeOutbound: (connection: MultiaddrConnection, how) => upgrader.upgradeOutbound(gather(connection), how),
    upgradeInbound: (connection: MultiaddrConnection, how) => upgrader.upgradeInbound(gather(connection), how),
    createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
  };
}

/** What libp2p's TCP connection is besides its interface. */
interface SocketConnection extends MultiaddrConnection {
  readonly socket: Socket;
  sendData(parts: Uint8ArrayList): { sentBytes: number; canSendMore: boolean };
}

function gather(connection: MultiaddrConnection): MultiaddrConnection {
  const own = connection as SocketConnection;
  const { socket } = own;
  let flushing: NodeJS.Immediate | undefined;
  const flush = () => {
    clearImmediate(flushing);
    flushing = undefined;
    socket.uncork();
  };
  own.sendData = (parts) => {
    if (flushing === undefined) {
      socket.cork();
      flushing = setImmediate(flush);
    }
    for (const part of parts) socket.write(part);
    if (socket.writableLength >= FLUSH_BYTES) flush();
    // What a corked socket was given counts as waiting until it is let go; what is left then really waits.
    return { sentBytes: parts.byteLength, canSendMore: socket.writableLength === 0 || !socket.writableNeedDrain };
  };
  return connection;
}
