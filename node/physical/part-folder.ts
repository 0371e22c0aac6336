// What a download of a folder has written so far: a folder of its own beside the output, which the next run goes on with.
//
//   OUTPUT.<deal>.part/manifest   what the folder holds, as it was fetched
//   OUTPUT.<deal>.part/tree       becomes the output, its modes and times last

import { chmod, lstat, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { syncFolder } from "./durable-file.ts";
import { ownUid } from "./own-uid.ts";
import { readTextIfPresent, replaceFile } from "./user-file.ts";

export interface PartFolder {
  readonly tree: string;
  /** The manifest that an earlier run fetched. */
  readonly manifest: string | undefined;
  keepManifest(text: string): Promise<void>;
  /** The tree is whole: it takes the output's name, which nothing may have, and the rest goes. */
  finish(output: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * The part that an earlier run of this user left at `target`, or an empty one. Anything else that lies there goes: in a folder of
 * somebody else's, links could lead the plaintext away.
 */
export async function openPartFolder(target: string): Promise<PartFolder> {
  const found = await lstat(target).catch(() => undefined);
  const own = found?.isDirectory() && found.uid === (await ownUid()) && (found.mode & 0o077) === 0;
  if (!own) {
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { mode: 0o700 });
  }
  const tree = path.join(target, "tree");
  const manifest = path.join(target, "manifest");
  await openFolder(tree);
  return {
    tree,
    manifest: await readTextIfPresent(manifest),
    keepManifest: (text) => replaceFile(manifest, text),
    async finish(output) {
      await rename(tree, output);
      await syncFolder(path.dirname(output));
      await rm(target, { recursive: true, force: true });
    },
    remove: () => rm(target, { recursive: true, force: true }),
  };
}

/** Makes a folder that can be written to, whether or not an earlier run has made it, and perhaps given it its own mode already. */
export async function openFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    await chmod(folder, 0o700);
  }
}
