// What one provider answers when it is asked at random for what it committed to: free openings against the commitment, and
// bought pieces against both roots.

import { randomInt } from "node:crypto";
import { equalBytes, integerToBytes } from "../../common/bytes.ts";
import { HoldfastError } from "../../common/errors.ts";
import { fromHex } from "../../common/hex.ts";
import { GROUP_LEVEL, NODE_BYTES } from "../../data/commitment.ts";
import { GROUP_ELEMENTS, groupsOfPiece, PIECE_GROUPS } from "../../data/layout.ts";
import { type Opening, verifyOpening } from "../../data/opening.ts";
import { decodeOpening } from "../../data/opening-codec.ts";
import { type Offer, replicaIdOf } from "../../data/terms.ts";
import type { Peer } from "../../network/peer.ts";
import { requestSample } from "../../network/protocols/sample.ts";
import type { ClientContext } from "./context.ts";

/** Longest wait for one answer: a request of 64 openings costs its provider a quarter of a second. */
const TIMEOUT_MS = 20_000;
/** Siblings in a row of the tree: one opening shows the nodes of eight groups. */
const ROW_GROUPS = 8;

/** Opens elements of a replica and holds each to the root on the chain. Throws `BAD_OPENING`, or what the network throws. */
export async function openElements(
  context: ClientContext,
  offer: Offer,
  peer: Peer,
  indices: readonly number[],
): Promise<Opening[]> {
  const { provider, slot, generation, dealKey, m } = offer;
  const root = fromHex(offer.root, 32);
  const replicaId = replicaIdOf(dealKey, slot, generation);
  const answers = await requestSample(context.host, peer, { replicaId, m, indices }, { timeoutMs: TIMEOUT_MS });
  return indices.map((index, i) => {
    const opening = decodeOpening(m, index, answers[i]!);
    if (verifyOpening(context.hash, root, m, opening)) return opening;
    throw new HoldfastError(
      "BAD_OPENING",
      `Provider ${provider} does not hold what it committed to (element ${index} of slot ${slot}).`,
      { details: { provider, slot, index } },
    );
  });
}

/** `count` elements of the replica's own bytes, drawn with node:crypto's randomness; padding proves nothing. */
export function drawElements({ groups }: Pick<Offer, "groups">, count: number): number[] {
  return Array.from({ length: count }, () => randomInt(groups * GROUP_ELEMENTS));
}

/**
 * Holds a sealed piece, which the dataRoot covers, to the commitment too: a provider must not have committed to other bytes
 * than it serves. Throws `ROOTS_DIFFER`.
 */
export async function checkBothRoots(
  context: ClientContext,
  offer: Offer,
  peer: Peer,
  piece: { index: number; bytes: Uint8Array },
): Promise<void> {
  const nodes = context.hash.groupNodes(piece.bytes);
  const first = piece.index * PIECE_GROUPS;
  const count = groupsOfPiece(offer.groups, piece.index);
  const rows = Array.from({ length: Math.ceil(count / ROW_GROUPS) }, (_, row) => first + row * ROW_GROUPS);
  const openings = await openElements(
    context,
    offer,
    peer,
    rows.map((group) => group * GROUP_ELEMENTS),
  );
  for (let i = 0; i < count; i++) {
    const committed = openings[Math.floor(i / ROW_GROUPS)]!.rows[GROUP_LEVEL]![i % ROW_GROUPS]!;
    const served = nodes.subarray(i * NODE_BYTES, (i + 1) * NODE_BYTES);
    if (equalBytes(integerToBytes(committed, NODE_BYTES), served)) continue;
    throw new HoldfastError(
      "ROOTS_DIFFER",
      `Provider ${offer.provider} serves other bytes than it proves (group ${first + i} of slot ${offer.slot}).`,
      { details: { provider: offer.provider, slot: offer.slot, group: first + i } },
    );
  }
}
