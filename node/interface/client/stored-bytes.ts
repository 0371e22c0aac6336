// Names for bytes in this client's list of what it stored where: by HMAC under its own key, so that the list tells others nothing,
// and nobody else's files are ever found to be the same.

import { createHmac } from "node:crypto";
import { decodeCapability } from "../../data/capability-codec.ts";
import type { FolderManifest } from "../../data/folder-manifest.ts";
import { derive } from "../../data/secrets.ts";
import type { DedupIndex } from "../../physical/dedup-index.ts";

/** Answers the name of a file's bytes, by the hex of their SHA-256. */
export function createByteNames(ownerSecret: Uint8Array): (sha256: string) => string {
  const key = derive(ownerSecret, "holdfast/v1/dedup", 32);
  return (sha256) => createHmac("sha256", key).update(sha256).digest("hex");
}

/** What a stored folder's own object holds, for the list. */
export function bytesOfFolder(
  nameOf: (sha256: string) => string,
  dealKey: string,
  manifest: Pick<FolderManifest, "entries">,
): DedupIndex {
  const own = manifest.entries.flatMap((entry) => (entry.type === "file" && entry.pack === 0 ? [entry] : []));
  return Object.fromEntries(own.map(({ sha256, offset }) => [nameOf(sha256), { dealKey, offset }]));
}

/** Deal keys of the older objects that a folder refers to. */
export function packsOf({ packs }: Pick<FolderManifest, "packs">): string[] {
  return packs.map((capability) => decodeCapability(capability).dealKey);
}
