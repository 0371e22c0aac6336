// A range of a file's bytes, without the rest: only the segments that it touches are fetched and paid.

import { PIECE_BYTES, segmentsOfRange } from "../../data/layout.ts";
import type { ClientContext } from "./context.ts";
import { findFile, openSegments, type ReadableFile } from "./open-file.ts";
import { percent } from "./progress.ts";

export interface CatOptions {
  /** First byte; 0 unless told. */
  readonly offset?: number | undefined;
  /** Bytes; all that follow unless told. */
  readonly length?: number | undefined;
  /** The most to pay per piece; base units. Unless told, a few times what the k cheapest ask. */
  readonly maxPrice?: bigint | undefined;
  /** Told at the end, whatever it is, what was promised by vouchers; base units. */
  readonly onPaid?: ((amount: bigint) => void) | undefined;
}

/** The bytes in their order, every one checked before it is given out. Throws `BAD_RANGE` and what `findFile` throws. */
export async function* cat(
  context: ClientContext,
  { capability, ...options }: CatOptions & { readonly capability: string },
): AsyncGenerator<Uint8Array> {
  yield* readRange(context, await findFile(context, capability), options);
}

/** As `cat`, of a file that is open already. */
export async function* readRange(
  context: ClientContext,
  file: ReadableFile,
  { offset = 0, length = file.header.fileSize - offset, maxPrice, onPaid }: CatOptions,
): AsyncGenerator<Uint8Array> {
  const { layout } = file;
  if (layout.fileSize === 0 && offset === 0 && length === 0) return;
  const { first, last } = segmentsOfRange(layout, offset, length);
  const indices = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const segments = await openSegments(context, file, { indices, maxPrice });
  try {
    let at = first * layout.k * PIECE_BYTES;
    let done = 0;
    for await (const bytes of segments) {
      const amount = { stage: "fetch", done: ++done, total: indices.length } as const;
      context.tell(`fetched ${percent(amount)} %`, amount);
      yield bytes.subarray(Math.max(0, offset - at), Math.min(bytes.length, offset + length - at));
      at += bytes.length;
    }
  } finally {
    onPaid?.(segments.paid());
    await segments.close();
  }
}
