// The gateway's neighbour below, in memory: files by capability, what was paid for and what was ended, and failures on demand.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ObjectStore, PublicFile } from "../../../node/interface/gateway/object-store.ts";

export interface FakeStore extends ObjectStore {
  /** By capability. */
  readonly files: Map<string, Uint8Array>;
  /** Names in the order in which they were put. */
  readonly puts: string[];
  readonly ended: string[];
  readonly published: Map<string, PublicFile>;
  /** Runs before every put; may throw or wait. */
  beforePut: (path: string) => Promise<void>;
  chunkBytes: number;
  /** Runs before each chunk that is read. */
  beforeChunk: (index: number) => Promise<void>;
  abandoned: "gone" | "open" | "unsure";
}

export function createFakeStore(): FakeStore {
  const files = new Map<string, Uint8Array>();
  const known: { name: string; cid: string; at: number; dealKey: string; capability: string }[] = [];
  const store: FakeStore = {
    files,
    puts: [],
    ended: [],
    published: new Map(),
    beforePut: async () => {},
    chunkBytes: 1000,
    beforeChunk: async () => {},
    abandoned: "gone",
    async put(path, name) {
      await store.beforePut(path);
      const bytes = new Uint8Array(readFileSync(path));
      store.puts.push(name);
      const dealKey = `0x${randomBytes(32).toString("hex")}`;
      const capability = `capability of ${dealKey}`;
      files.set(capability, bytes);
      known.push({ name, cid: "", at: Date.now(), dealKey, capability });
      return { dealKey, capability };
    },
    abandon: async () => store.abandoned,
    async stored({ name, since }) {
      return known.filter((one) => one.name === name && one.at >= since);
    },
    async *read(capability, { offset, length }, signal) {
      const bytes = files.get(capability)!.subarray(offset, offset + length);
      for (let at = 0, i = 0; at < bytes.length; at += store.chunkBytes, i++) {
        await store.beforeChunk(i);
        signal.throwIfAborted();
        yield bytes.subarray(at, at + store.chunkBytes);
      }
    },
    async end(capability) {
      store.ended.push(capability);
      files.delete(capability);
    },
    findPublic: async (cid) => store.published.get(cid),
  };
  return store;
}
