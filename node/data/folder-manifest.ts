// What a folder is when it is stored: the bytes of its new files, one after the other, a manifest, and where the manifest begins.
// Files that were stored before are named by the read capability of the object that has them, so that one capability opens all.
//
//   file bytes ... | manifest (UTF-8 JSON) | length of the manifest, 8 bytes | "HFfolder"

import { bytesToInteger, concatBytes, equalBytes, integerToBytes, utf8 } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";

const MAGIC = utf8("HFfolder");
export const TRAILER_BYTES = 16;
export const MANIFEST_VERSION = 1;
/** A million entries or so: what a reader must hold in memory. */
export const MAX_MANIFEST_BYTES = 2 ** 28;

export type FolderEntry =
  | {
      readonly type: "file";
      /** Relative to the folder, with slashes. */
      readonly path: string;
      /** Permission bits. */
      readonly mode: number;
      readonly modifiedMs: number;
      readonly size: number;
      /** Hex, of the file's bytes. */
      readonly sha256: string;
      /** 0 for this very object, i for `packs[i - 1]`; `offset` is in there. */
      readonly pack: number;
      readonly offset: number;
    }
  | { readonly type: "folder"; readonly path: string; readonly mode: number; readonly modifiedMs: number }
  | { readonly type: "link"; readonly path: string; readonly target: string };

export interface FolderManifest {
  /** Of the folder itself. */
  readonly root: { readonly mode: number; readonly modifiedMs: number };
  /** Folders before what is in them. */
  readonly entries: readonly FolderEntry[];
  /** Read capabilities. */
  readonly packs: readonly string[];
}

/** Manifest and trailer: what follows the last file's bytes. */
export function encodeManifest(manifest: FolderManifest): Uint8Array {
  const bytes = utf8(JSON.stringify({ version: MANIFEST_VERSION, ...manifest }));
  if (bytes.length > MAX_MANIFEST_BYTES) {
    throw new HoldfastError("FOLDER_TOO_LARGE", "The folder has too many entries: store its parts one by one.");
  }
  decodeManifest(bytes);
  return concatBytes(bytes, integerToBytes(bytes.length, 8), MAGIC);
}

/** Bytes of the manifest that stand before the trailer (the object's last 16 bytes). Throws `BAD_FOLDER`. */
export function readTrailer(trailer: Uint8Array): number {
  const length = Number(bytesToInteger(trailer.subarray(0, 8)));
  if (trailer.length !== TRAILER_BYTES || !equalBytes(trailer.subarray(8), MAGIC) || length > MAX_MANIFEST_BYTES) {
    throw badFolder("it has no manifest");
  }
  return length;
}

/** Throws `BAD_FOLDER` or `UNKNOWN_VERSION`. Whoever wrote it is a stranger: no path leads out of the folder. */
export function decodeManifest(bytes: Uint8Array): FolderManifest {
  let parsed: { version?: unknown; root?: unknown; entries?: unknown; packs?: unknown };
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw badFolder("its manifest cannot be read");
  }
  if (parsed?.version !== MANIFEST_VERSION) {
    throw new HoldfastError("UNKNOWN_VERSION", "This folder was stored by a later Holdfast: update this program.");
  }
  const { root, entries, packs } = parsed;
  if (!isTimed(root as Partial<Record<string, unknown>>)) throw badFolder("its own mode and time are not valid");
  if (!Array.isArray(entries) || !Array.isArray(packs) || !packs.every((pack) => typeof pack === "string")) {
    throw badFolder("its manifest is incomplete");
  }
  const folders = new Set<string>([""]);
  const seen = new Set<string>();
  for (const entry of entries as Partial<Record<string, unknown>>[]) {
    checkEntry(entry, packs.length);
    const { path, type } = entry as FolderEntry;
    const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    // A link that stood in for a folder would lead what is written below it anywhere.
    if (seen.has(path) || !folders.has(parent)) throw badFolder(`${JSON.stringify(path)} has no place of its own`);
    seen.add(path);
    if (type === "folder") folders.add(path);
  }
  return { root: root as FolderManifest["root"], entries: entries as FolderEntry[], packs };
}

function checkEntry(entry: Partial<Record<string, unknown>> | null, packs: number): void {
  const path = entry?.path;
  const steps = typeof path === "string" ? path.split("/") : [""];
  if (steps.some((step) => step === "" || step === "." || step === ".." || /[\0\\]/.test(step))) {
    throw badFolder("one of its paths is none");
  }
  const timed = () => isTimed(entry);
  const isFile = () =>
    timed() &&
    whole(entry?.size, Number.MAX_SAFE_INTEGER) &&
    whole(entry?.offset, Number.MAX_SAFE_INTEGER) &&
    whole(entry?.pack, packs) &&
    typeof entry?.sha256 === "string" &&
    /^[0-9a-f]{64}$/.test(entry.sha256);
  const good =
    (entry?.type === "folder" && timed()) ||
    (entry?.type === "link" && typeof entry.target === "string" && !entry.target.includes("\0")) ||
    (entry?.type === "file" && isFile());
  if (!good) throw badFolder(`its entry ${JSON.stringify(path)} is not valid`);
}

function isTimed(found: Partial<Record<string, unknown>> | null | undefined): boolean {
  return whole(found?.mode, 0o777) && Number.isFinite(found?.modifiedMs);
}

function whole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function badFolder(problem: string): HoldfastError {
  return new HoldfastError("BAD_FOLDER", `This folder cannot be read: ${problem}.`);
}
