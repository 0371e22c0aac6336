/** Where a peer answers: as registered on chain, and as libp2p dials it. */
import { peerIdFromMultihash, peerIdFromString } from "@libp2p/peer-id";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { decode } from "multiformats/hashes/digest";
import { HoldfastError } from "../common/errors.ts";
import { fromHex, type Hex, toHex } from "../common/hex.ts";
import type { Host } from "./host.ts";

export interface Peer {
  /** Base58 text of the peer id. */
  peerId: string;
  /** Multiaddrs without the peer id. */
  addresses: readonly string[];
}

const MAX_ADDRESSES = 8;

/** The peer that a registry profile names. Throws `BAD_PEER`: profiles are written by strangers. */
export function peerOfProfile(profile: { peerId: Hex; addresses: string }): Peer {
  try {
    const peerId = peerIdFromMultihash(decode(fromHex(profile.peerId))).toString();
    const addresses = profile.addresses.split(",").slice(0, MAX_ADDRESSES);
    const peer = { peerId, addresses: addresses.map((text) => text.trim()).filter((text) => text !== "") };
    dialAddresses(peer);
    return peer;
  } catch (cause) {
    throw new HoldfastError("BAD_PEER", "The provider's registered peer id or addresses cannot be read.", { cause });
  }
}

/** What a host registers about itself. */
export function profileOfHost(host: Host, addresses: readonly string[]): { peerId: Hex; addresses: string } {
  return { peerId: toHex(host.peerId.toMultihash().bytes), addresses: addresses.join(",") };
}

/** Multiaddrs ending in /p2p/<peer id>, so that whoever answers must prove that it is this peer. */
export function dialAddresses(peer: Peer): Multiaddr[] {
  const id = peerIdFromString(peer.peerId).toString();
  const addresses = peer.addresses.map((text) => multiaddr(text).encapsulate(`/p2p/${id}`));
  if (addresses.length === 0) {
    throw new HoldfastError("BAD_PEER", `Peer ${id} has no address to dial.`, { details: { peerId: id } });
  }
  return addresses;
}
