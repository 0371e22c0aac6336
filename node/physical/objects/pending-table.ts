// Puts whose bytes are all here and whose deal is perhaps open already: after a crash they are brought to their end.

import { utf8 } from "../../common/bytes.ts";
import type { Database } from "../database.ts";
import type { ObjectFacts } from "./object-table.ts";

export interface PendingPut {
  /** Where the bytes are; the same bytes for the same key always have the same one. */
  readonly file: string;
  /** When it began, as a number that grows. */
  readonly sequence: number;
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** CIDv1 of the bytes. */
  readonly cid: string;
  readonly facts: ObjectFacts;
  /** Milliseconds. */
  readonly begunAt: number;
  /** The upload in parts that it completes. */
  readonly uploadId?: string;
}

export interface PendingTable {
  /** Adds or replaces the one of its file. */
  add(put: PendingPut): void;
  find(file: string): PendingPut | undefined;
  /** Oldest first. */
  list(): PendingPut[];
  remove(file: string): void;
  /** The key was removed since: what these puts still store goes nowhere, and its deals are ended. */
  disown(bucket: string, key: string): void;
}

type Row = Omit<PendingPut, "key" | "facts" | "uploadId"> & { key: Uint8Array; facts: string; uploadId: string | null };

const COLUMNS = "file, sequence, bucket, key, size, etag, cid, facts, upload_id AS uploadId, begun_at AS begunAt";
const decoder = new TextDecoder();

function putOf({ key, facts, uploadId, ...rest }: Row): PendingPut {
  const upload = uploadId === null ? {} : { uploadId };
  return { ...rest, key: decoder.decode(key), facts: JSON.parse(facts) as ObjectFacts, ...upload };
}

export function createPendingTable(database: Database): PendingTable {
  const insert = database.prepare("INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)");
  const all = database.prepare(`SELECT ${COLUMNS} FROM pending ORDER BY sequence`);
  const drop = database.prepare("DELETE FROM pending WHERE file = ?");
  const orphan = database.prepare("UPDATE pending SET wanted = 0 WHERE bucket = ? AND key = ?");
  const one = database.prepare(`SELECT ${COLUMNS} FROM pending WHERE file = ?`);
  return {
    add({ file, sequence, bucket, key, size, etag, cid, facts, uploadId, begunAt }) {
      const values = [size, etag, cid, JSON.stringify(facts), uploadId ?? null, begunAt];
      insert.run(file, sequence, bucket, utf8(key), ...values);
    },
    find: (file) => {
      const row = one.get(file);
      return row === undefined ? undefined : putOf(row as unknown as Row);
    },
    list: () => (all.all() as unknown as Row[]).map(putOf),
    remove: (file) => {
      drop.run(file);
    },
    disown: (bucket, key) => {
      orphan.run(bucket, utf8(key));
    },
  };
}
