// What a repair must not forget: one folder per replacement, removed when its slot is filled.
//
//   repairs/<id>/state.json    how far it is, replaced atomically
//   repairs/<id>/shard         the pieces that were rebuilt so far, in order: they were paid for, and are not bought again
//
// The shard needs no fsync: whoever goes on with it checks every piece by the file's header and buys anew from the first bad one.

import { mkdir, open, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { decodeJson, encodeJson } from "../common/json.ts";
import { fileError, readTextIfPresent, replaceFile } from "./user-file.ts";

export interface RepairJournal<State> {
  readonly state: State;
  /** Makes `state` durable and current. */
  save(state: State): Promise<void>;
  /** Pieces that are there. */
  readonly pieces: number;
  append(piece: Uint8Array): Promise<void>;
  read(index: number): Promise<Uint8Array>;
  /** Forgets the pieces from `index` on. */
  cut(index: number): Promise<void>;
  /** The repair is over, for good or ill: forgets everything. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

export interface ShardSize {
  readonly shardBytes: number;
  /** Of all pieces but the last. */
  readonly pieceBytes: number;
}

/** Opens the journal `id`, or begins it with `initial`. */
export async function openRepairJournal<State>(
  root: string,
  id: string,
  { shardBytes, pieceBytes }: ShardSize,
  initial: State,
): Promise<RepairJournal<State>> {
  const folder = path.join(root, id);
  const stateFile = path.join(folder, "state.json");
  const shardFile = path.join(folder, "shard");
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw fileError(cause, folder);
  });
  const text = await readTextIfPresent(stateFile);
  let state = text === undefined ? initial : decodeJson<State>(text);
  if (text === undefined) await replaceFile(stateFile, encodeJson(initial));
  // Not for appending: a torn piece is written over.
  const shard = await open(shardFile, "r+").catch((cause) => {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(cause, shardFile);
    return open(shardFile, "wx+", 0o600);
  });
  const size = (await shard.stat()).size;
  let pieces = size >= shardBytes ? Math.ceil(shardBytes / pieceBytes) : Math.floor(size / pieceBytes);

  return {
    get state() {
      return state;
    },
    get pieces() {
      return pieces;
    },
    async save(next) {
      await replaceFile(stateFile, encodeJson(next));
      state = next;
    },
    async append(piece) {
      try {
        await shard.write(piece, 0, piece.length, pieces * pieceBytes);
      } catch (cause) {
        throw fileError(cause, shardFile);
      }
      pieces++;
    },
    async read(index) {
      const start = index * pieceBytes;
      const bytes = new Uint8Array(Math.min(pieceBytes, shardBytes - start));
      const { bytesRead } = await shard.read(bytes, 0, bytes.length, start).catch((cause) => {
        throw fileError(cause, shardFile);
      });
      return bytes.subarray(0, bytesRead);
    },
    async cut(index) {
      await shard.truncate(index * pieceBytes);
      pieces = Math.min(pieces, index);
    },
    async remove() {
      await shard.close();
      await rm(folder, { recursive: true, force: true });
    },
    close: () => shard.close(),
  };
}

/** Forgets what is left of repairs whose id begins with `prefix`, but those of `keep`: somebody else was quicker. */
export async function removeRepairs(root: string, prefix: string, keep: readonly string[]): Promise<void> {
  const names = await readdir(root).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw fileError(cause, root);
  });
  for (const name of names) {
    if (name.startsWith(prefix) && !keep.includes(name))
      await rm(path.join(root, name), { recursive: true, force: true });
  }
}
