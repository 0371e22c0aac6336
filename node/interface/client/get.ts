// Gets a file back: any k providers, paid piece by piece, every byte checked, the output complete or absent.

import { existsSync } from "node:fs";
import { type FileHandle, rename, rm } from "node:fs/promises";
import path from "node:path";
import { equalBytes } from "../../common/bytes.ts";
import { HoldfastError } from "../../common/errors.ts";
import { release } from "../../common/release.ts";
import { carPrefix } from "../../data/car.ts";
import { cidToText, createCidHasher } from "../../data/cid.ts";
import { segmentBytes } from "../../data/layout.ts";
import { contentKey } from "../../data/segment-cipher.ts";
import { isSegment } from "../../data/segment-codec.ts";
import { syncFolder } from "../../physical/durable-file.ts";
import { checkAbsent, checkOutput, partOf } from "../../physical/output-file.ts";
import { openPartFile, readAt } from "../../physical/part-file.ts";
import { fileError } from "../../physical/user-file.ts";
import type { ClientContext } from "./context.ts";
import { getFolder, isFolder } from "./get-folder.ts";
import { findFile, openSegments, type ReadableFile } from "./open-file.ts";
import { percent } from "./progress.ts";

export interface GetOptions {
  readonly capability: string;
  /** Where the file goes; its own name in the current folder unless told. */
  readonly output?: string | undefined;
  /** Writes a CAR that holds the file as one block under its CID; NAME.car unless told. */
  readonly car?: boolean | undefined;
  /** Replaces an existing file. */
  readonly force?: boolean | undefined;
  /** The most to pay per piece; base units. Unless told, a few times what the k cheapest ask. */
  readonly maxPrice?: bigint | undefined;
}

export interface GetResult {
  readonly path: string;
  readonly bytes: number;
  readonly cid: string;
  /** Base units promised by vouchers. */
  readonly paid: bigint;
  /** Slots that failed or were too slow, with the reason. */
  readonly trouble: readonly { readonly slot: number; readonly reason: string }[];
}

/** Throws a HoldfastError and leaves no output behind, unless the whole file is there and its CID is right. */
export async function get(context: ClientContext, options: GetOptions): Promise<GetResult> {
  const { maxPrice, car = false, force: replace = false } = options;
  if (options.output !== undefined) await checkOutput(path.resolve(options.output), replace);
  const file = await findFile(context, options.capability);
  const output = path.resolve(options.output ?? `${path.basename(file.name)}${car ? ".car" : ""}`);
  if (options.output === undefined) await checkOutput(output, replace);
  const folder = isFolder(file);
  if (folder && car) throw new HoldfastError("NOT_A_FILE", `${file.name} is a folder: a CAR holds one file.`);
  if (folder) await checkAbsent(output);

  const part = partOf(output, file.deal.reference.dealKey);
  try {
    return folder
      ? await getFolder(context, file, { output, part, maxPrice })
      : await getFile(context, file, { output, part, maxPrice, car });
  } catch (cause) {
    if (context.signal?.aborted !== true && existsSync(part)) {
      context.tell(`what came is kept in ${part}; the same command goes on with it`);
    }
    throw fileError(cause, output);
  }
}

async function getFile(
  context: ClientContext,
  file: ReadableFile,
  options: { output: string; part: string; maxPrice: bigint | undefined; car: boolean },
): Promise<GetResult> {
  const { output, part, maxPrice, car } = options;
  const prefix = car ? carPrefix(file.cid, file.header.fileSize) : new Uint8Array();
  const handle = await openPartFile(part);
  let fetched: Fetched;
  try {
    fetched = await fillPart(context, file, handle, { prefix, maxPrice });
  } catch (cause) {
    // What came was paid for, and each segment of it is checked again before the next run goes on with it.
    const useless = cause instanceof HoldfastError && cause.code === "WRONG_CONTENT";
    if (useless || (await handle.stat()).size <= prefix.length) await rm(part, { force: true });
    throw cause;
  } finally {
    await handle.close();
  }
  await rename(part, output);
  await syncFolder(path.dirname(output));
  return { path: output, bytes: file.header.fileSize, cid: cidToText(file.cid), ...fetched };
}

type Fetched = Pick<GetResult, "paid" | "trouble">;

/** Writes what the part lacks; only that is fetched and paid. Throws `WRONG_CONTENT`. */
async function fillPart(
  context: ClientContext,
  file: ReadableFile,
  part: FileHandle,
  { prefix, maxPrice }: { prefix: Uint8Array; maxPrice: bigint | undefined },
): Promise<Fetched> {
  const { layout, cid } = file;
  const hasher = createCidHasher();
  const kept = await keptSegments(file, part, prefix, hasher, context.signal);
  let position = kept.bytes;
  await part.truncate(position);
  if (position === 0) position = (await part.write(prefix, 0, prefix.length, 0)).bytesWritten;
  const indices = Array.from({ length: layout.segments - kept.segments }, (_, i) => kept.segments + i);
  if (kept.segments > 0) context.tell(`going on after ${kept.segments} of ${layout.segments} segments`);
  const fetched = indices.length === 0 ? { paid: 0n, trouble: [] } : await fetchInto();
  if (!equalBytes(hasher.finish(), cid)) {
    throw new HoldfastError("WRONG_CONTENT", "The file that was put together is not the one that was stored.");
  }
  await part.sync();
  return fetched;

  async function fetchInto(): Promise<Fetched> {
    const segments = await openSegments(context, file, { indices, maxPrice });
    try {
      let done = kept.segments;
      for await (const segment of segments) {
        hasher.update(segment);
        position += (await part.write(segment, 0, segment.length, position)).bytesWritten;
        release(segment);
        const amount = { stage: "fetch", done: ++done, total: layout.segments } as const;
        context.tell(`fetched ${percent(amount)} %`, amount);
      }
      return { paid: segments.paid(), trouble: segments.trouble() };
    } finally {
      await segments.close();
    }
  }
}

/** How much of an earlier run's part is right, from the beginning on; the hasher has seen it. */
async function keptSegments(
  { fileKey, header, layout }: ReadableFile,
  part: FileHandle,
  prefix: Uint8Array,
  hasher: ReturnType<typeof createCidHasher>,
  signal: AbortSignal | undefined,
): Promise<{ segments: number; bytes: number }> {
  if (!equalBytes(await readAt(part, 0, prefix.length), prefix)) return { segments: 0, bytes: 0 };
  const key = contentKey(fileKey, header.fileId);
  let bytes = prefix.length;
  for (let index = 0; index < layout.segments; index++) {
    signal?.throwIfAborted();
    const segment = await readAt(part, bytes, segmentBytes(layout, index));
    if (!isSegment(header, key, index, segment)) return { segments: index, bytes };
    hasher.update(segment);
    bytes += segment.length;
  }
  return { segments: layout.segments, bytes };
}
