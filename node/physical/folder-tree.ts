// A folder on disk, as it is stored and as it is put back.

import { type FileHandle, lstat, mkdir, open, readdir, readlink, stat } from "node:fs/promises";
import path from "node:path";
import { HoldfastError } from "../common/errors.ts";
import { fileError } from "./user-file.ts";

export type TreeEntry =
  | {
      readonly type: "file";
      readonly path: string;
      readonly mode: number;
      readonly modifiedMs: number;
      readonly size: number;
    }
  | { readonly type: "folder"; readonly path: string; readonly mode: number; readonly modifiedMs: number }
  | { readonly type: "link"; readonly path: string; readonly target: string };

/** Files, folders and links below `root`, folders before what is in them, in one order. Throws `NOT_A_FOLDER`, `BAD_NAME`. */
export async function scanTree(root: string): Promise<TreeEntry[]> {
  const found: TreeEntry[] = [];
  const walk = async (relative: string): Promise<void> => {
    const here = path.join(root, relative);
    const names = await readdir(here).catch((cause) => {
      throw fileError(cause, here);
    });
    for (const name of names.sort()) {
      const child = relative === "" ? name : `${relative}/${name}`;
      const file = path.join(root, child);
      if (name.includes("\\") || name.includes("\ufffd")) {
        throw new HoldfastError("BAD_NAME", `${file} has a name that not every system can hold: rename it first.`);
      }
      const { mode, mtimeMs, size, ...kind } = await lstatOf(file);
      const times = { mode: mode & 0o777, modifiedMs: mtimeMs };
      if (kind.isFile) found.push({ type: "file", path: child, size, ...times });
      else if (kind.isLink) found.push({ type: "link", path: child, target: await readlink(file) });
      else if (kind.isFolder) {
        found.push({ type: "folder", path: child, ...times });
        await walk(child);
      }
      // Sockets, pipes and devices have no bytes to keep.
    }
  };
  if (!(await lstatOf(root)).isFolder) throw new HoldfastError("NOT_A_FOLDER", `${root} is not a folder.`);
  await walk("");
  return found;
}

/** Mode and time of a folder; links are not followed. */
export async function readFolderTimes(folder: string): Promise<{ mode: number; modifiedMs: number }> {
  const { mode, mtimeMs } = await lstatOf(folder);
  return { mode: mode & 0o777, modifiedMs: mtimeMs };
}

/** Follows links, as for a file that a person named; false for what is not there. */
export async function isFolderOnDisk(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isDirectory() === true;
}

async function lstatOf(file: string) {
  const found = await lstat(file).catch((cause) => {
    throw fileError(cause, file);
  });
  const { mode, mtimeMs, size } = found;
  return { mode, mtimeMs, size, isFile: found.isFile(), isFolder: found.isDirectory(), isLink: found.isSymbolicLink() };
}

/** The bytes of a file in the tree. Throws `FILE_MISSING`, `FILE_FORBIDDEN`. */
export async function* readTreeFile(root: string, relative: string): AsyncGenerator<Uint8Array> {
  const file = path.join(root, relative);
  const handle = await open(file, "r").catch((cause) => {
    throw fileError(cause, file);
  });
  try {
    const buffer = new Uint8Array(1 << 20);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** A new file of an object that is about to be stored; its folder is made. */
export async function createPack(file: string): Promise<FileHandle> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  return await open(file, "w", 0o600).catch((cause) => {
    throw fileError(cause, file);
  });
}
