// Gets a folder back: its manifest, then what it names from every object that has some of it; complete or not there at all.
// What was fetched stays aside until it is: the next run fetches only what is missing then.

import { chmod, copyFile, rm, symlink, utimes } from "node:fs/promises";
import path from "node:path";
import { concatBytes, utf8 } from "../../common/bytes.ts";
import { HoldfastError } from "../../common/errors.ts";
import { cidToText } from "../../data/cid.ts";
import {
  decodeManifest,
  type FolderEntry,
  type FolderManifest,
  readTrailer,
  TRAILER_BYTES,
} from "../../data/folder-manifest.ts";
import { PIECE_BYTES, segmentsOfRange } from "../../data/layout.ts";
import { type GrowingFile, openGrowingFile } from "../../physical/growing-file.ts";
import { openFolder, openPartFolder, type PartFolder } from "../../physical/part-folder.ts";
import { type CatOptions, readRange } from "./cat.ts";
import type { ClientContext } from "./context.ts";
import type { GetResult } from "./get.ts";
import { findFile, openSegments, type ReadableFile } from "./open-file.ts";
import { percent } from "./progress.ts";

type FileEntry = FolderEntry & { readonly type: "file" };

/** Most manifests are smaller: one request brings them. */
const LIKELY_MANIFEST = 64 * 1024;

export function isFolder({ name }: { readonly name: string }): boolean {
  return name.endsWith("/");
}

/** What the folder holds; only the end of its newest object is fetched. Throws `NOT_A_FOLDER`, `BAD_FOLDER`. */
export async function readManifest(context: ClientContext, file: ReadableFile, options: RangeOptions = {}) {
  return decodeManifest(await fetchManifest(context, file, options));
}

type RangeOptions = Pick<CatOptions, "maxPrice" | "onPaid">;

async function fetchManifest(context: ClientContext, file: ReadableFile, options: RangeOptions): Promise<Uint8Array> {
  if (!isFolder(file)) throw new HoldfastError("NOT_A_FOLDER", `${file.name} is a file, not a folder.`);
  const { fileSize } = file.header;
  const end = await bytesOf(context, file, { ...options, offset: Math.max(fileSize - LIKELY_MANIFEST, 0) });
  const length = readTrailer(end.subarray(-TRAILER_BYTES));
  const from = end.length - TRAILER_BYTES - length;
  if (from >= 0) return end.subarray(from, end.length - TRAILER_BYTES);
  const offset = fileSize - TRAILER_BYTES - length;
  if (offset < 0) throw new HoldfastError("BAD_FOLDER", "This folder cannot be read: its manifest is cut off.");
  return await bytesOf(context, file, { ...options, offset, length });
}

async function bytesOf(context: ClientContext, file: ReadableFile, range: CatOptions) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readRange(context, file, range)) chunks.push(chunk);
  return concatBytes(...chunks);
}

/** `output` must not be there; what was fetched is in `part` until it is. */
export async function getFolder(
  context: ClientContext,
  file: ReadableFile,
  { output, part: target, maxPrice }: { output: string; part: string; maxPrice: bigint | undefined },
): Promise<GetResult> {
  const trouble: { slot: number; reason: string }[] = [];
  let paid = 0n;
  const onPaid = (amount: bigint) => {
    paid += amount;
  };
  const part = await openPartFolder(target);
  const manifest = await manifestOf(context, file, part, { maxPrice, onPaid });
  const { entries, packs } = manifest;
  for (const { type, path: relative } of entries) {
    if (type === "folder") await openFolder(path.join(part.tree, relative));
  }
  for (let pack = 0; pack <= packs.length; pack++) {
    const files = entries.filter((entry): entry is FileEntry => entry.type === "file" && entry.pack === pack);
    if (files.length === 0) continue;
    const source = pack === 0 ? file : await findFile(context, packs[pack - 1]!);
    trouble.push(...(await restoreFiles(context, source, files, { root: part.tree, maxPrice, onPaid })));
  }
  await finishTree(part.tree, manifest);
  await part.finish(output);
  const bytes = entries.reduce((sum, entry) => sum + (entry.type === "file" ? entry.size : 0), 0);
  return { path: output, bytes, cid: cidToText(file.cid), paid, trouble };
}

