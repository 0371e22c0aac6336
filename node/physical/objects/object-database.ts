// What a gateway must not forget: buckets, objects, uploads in parts, puts under way, deals to be ended. One SQLite file beside
// the client's other data; it holds capabilities, so only its owner may read it.

import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { type Database, openDatabase } from "../database.ts";
import { diskError } from "../disk-error.ts";

/** Keys are UTF-8 bytes: SQLite then sorts them as S3 lists them. `*_at` are milliseconds, `facts` JSON. */
const SCHEMA = `
CREATE TABLE buckets (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE objects (
  bucket TEXT NOT NULL, key BLOB NOT NULL, deal_key TEXT NOT NULL, capability TEXT NOT NULL, cid TEXT NOT NULL,
  size INTEGER NOT NULL, etag TEXT NOT NULL, modified_at INTEGER NOT NULL, facts TEXT NOT NULL, sequence INTEGER NOT NULL,
  PRIMARY KEY (bucket, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX objects_by_deal ON objects (deal_key);
CREATE TABLE uploads (
  id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, facts TEXT NOT NULL, begun_at INTEGER NOT NULL, etag TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE parts (
  upload_id TEXT NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
  checksum TEXT, modified_at INTEGER NOT NULL, PRIMARY KEY (upload_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE pending (
  file TEXT PRIMARY KEY, sequence INTEGER NOT NULL, bucket TEXT NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL,
  etag TEXT NOT NULL, cid TEXT NOT NULL, facts TEXT NOT NULL, upload_id TEXT, begun_at INTEGER NOT NULL,
  wanted INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
CREATE TABLE endings (deal_key TEXT PRIMARY KEY, capability TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Makes `folder` when it is missing. Throws `FOLDER_IN_USE` while another gateway has it, and what `openDatabase` throws. */
export function openObjectDatabase(folder: string): Database {
  const file = path.join(folder, "objects.sqlite");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // SQLite gives its log the rights of the file, which it would make readable for all.
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    throw diskError(cause, file);
  }
  return openDatabase(file, [SCHEMA]);
}

/** Runs `work` in one transaction: all of it is on disk when it returns, or nothing. */
export function transact<T>(database: Database, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (cause) {
    // A full disk may have rolled it back already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw cause;
  }
}

/** A number larger than any before it. */
export function nextSequence(database: Database): number {
  const row = database
    .prepare(
      "INSERT INTO marks VALUES ('sequence', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
    )
    .get() as { value: number };
  return row.value;
}
