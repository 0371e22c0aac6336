/** What contracts told a chain that ran with `--coverage`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The tags that Hardhat collected in a copy of the project, from all its data files. */
export function readHits(folder: string): Set<number> {
  const found = new Set<number>();
  const data = dataFolder(folder);
  if (!existsSync(data)) return found;
  for (const name of readdirSync(data, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".json")) continue;
    const counts = JSON.parse(readFileSync(path.join(data, name), "utf8")) as Record<string, number>;
    for (const tag of Object.keys(counts)) found.add(Number(BigInt(tag.startsWith("0x") ? tag : `0x${tag}`)));
  }
  return found;
}

export function dataFolder(folder: string): string {
  return path.join(folder, "coverage/data");
}
