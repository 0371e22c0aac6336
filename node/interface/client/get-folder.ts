// Gets a folder back: its manifest, then what it names from every object that has some of it; complete or not there at all.

import { createHash } from "node:crypto";
import { chmod, copyFile, type FileHandle, mkdir, open, rename, rm, symlink, utimes } from "node:fs/promises";
import path from "node:path";
import { concatBytes } from "../../common/bytes.ts";
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
import { syncFolder } from "../../physical/durable-file.ts";
import { fileError } from "../../physical/user-file.ts";
import { readRange } from "./cat.ts";
import type { ClientContext } from "./context.ts";
import type { GetOptions, GetResult } from "./get.ts";
import { findFile, openSegments, type ReadableFile } from "./open-file.ts";
import { percent } from "./progress.ts";

type FileEntry = FolderEntry & { readonly type: "file" };

/** Most manifests are smaller: one request brings them. */
const LIKELY_MANIFEST = 64 * 1024;

export function isFolder({ name }: { readonly name: string }): boolean {
  return name.endsWith("/");
}

/** What the folder holds; only the end of its newest object is fetched. Throws `NOT_A_FOLDER`, `BAD_FOLDER`. */
export async function readManifest(
  context: ClientContext,
  file: ReadableFile,
  maxPrice?: bigint,
): Promise<FolderManifest> {
  if (!isFolder(file)) throw new HoldfastError("NOT_A_FOLDER", `${file.name} is a file, not a folder.`);
  const { fileSize } = file.header;
  const end = await bytesOf(context, file, { offset: Math.max(fileSize - LIKELY_MANIFEST, 0), maxPrice });
  const length = readTrailer(end.subarray(-TRAILER_BYTES));
  const from = end.length - TRAILER_BYTES - length;
  if (from >= 0) return decodeManifest(end.subarray(from, end.length - TRAILER_BYTES));
  const offset = fileSize - TRAILER_BYTES - length;
  if (offset < 0) throw new HoldfastError("BAD_FOLDER", "This folder cannot be read: its manifest is cut off.");
  return decodeManifest(await bytesOf(context, file, { offset, length, maxPrice }));
}

async function bytesOf(context: ClientContext, file: ReadableFile, range: Parameters<typeof readRange>[2]) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readRange(context, file, range)) chunks.push(chunk);
  return concatBytes(...chunks);
}

/** `output` must not be there. */
export async function getFolder(
  context: ClientContext,
  file: ReadableFile,
  output: string,
  { maxPrice }: Pick<GetOptions, "maxPrice">,
): Promise<GetResult> {
  const manifest = await readManifest(context, file, maxPrice);
  const temporary = `${output}.${file.deal.reference.dealKey.slice(2, 14)}.part`;
  const trouble: { slot: number; reason: string }[] = [];
  let paid = 0n;
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { mode: 0o700 });
    for (const { type, path: relative } of manifest.entries) {
      if (type === "folder") await mkdir(path.join(temporary, relative), { mode: 0o700 });
    }
    for (let pack = 0; pack <= manifest.packs.length; pack++) {
      const files = manifest.entries.filter(
        (entry): entry is FileEntry => entry.type === "file" && entry.pack === pack,
      );
      if (files.length === 0) continue;
      const source = pack === 0 ? file : await findFile(context, manifest.packs[pack - 1]!);
      const fetched = await restoreFiles(context, source, files, { root: temporary, maxPrice });
      paid += fetched.paid;
      trouble.push(...fetched.trouble);
    }
    await finishTree(temporary, manifest);
    await rename(temporary, output);
    await syncFolder(path.dirname(output));
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw fileError(cause, output);
  }
  const bytes = manifest.entries.reduce((sum, entry) => sum + (entry.type === "file" ? entry.size : 0), 0);
  return { path: output, bytes, cid: cidToText(file.cid), paid, trouble };
}

/** Writes the files of one object, in one pass over the segments that they touch. */
async function restoreFiles(
  context: ClientContext,
  source: ReadableFile,
  files: readonly FileEntry[],
  { root, maxPrice }: { root: string; maxPrice: bigint | undefined },
) {
  const { layout } = source;
  const size = layout.k * PIECE_BYTES;
  const firsts = new Map<string, FileEntry>();
  for (const entry of files) if (!firsts.has(placeOf(entry))) firsts.set(placeOf(entry), entry);
  const todo = [...firsts.values()].toSorted((a, b) => a.offset - b.offset);
  const wanted = new Set<number>();
  for (const { offset, size: length } of todo) {
    if (length === 0) continue;
    const { first, last } = segmentsOfRange(layout, offset, length);
    for (let index = first; index <= last; index++) wanted.add(index);
  }
  const indices = [...wanted].sort((a, b) => a - b);
  const writers = todo.map((entry) => createWriter(path.join(root, entry.path), entry));
  const result = { paid: 0n, trouble: [] as { slot: number; reason: string }[] };
  if (indices.length > 0) {
    const segments = await openSegments(context, source, { indices, maxPrice });
    try {
      let done = 0;
      for await (const bytes of segments) {
        const at = indices[done]! * size;
        const amount = { stage: "fetch", done: ++done, total: indices.length } as const;
        context.tell(`fetched ${percent(amount)} %`, amount);
        for (const writer of writers) await writer.take(bytes, at);
      }
    } finally {
      for (const writer of writers) await writer.close();
      await segments.close();
    }
    result.paid = segments.paid();
    result.trouble.push(...segments.trouble());
  }
  for (const writer of writers) await writer.finish();
  for (const entry of files) {
    const first = firsts.get(placeOf(entry))!;
    if (first !== entry) await copyFile(path.join(root, first.path), path.join(root, entry.path));
  }
  return result;
}

function placeOf({ offset, size, sha256 }: FileEntry): string {
  return `${offset}/${size}/${sha256}`;
}

/** One file that takes its part of every segment that passes; open only while it has begun and is not whole. */
function createWriter(target: string, { offset, size, sha256 }: FileEntry) {
  const hash = createHash("sha256");
  let handle: FileHandle | undefined;
  let written = 0;
  return {
    async take(segment: Uint8Array, at: number): Promise<void> {
      const from = Math.max(offset + written, at);
      const to = Math.min(offset + size, at + segment.length);
      if (from >= to || written === size) return;
      handle ??= await open(target, "wx", 0o600);
      const bytes = segment.subarray(from - at, to - at);
      hash.update(bytes);
      await handle.writeFile(bytes);
      written += bytes.length;
      if (written === size) await this.close();
    },
    async close(): Promise<void> {
      await handle?.close();
      handle = undefined;
    },
    async finish(): Promise<void> {
      if (size === 0) await (await open(target, "wx", 0o600)).close();
      if (written === size && hash.digest("hex") === sha256) return;
      throw new HoldfastError("WRONG_CONTENT", `${target} did not come back as it was stored.`);
    },
  };
}

/** Links first, then modes and times, the innermost folders first: what is written into a folder changes its time. */
async function finishTree(root: string, { root: times, entries }: FolderManifest): Promise<void> {
  for (const entry of entries) if (entry.type === "link") await symlink(entry.target, path.join(root, entry.path));
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
