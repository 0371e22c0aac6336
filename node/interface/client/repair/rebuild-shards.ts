// Rebuilds lost shards from any k providers, segment by segment, into their journals; a piece that is there is not bought again.

import { HoldfastError } from "../../../common/errors.ts";
import type { Secrets } from "../../../data/capability.ts";
import { type Header, isHeaderPiece, layoutOf } from "../../../data/header.ts";
import { createReedSolomon } from "../../../data/kernels/reed-solomon.ts";
import { rebuildPieces } from "../../../data/segment-codec.ts";
import type { SlotTable } from "../../../data/slot-table.ts";
import type { RepairJournal } from "../../../physical/repair-journal.ts";
import type { ClientContext } from "../context.ts";
import type { LiveDeal } from "../deal-on-chain.ts";
import { isOwnFault } from "../own-fault.ts";
import { openSources } from "../sources.ts";
import { fetchSegments } from "../swarm.ts";

export interface RebuildOptions {
  readonly live: LiveDeal;
  readonly header: Header;
  readonly table: SlotTable;
  readonly seal: Secrets["seal"];
  /** Of every slot that is rebuilt. */
  readonly shards: ReadonlyMap<number, RepairJournal<unknown>>;
  /** The most to pay per piece; base units. */
  readonly maxPrice: bigint | undefined;
}

/** Answers the base units promised for pieces. Throws `NOT_ENOUGH_PROVIDERS` when fewer than k can serve. */
export async function rebuildShards(context: ClientContext, options: RebuildOptions): Promise<bigint> {
  const { live, header, table, seal, shards, maxPrice } = options;
  const layout = layoutOf(header);
  for (const [slot, shard] of shards) await dropDamaged(header, slot, shard);
  const first = Math.min(...[...shards.values()].map(({ pieces }) => pieces));
  if (first === layout.segments) return 0n;
  const code = createReedSolomon(header.k, header.n);
  const say = (slot: number, cause: unknown) => {
    context.tell(`slot ${slot}: ${cause instanceof Error ? cause.message : String(cause)}`);
  };
  const pieces = layout.segments - first;
  const sources = await openSources(context, {
    deal: live,
    header,
    table,
    seal,
    pieces,
    maxPrice,
    onTrouble: say,
  });
  try {
    const swarm = fetchSegments({
      segments: Array.from({ length: pieces }, (_, i) => first + i),
      k: header.k,
      sources: sources.list,
      isFinal: isOwnFault,
      onTrouble: say,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    });
    let index = first;
    for await (const found of swarm) {
      const wanted = [...shards].filter(([, shard]) => shard.pieces === index);
      const given = found.map(({ slot, bytes }) => ({ index: slot, bytes }));
      const rebuilt = rebuildPieces(
        header,
        code,
        index,
        given,
        wanted.map(([slot]) => slot),
      );
      for (const [i, [, shard]] of wanted.entries()) await shard.append(rebuilt[i]!);
      index++;
      context.tell(`rebuilt ${Math.floor((100 * index) / layout.segments)} %`);
    }
    return sources.paid();
  } finally {
    await sources.close();
  }
}

/** What a power cut left may be anything. */
async function dropDamaged(header: Header, slot: number, shard: RepairJournal<unknown>): Promise<void> {
  for (let index = 0; index < shard.pieces; index++) {
    if (!isHeaderPiece(header, slot, index, await shard.read(index))) return await shard.cut(index);
  }
}

/** Piece `index` of a whole shard. Throws `SHARD_DAMAGED` when the disk gives other bytes than were written. */
export async function shardPiece(header: Header, slot: number, shard: RepairJournal<unknown>, index: number) {
  const piece = await shard.read(index);
  if (isHeaderPiece(header, slot, index, piece)) return piece;
  throw new HoldfastError("SHARD_DAMAGED", "The rebuilt shard is damaged on this disk; run the repair again.");
}