/** What an earlier run fetched, or what the providers send. Without it there is nothing to keep. */
async function manifestOf(context: ClientContext, file: ReadableFile, part: PartFolder, options: RangeOptions) {
  try {
    const bytes = part.manifest === undefined ? await fetchManifest(context, file, options) : utf8(part.manifest);
    const manifest = decodeManifest(bytes);
    if (part.manifest === undefined) await part.keepManifest(new TextDecoder().decode(bytes));
    return manifest;
  } catch (cause) {
    await part.remove().catch(() => {});
    throw cause;
  }
}

/** Writes what is missing of the files of one object, in one pass over the segments that they touch; returns what went wrong. */
async function restoreFiles(
  context: ClientContext,
  source: ReadableFile,
  files: readonly FileEntry[],
  { root, ...options }: RangeOptions & { root: string },
): Promise<GetResult["trouble"]> {
  const { layout } = source;
  const size = layout.k * PIECE_BYTES;
  const firsts = new Map<string, FileEntry>();
  for (const entry of files) if (!firsts.has(placeOf(entry))) firsts.set(placeOf(entry), entry);
  const todo: { entry: FileEntry; target: string; file: GrowingFile }[] = [];
  const wanted = new Set<number>();
  for (const entry of [...firsts.values()].sort((a, b) => a.offset - b.offset)) {
    context.signal?.throwIfAborted();
    const target = path.join(root, entry.path);
    const file = await openGrowingFile(target, entry.size, entry.sha256);
    todo.push({ entry, target, file });
    if (file.written === entry.size) continue;
    const { first, last } = segmentsOfRange(layout, entry.offset + file.written, entry.size - file.written);
    for (let index = first; index <= last; index++) wanted.add(index);
  }
  const indices = [...wanted].sort((a, b) => a - b);
  const there = todo.filter(({ entry, file }) => entry.size > 0 && file.written === entry.size).length;
  if (there > 0) context.tell(`going on after ${there} of ${todo.length} files`);
  const trouble = indices.length === 0 ? [] : await fetchInto();
  for (const { entry, target, file } of todo) {
    if (await file.finish()) continue;
    throw new HoldfastError(
      "WRONG_CONTENT",
      `${target} did not come back as it was stored; what came of it is removed.`,
      {
        details: { path: entry.path },
      },
    );
  }
  for (const entry of files) {
    const first = firsts.get(placeOf(entry))!;
    if (first === entry) continue;
    await rm(path.join(root, entry.path), { force: true });
    await copyFile(path.join(root, first.path), path.join(root, entry.path));
  }
  return trouble;

  async function fetchInto(): Promise<GetResult["trouble"]> {
    const segments = await openSegments(context, source, { indices, maxPrice: options.maxPrice });
    let from = 0;
    try {
      let done = 0;
      for await (const bytes of segments) {
        const at = indices[done]! * size;
        while (from < todo.length && ended(todo[from]!)) from++;
        for (let i = from; i < todo.length && todo[i]!.entry.offset < at + bytes.length; i++) {
          const { entry, file } = todo[i]!;
          const [first, last] = [entry.offset + file.written, entry.offset + entry.size];
          const piece = bytes.subarray(Math.max(first - at, 0), Math.max(Math.min(last - at, bytes.length), 0));
          if (piece.length > 0) await file.append(piece);
        }
        const amount = { stage: "fetch", done: ++done, total: indices.length } as const;
        context.tell(`fetched ${percent(amount)} %`, amount);
      }
      return segments.trouble();
    } finally {
      options.onPaid?.(segments.paid());
      for (const { file } of todo) await file.close();
      await segments.close();
    }
  }
}

function ended({ entry, file }: { entry: FileEntry; file: GrowingFile }): boolean {
  return file.written === entry.size;
}

function placeOf({ offset, size, sha256 }: FileEntry): string {
  return `${offset}/${size}/${sha256}`;
}

/** Links first, then modes and times, the innermost folders first: what is written into a folder changes its time. */
async function finishTree(root: string, { root: times, entries }: FolderManifest): Promise<void> {
  for (const entry of entries) {
    if (entry.type !== "link") continue;
    await rm(path.join(root, entry.path), { force: true });
    await symlink(entry.target, path.join(root, entry.path));
  }
  for (const entry of entries.toReversed()) {
    if (entry.type === "link") continue;
    const target = path.join(root, entry.path);
    await chmod(target, entry.mode);
    await utimes(target, entry.modifiedMs / 1000, entry.modifiedMs / 1000);
  }
  // Whoever asked for it has to be able to look into it.
  await chmod(root, times.mode | 0o700);
  await utimes(root, times.modifiedMs / 1000, times.modifiedMs / 1000);
}
