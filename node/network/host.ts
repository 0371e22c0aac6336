/**
 * The libp2p host: TCP, Noise and Yamux, loopback unless told otherwise.
 *
 * The peer key is derived from the wallet's key, so that losing a data folder does not lose the peer id that is
 * registered on chain, and so that one secret is enough to back up.
 */
import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import type { Libp2p } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { createLibp2p } from "libp2p";
import { expectLength, utf8 } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { boundedYamux } from "./bounded-yamux.ts";
import { noiseCrypto } from "./noise-crypto.ts";
import { tcpInWholeWrites } from "./whole-writes.ts";

export type Host = Libp2p;

export interface HostOptions {
  /** The wallet's 32-byte private key. */
  privateKey: Uint8Array;
  /** Multiaddr to listen on, e.g. `/ip4/127.0.0.1/tcp/4001`; without one the host only dials. */
  listen?: string;
  /** Open connections, in and out together. */
  maxConnections?: number;
}

/** The Ed25519 key of the peer that belongs to a wallet: HKDF-SHA256(wallet key, info "holdfast/v1/peer"). */
export async function peerKeyOf(walletKey: Uint8Array) {
  expectLength("A wallet key", walletKey, 32);
  return await generateKeyPairFromSeed("Ed25519", hkdf(sha256, walletKey, undefined, utf8("holdfast/v1/peer"), 32));
}

/** Starts a host; the caller stops it with `host.stop()`. Throws `PORT_TAKEN` when the address cannot be listened on. */
export async function createHost(options: HostOptions): Promise<Host> {
  const maxConnections = options.maxConnections ?? 300;
  const host = await createLibp2p({
    privateKey: await peerKeyOf(options.privateKey),
    addresses: { listen: options.listen === undefined ? [] : [options.listen] },
    transports: [tcpInWholeWrites({ maxConnections })],
    connectionEncrypters: [noise({ crypto: noiseCrypto })],
    streamMuxers: [boundedYamux()],
    connectionManager: { maxConnections, inboundConnectionThreshold: 50, maxIncomingPendingConnections: 64 },
    // It cuts connections whose pings are late, which on a busy machine means while a proof is being made; every read
    // here has a deadline of its own.
    connectionMonitor: { enabled: false },
    start: false,
  });
  try {
    await host.start();
  } catch (cause) {
    await host.stop();
    throw new HoldfastError(
      "PORT_TAKEN",
      `Cannot listen on ${options.listen}: another program has the port, or the address is not this machine's. Stop it or choose another port.`,
      { details: { listen: options.listen }, cause },
    );
  }
  return host;
}
