// Which object is under which key, and which deals nobody refers to any more.

import { utf8 } from "../../common/bytes.ts";
import type { Database } from "../database.ts";
import { nextSequence, transact } from "./object-database.ts";
import type { PendingPut } from "./pending-table.ts";

/** What a client said about an object, as it is given back; values of HTTP headers. */
export type ObjectFacts = Readonly<Record<string, string>>;

export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  readonly dealKey: string;
  readonly capability: string;
  readonly cid: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds. */
  readonly modifiedAt: number;
  readonly facts: ObjectFacts;
}

export interface Committed {
  /** Whether the object is in its place now. */
  readonly won: boolean;
  /** Files that are of no use any more. */
  readonly freed: readonly string[];
}

/** A deal that no object has any more. */
export interface DealToEnd {
  readonly dealKey: string;
  readonly capability: string;
}

export interface ObjectTable {
  find(bucket: string, key: string): StoredObject | undefined;
  /**
   * Ends a pending put: its object takes the place of an older one, whose deal is then to be ended. A put that ends after a
   * younger one of the same key loses, and its own deal is to be ended; so does one whose bucket or key was removed since.
   */
  commit(object: StoredObject, put: Pick<PendingPut, "file" | "sequence" | "uploadId">): Committed;
  /** A second name for what is stored already. */
  copy(object: StoredObject): void;
  /** Its deal is then to be ended, unless another object has it. */
  remove(bucket: string, key: string): void;
  /** One that has this deal, or undefined. */
  ofDeal(dealKey: string): StoredObject | undefined;
  /** A number larger than any before it. */
  sequence(): number;
  /** Deals to be ended, until `ended` says that one is. */
  endings(): DealToEnd[];
  ended(dealKey: string): void;
}

type Row = Omit<StoredObject, "key" | "facts"> & { key: Uint8Array; facts: string };

const COLUMNS = "bucket, key, deal_key AS dealKey, capability, cid, size, etag, modified_at AS modifiedAt, facts";

const decoder = new TextDecoder();

function objectOf(row: Row): StoredObject {
  return { ...row, key: decoder.decode(row.key), facts: JSON.parse(row.facts) as ObjectFacts };
}

export function createObjectTable(database: Database): ObjectTable {
  const select = database.prepare(`SELECT ${COLUMNS} FROM objects WHERE bucket = ? AND key = ?`);
  const sequenceOf = database.prepare("SELECT sequence FROM objects WHERE bucket = ? AND key = ?");
  const bucketOf = database.prepare("SELECT 1 FROM buckets WHERE name = ?");
  const upsert = database.prepare("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const drop = database.prepare("DELETE FROM objects WHERE bucket = ? AND key = ?");
  const dealHolder = database.prepare(`SELECT ${COLUMNS} FROM objects WHERE deal_key = ? LIMIT 1`);
  const holder = database.prepare("SELECT 1 FROM objects WHERE deal_key = ? LIMIT 1");
  const addEnding = database.prepare("INSERT INTO endings VALUES (?, ?) ON CONFLICT DO NOTHING");
  const allEndings = database.prepare("SELECT deal_key AS dealKey, capability FROM endings");
  const disowned = database.prepare("SELECT 1 FROM pending WHERE file = ? AND wanted = 0");
  const dropPending = database.prepare("DELETE FROM pending WHERE file = ?");
  const completeUpload = database.prepare("UPDATE uploads SET etag = ? WHERE id = ?");
  const partFiles = database.prepare("SELECT file FROM parts WHERE upload_id = ?");
  const dropParts = database.prepare("DELETE FROM parts WHERE upload_id = ?");
  const dropEnding = database.prepare("DELETE FROM endings WHERE deal_key = ?");

  const find = (bucket: string, key: string) => {
    const row = select.get(bucket, utf8(key));
    return row === undefined ? undefined : objectOf(row as unknown as Row);
  };
  const write = ({ facts, ...object }: StoredObject, sequence: number) => {
    const { bucket, key, dealKey, capability, cid, size, etag, modifiedAt } = object;
    const values = [dealKey, capability, cid, size, etag, modifiedAt, JSON.stringify(facts), sequence];
    upsert.run(bucket, utf8(key), ...values);
  };
  const leave = ({ dealKey, capability }: DealToEnd) => {
    if (holder.get(dealKey) === undefined) addEnding.run(dealKey, capability);
  };
  const replace = (object: StoredObject, sequence: number) => {
    const before = find(object.bucket, object.key);
    write(object, sequence);
    if (before !== undefined) leave(before);
  };

  return {
    find,
    commit: (object, { file, sequence, uploadId }) =>
      transact(database, () => {
        const unwanted = disowned.get(file) !== undefined;
        dropPending.run(file);
        const freed = [file];
        if (uploadId !== undefined) {
          freed.push(...(partFiles.all(uploadId) as { file: string }[]).map((part) => part.file));
          completeUpload.run(object.etag, uploadId);
          dropParts.run(uploadId);
        }
        const before = sequenceOf.get(object.bucket, utf8(object.key)) as { sequence: number } | undefined;
        const late = before !== undefined && before.sequence > sequence;
        if (late || unwanted || bucketOf.get(object.bucket) === undefined) {
          leave(object);
          return { won: false, freed };
        }
        replace(object, sequence);
        return { won: true, freed };
      }),
    copy: (object) => transact(database, () => replace(object, nextSequence(database))),
    remove: (bucket, key) =>
      transact(database, () => {
        const before = find(bucket, key);
        if (before === undefined) return;
        drop.run(bucket, utf8(key));
        leave(before);
      }),
    ofDeal: (dealKey) => {
      const row = dealHolder.get(dealKey);
      return row === undefined ? undefined : objectOf(row as unknown as Row);
    },
    sequence: () => nextSequence(database),
    endings: () => allEndings.all().map((row) => ({ ...row })) as unknown as DealToEnd[],
    ended: (dealKey) => {
      dropEnding.run(dealKey);
    },
  };
}
