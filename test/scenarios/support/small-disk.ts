// A file system of its own with little room, where the system lets us mount one.

import { spawnSync } from "node:child_process";
import { mkdirSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface SmallDisk {
  readonly folder: string;
  /** Leaves no room but `left` bytes. */
  fill(left: number): void;
  unmount(): void;
}

/** Undefined where mounting is not allowed; a test that needs it skips itself. */
export function mountSmallDisk(folder: string, bytes: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true });
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=700`, "tmpfs", folder]);
  if (mounted.status !== 0) return undefined;
  return {
    folder,
    fill(left) {
      const { bavail, bsize } = statfsSync(folder);
      const ballast = Math.max(0, bavail * bsize - left);
      writeFileSync(path.join(folder, "ballast"), Buffer.alloc(ballast));
    },
    unmount() {
      spawnSync("umount", ["-l", folder]);
    },
  };
}
