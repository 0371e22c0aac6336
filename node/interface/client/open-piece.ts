// A sealed piece from a stranger, opened and held to what the owner stored.

import { HoldfastError } from "../../common/errors.ts";
import { fromHex } from "../../common/hex.ts";
import { verifyPiece } from "../../data/data-root.ts";
import { type Header, isHeaderPiece } from "../../data/header.ts";
import { PIECE_BYTES } from "../../data/layout.ts";
import { unseal } from "../../data/seal.ts";
import { WrongPieceError } from "../../data/segment-codec.ts";
import type { Offer } from "../../data/terms.ts";
import type { PieceWithPath } from "../../network/protocols/retrieve.ts";

/** Throws `WRONG_PIECE` unless `piece` is piece `index` of the replica as the chain knows it. */
export function checkSealed(offer: Offer, index: number, { bytes, path }: PieceWithPath): void {
  const { provider, slot, dataRoot, groups } = offer;
  if (verifyPiece(fromHex(dataRoot, 32), groups, index, bytes, path)) return;
  throw new HoldfastError(
    "WRONG_PIECE",
    `Provider ${provider} sent bytes that are not piece ${index} of slot ${slot}.`,
    {
      details: { provider, slot, index },
    },
  );
}

/**
 * The unsealed piece that the header names. Those bytes are right by a hash that the capability fixes, however they were come by,
 * so the chain's dataRoot is asked only about others: it tells a provider that lies (`WRONG_PIECE`) from a replica that was
 * sealed wrongly, by a steward for instance, and is served honestly ({@link WrongPieceError}).
 */
export function openPiece(
  header: Header,
  sealKey: Uint8Array,
  offer: Offer,
  index: number,
  piece: PieceWithPath,
): Uint8Array {
  const unsealed = unseal(sealKey, index * PIECE_BYTES, piece.bytes);
  if (isHeaderPiece(header, offer.slot, index, unsealed)) return unsealed;
  checkSealed(offer, index, piece);
  throw new WrongPieceError(offer.slot, index);
}
