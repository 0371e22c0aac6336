// What a client must not forget while it stores a file: one folder per put, removed when the put is done.
//
//   puts/<id>/state.json      the plan and how far each slot is, replaced atomically
//   puts/<id>/segments        digest of each segment (segment-codec.ts), 32 bytes each, durable before the segment's first byte leaves
//
// The hashes are what makes a resume safe. Sealing is a stream cipher: the same key over a file that changed meanwhile would
// hand every provider two texts under one pad.

import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { concatBytes, equalBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { syncFolder } from "./durable-file.ts";
import { fileError, readTextIfPresent, replaceFile } from "./user-file.ts";

const HASH_BYTES = 32;
/** Every write is on the disk when it returns. */
const APPEND_DURABLY = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_DSYNC;

export type PutJournal<State> = {
  readonly id: string;
  state: State;
  /** Makes `state` durable and current. */
  save(state: State): Promise<void>;
  /** Durably records the digests of some segments, `first` and on, or compares them with the recorded ones: throws `FILE_CHANGED`. */
  confirmSegments(first: number, digests: readonly Uint8Array[]): Promise<void>;
  /** The put is over, for good or ill: forgets everything. */
  remove(): Promise<void>;
  close(): Promise<void>;
};

/** Starts a journal; its folder must not exist. */
export async function createPutJournal<State>(root: string, id: string, state: State): Promise<PutJournal<State>> {
  const folder = path.join(root, id);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(path.join(folder, "state.json"), encode(state));
  await syncFolder(root);
  return await openJournal(folder, id, state);
}

/** All unfinished journals under `root`, opened one by one by the caller. */
export async function listPutJournals(root: string): Promise<string[]> {
  try {
    return (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((e) => e.name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(cause, root);
  }
}

/** Opens an unfinished journal; undefined for one that a crash cut short before anything was sent, which goes. */
export async function openPutJournal<State>(root: string, id: string): Promise<PutJournal<State> | undefined> {
  const folder = path.join(root, id);
  const text = await readTextIfPresent(path.join(folder, "state.json"));
  if (text === undefined) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  return await openJournal(folder, id, JSON.parse(text, revive) as State);
}

async function openJournal<State>(folder: string, id: string, state: State): Promise<PutJournal<State>> {
  const file = path.join(folder, "segments");
  const segments: FileHandle = await open(file, APPEND_DURABLY, 0o600).catch((cause) => {
    throw fileError(cause, file);
  });
  // It may be new, and what is in it is durable only with its name.
  await syncFolder(folder);
  const known = Buffer.alloc((await segments.stat()).size);
  await segments.read(known, 0, known.length, 0);
  // A torn last hash was never relied upon: its segment had not left.
  const whole = Math.floor(known.length / HASH_BYTES);
  await segments.truncate(whole * HASH_BYTES);
  const recorded: Uint8Array[] = Array.from({ length: whole }, (_, i) =>
    known.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );

  const journal: PutJournal<State> = {
    id,
    state,
    async save(next) {
      await replaceFile(path.join(folder, "state.json"), encode(next));
      journal.state = next;
    },
    async confirmSegments(first, digests) {
      const known = recorded.slice(first, first + digests.length);
      for (const [i, before] of known.entries()) {
        if (equalBytes(before, digests[i]!)) continue;
        throw new HoldfastError(
          "FILE_CHANGED",
          "The file changed while it was being stored; nothing was paid. Store it again when it no longer changes.",
          { details: { segment: first + i } },
        );
      }
      const fresh = digests.slice(known.length);
      if (fresh.length === 0) return;
      if (first + known.length !== recorded.length) {
        throw new RangeError(`segment ${first} confirmed after ${recorded.length} segments`);
      }
      try {
        await segments.appendFile(concatBytes(...fresh));
      } catch (cause) {
        throw fileError(cause, file);
      }
      recorded.push(...fresh.map((digest) => Uint8Array.from(digest)));
    },
    async remove() {
      await segments.close();
      await rm(folder, { recursive: true, force: true });
    },
    close: () => segments.close(),
  };
  return journal;
}

function encode(state: unknown): string {
  return `${JSON.stringify(state, (_, value) => (typeof value === "bigint" ? { bigint: value.toString() } : value), 1)}\n`;
}

function revive(_: string, value: unknown): unknown {
  const wrapped = typeof value === "object" && value !== null && Object.keys(value).length === 1 && "bigint" in value;
  return wrapped && typeof value.bigint === "string" ? BigInt(value.bigint) : value;
}
