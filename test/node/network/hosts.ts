import { randomBytes } from "node:crypto";
import { createHost, type Host } from "../../../node/network/host.ts";
import type { Peer } from "../../../node/network/peer.ts";

/** Two hosts on loopback: the provider listens at a port of the system's choice, the client only dials. */
export async function twoHosts(): Promise<{ provider: Host; client: Host; peer: Peer; stop(): Promise<void> }> {
  const provider = await createHost({ privateKey: randomBytes(32), listen: "/ip4/127.0.0.1/tcp/0" });
  const client = await createHost({ privateKey: randomBytes(32) });
  const stop = async () => {
    await Promise.all([provider.stop(), client.stop()]);
  };
  return { provider, client, peer: peerOf(provider), stop };
}

export function peerOf(host: Host): Peer {
  const addresses = host.getMultiaddrs().map((address) => address.toString().replace(/\/p2p\/.*$/, ""));
  return { peerId: host.peerId.toString(), addresses };
}

/** The error a promise fails with; a promise that resolves fails the test. */
export async function failure(
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; details: Record<string, unknown> }> {
  try {
    await promise;
  } catch (error) {
    return error as { code: string; message: string; details: Record<string, unknown> };
  }
  throw new Error("expected a failure");
}
