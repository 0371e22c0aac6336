import type { Database } from "../database.ts";
import { transact } from "./object-database.ts";

export interface Bucket {
  readonly name: string;
  /** Milliseconds. */
  readonly createdAt: number;
}

export interface BucketTable {
  /** By name. */
  list(): Bucket[];
  has(name: string): boolean;
  /** False when it is there already. */
  add(bucket: Bucket): boolean;
  /** Takes an empty bucket away, with the uploads begun in it; says why not otherwise. */
  remove(name: string): "removed" | "missing" | "not empty";
}

export function createBucketTable(database: Database): BucketTable {
  const all = database.prepare("SELECT name, created_at AS createdAt FROM buckets ORDER BY name");
  const one = database.prepare("SELECT 1 FROM buckets WHERE name = ?");
  const insert = database.prepare("INSERT INTO buckets VALUES (?, ?) ON CONFLICT DO NOTHING");
  const used = database.prepare(
    "SELECT 1 FROM objects WHERE bucket = ?1 UNION ALL SELECT 1 FROM pending WHERE bucket = ?1 LIMIT 1",
  );
  const drop = database.prepare("DELETE FROM buckets WHERE name = ?");
  const dropParts = database.prepare("DELETE FROM parts WHERE upload_id IN (SELECT id FROM uploads WHERE bucket = ?)");
  const dropUploads = database.prepare("DELETE FROM uploads WHERE bucket = ?");
  const has = (name: string) => one.get(name) !== undefined;
  return {
    list: () => all.all().map((row) => ({ ...row })) as unknown as Bucket[],
    has,
    add: ({ name, createdAt }) => Number(insert.run(name, createdAt).changes) === 1,
    remove: (name) =>
      transact(database, () => {
        if (!has(name)) return "missing";
        if (used.get(name) !== undefined) return "not empty";
        dropParts.run(name);
        dropUploads.run(name);
        drop.run(name);
        return "removed";
      }),
  };
}
