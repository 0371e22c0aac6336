// A source whose pieces are those that the owner put into its slot, or that fails.

import { type Header, isHeaderPiece } from "../../data/header.ts";
import { WrongPieceError } from "../../data/segment-codec.ts";
import type { Source } from "./swarm.ts";

/**
 * A replica that was sealed wrongly, by a steward for instance, passes its own dataRoot: only the header tells. It has to count as a
 * source that failed, so that any k others still rebuild the file. Its `fetch` throws `WRONG_PIECE`.
 */
export function checkedSource(header: Header, source: Source): Source {
  return {
    slot: source.slot,
    async fetch(index, signal) {
      const bytes = await source.fetch(index, signal);
      if (isHeaderPiece(header, source.slot, index, bytes)) return bytes;
      throw new WrongPieceError(source.slot, index);
    },
  };
}
