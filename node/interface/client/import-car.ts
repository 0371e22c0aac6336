// The one file in a CAR, written out beside the journals so that it can be stored like any other: every block is checked by its CID.

import { createHash } from "node:crypto";
import { mkdir, open, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import type { CID } from "multiformats/cid";
import { equalBytes } from "../../common/bytes.ts";
import { HoldfastError } from "../../common/errors.ts";
import { badCar, MAX_CAR_HEADER_BYTES, readCarHeader, readCarSection } from "../../data/car.ts";
import { DAG_PB, decodeUnixfs, RAW } from "../../data/unixfs.ts";
import { openRandomFile, type RandomFile } from "../../physical/random-file.ts";
import { fileError } from "../../physical/user-file.ts";

const SHA2_256 = 0x12;
/** Bytes read at once of a raw block, which may be a whole file. */
const CHUNK = 1 << 20;
/** Nodes that are not raw are small in every tool that makes them. */
const MAX_NODE_BYTES = 2 << 20;
const MAX_DEPTH = 32;
/** Links followed: a small CAR may name one block so often that no disk holds what it says. */
const MAX_LINKS = 4_000_000;

export interface ImportedCar {
  /** The file, in a folder of its own. */
  readonly path: string;
  /** Root of the CAR as text; the stored file's CID is of its bytes, and equal only where the root is one raw block. */
  readonly root: string;
  /** Removes the file again. */
  remove(): Promise<void>;
}

interface Block {
  readonly cid: CID;
  readonly from: number;
  readonly end: number;
}

/** Throws `BAD_CAR` for a CAR that is cut off, incomplete, of more than one file, or whose blocks do not match their CIDs. */
export async function importCar(car: string, folder: string, signal?: AbortSignal): Promise<ImportedCar> {
  const source = await openRandomFile(car);
  try {
    const { root, next } = readCarHeader(await source.read(0, MAX_CAR_HEADER_BYTES));
    const blocks = await indexBlocks(source, next);
    const name = path.basename(car).replace(/\.car$/i, "") || "file";
    const own = path.join(folder, "imports", root.toString());
    const target = path.join(own, name);
    await mkdir(own, { recursive: true, mode: 0o700 });
    await rm(target, { force: true });
    const output = await open(target, "wx", 0o600);
    try {
      for await (const bytes of contentOf({ source, blocks, links: 0 }, root, 0)) {
        signal?.throwIfAborted();
        await output.writeFile(bytes);
      }
      await output.sync();
    } finally {
      await output.close();
    }
    // The same CAR gives the same file, down to its time: a put that was interrupted finds its journal again.
    const { mtime } = await stat(car);
    await utimes(target, mtime, mtime);
    return { path: target, root: root.toString(), remove: () => rm(own, { recursive: true, force: true }) };
  } catch (cause) {
    throw cause instanceof HoldfastError ? cause : fileError(cause, car);
  } finally {
    await source.close();
  }
}

async function indexBlocks(source: RandomFile, start: number): Promise<Map<string, Block>> {
  const blocks = new Map<string, Block>();
  for (let at = start; at < source.size; ) {
    const { cid, from, end } = readCarSection(await source.read(at, 160));
    if (at + end > source.size) throw badCar("is cut off");
    blocks.set(cid.toString(), { cid, from: at + from, end: at + end });
    at += end;
  }
  return blocks;
}

async function* contentOf(
  walk: { readonly source: RandomFile; readonly blocks: ReadonlyMap<string, Block>; links: number },
  cid: CID,
  depth: number,
): AsyncGenerator<Uint8Array> {
  const { source, blocks } = walk;
  if (++walk.links > MAX_LINKS) throw badCar("names more blocks than this program follows");
  const block = blocks.get(cid.toString());
  if (block === undefined) throw badCar(`lacks the block ${cid}`);
  if (cid.multihash.code !== SHA2_256 || depth > MAX_DEPTH) throw badCar("is not a tree of sha2-256 blocks");
  if (cid.code === RAW) {
    const hash = createHash("sha256");
    for (let at = block.from; at < block.end; at += CHUNK) {
      const bytes = await source.read(at, Math.min(CHUNK, block.end - at));
      hash.update(bytes);
      yield bytes;
    }
    checkHash(cid, hash.digest());
    return;
  }
  if (cid.code !== DAG_PB || block.end - block.from > MAX_NODE_BYTES) throw badCar("holds blocks of another kind");
  const bytes = await source.read(block.from, block.end - block.from);
  checkHash(cid, createHash("sha256").update(bytes).digest());
  const { data, links } = decodeUnixfs(bytes);
  yield data;
  for (const link of links) yield* contentOf(walk, link, depth + 1);
}

function checkHash(cid: CID, found: Uint8Array): void {
  if (!equalBytes(cid.multihash.digest, found)) throw badCar(`has other bytes than its block ${cid} says`);
}
