// From bytes on disk to an object: written down as pending, stored, and only then put into its place. Killed anywhere, the next
// start goes on, and pays nothing twice.

import type { BucketTable } from "../../physical/objects/bucket-table.ts";
import type { ObjectTable, StoredObject } from "../../physical/objects/object-table.ts";
import type { PendingPut, PendingTable } from "../../physical/objects/pending-table.ts";
import type { Spool } from "../../physical/objects/spool.ts";
import { fileNameOf } from "./names.ts";
import type { ObjectStore, StoredBytes } from "./object-store.ts";
import { S3Error } from "./s3-error.ts";

export interface PutParts {
  readonly buckets: BucketTable;
  readonly objects: ObjectTable;
  readonly pending: PendingTable;
  readonly spool: Spool;
  readonly store: ObjectStore;
  /** Milliseconds. */
  readonly now: () => number;
  /** Aborted when the gateway stops: what is under way then stays pending. */
  readonly signal: AbortSignal;
  /** Told when deals are to be ended. */
  readonly onReplaced: () => void;
}

export type WantedPut = Omit<PendingPut, "cid" | "sequence" | "begunAt">;

export interface ObjectPuts {
  /**
   * Stores what `keep` puts into the spool as `file`; it says the CID. A second put of the same file while the first is under way
   * keeps nothing and shares its end: a client that lost patience and asks again pays once.
   */
  put(put: WantedPut, keep: () => Promise<string>): Promise<StoredObject>;
  /** Resolves when no put of this key is under way. */
  quiet(bucket: string, key: string): Promise<void>;
  /** Resolves when none is under way. */
  idle(): Promise<void>;
  /** Takes up what an earlier run left; what fails again is told to `onFailure` and stays. */
  resume(onFailure: (put: PendingPut, cause: unknown) => void): Promise<void>;
}

export function createObjectPuts(parts: PutParts): ObjectPuts {
  const { buckets, objects, pending, spool, store, now, signal, onReplaced } = parts;
  const under = new Map<string, { put: WantedPut; done: Promise<StoredObject> }>();

  async function finish(put: PendingPut, { dealKey, capability }: StoredBytes): Promise<StoredObject> {
    const { bucket, key, size, etag, cid, facts } = put;
    const object = { bucket, key, dealKey, capability, cid, size, etag, facts, modifiedAt: now() };
    const { won, freed } = objects.commit(object, put);
    onReplaced();
    for (const file of freed) await spool.remove(file);
    if (!won && !buckets.has(bucket)) throw new S3Error("NoSuchBucket", "The bucket was removed meanwhile.");
    return object;
  }

  async function run(put: PendingPut): Promise<StoredObject> {
    const path = spool.pathOf(put.file);
    const name = fileNameOf(put.bucket, put.key);
    try {
      return await finish(put, await store.put(path, name));
    } catch (cause) {
      if (signal.aborted || cause instanceof S3Error) throw cause;
      // Whoever asked is told of the failure: nothing may come of it, or be paid for it, later. Where that cannot be known
      // the put stays pending, and a repeated request or the next start brings it to its end.
      const left = await store.abandon(path).catch(() => "unsure" as const);
      if (left === "open") return await finish(put, await store.put(path, name));
      if (left === "gone") {
        pending.remove(put.file);
        await spool.remove(put.file);
      }
      throw cause;
    }
  }

  function begin(put: WantedPut, work: () => Promise<StoredObject>): Promise<StoredObject> {
    const done = work().finally(() => under.delete(put.file));
    under.set(put.file, { put, done });
    return done;
  }

  /** It may have been stored before the crash and only not been written down here. */
  async function goOn(put: PendingPut): Promise<StoredObject> {
    const { cid, begunAt: since } = put;
    const stored = await store.stored({ name: fileNameOf(put.bucket, put.key), cid, since });
    const own = stored.find(({ dealKey }) => objects.ofDeal(dealKey) === undefined);
    return own === undefined ? await run(put) : await finish(put, own);
  }

  return {
    put(wanted, keep) {
      const same = under.get(wanted.file);
      if (same !== undefined) return same.done;
      return begin(wanted, async () => {
        const before = pending.find(wanted.file);
        const sequence = objects.sequence();
        const put = { ...wanted, cid: await keep(), sequence, begunAt: before?.begunAt ?? now() };
        pending.add(put);
        return await (before === undefined ? run(put) : goOn(put));
      });
    },
    async quiet(bucket, key) {
      const own = [...under.values()].filter(({ put }) => put.bucket === bucket && put.key === key);
      await Promise.allSettled(own.map(({ done }) => done));
    },
    async idle() {
      while (under.size > 0) await Promise.allSettled([...under.values()].map(({ done }) => done));
    },
    async resume(onFailure) {
      for (const put of pending.list()) {
        if (under.has(put.file)) continue;
        try {
          await begin(put, () => goOn(put));
        } catch (cause) {
          if (signal.aborted) return;
          onFailure(put, cause);
        }
      }
    },
  };
}
