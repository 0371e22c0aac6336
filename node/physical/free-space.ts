import { statfs } from "node:fs/promises";
import path from "node:path";

/** Bytes that this user may still write where `folder` is, or will be. */
export async function freeSpace(folder: string): Promise<number> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (cause) {
      if (at === path.dirname(at)) throw cause;
    }
  }
}
