/**
 * An index: one SQLite file, WAL, every commit flushed (synchronous = FULL).
 *
 * The connection keeps the file locked, so a second daemon on the same folder is refused; the system drops the lock when
 * the process dies, however it dies.
 */
import { DatabaseSync } from "node:sqlite";
import { HoldfastError } from "../common/errors.ts";
import { diskError } from "./disk-error.ts";

export type Database = DatabaseSync;

/** Amounts are decimal text (64 bits are too few), blocks and windows integers, `*_at` milliseconds. */
const SCHEMA = `
CREATE TABLE replicas (
  replica_id TEXT PRIMARY KEY, state TEXT NOT NULL, client TEXT NOT NULL, deal_key TEXT NOT NULL,
  slot INTEGER NOT NULL, generation INTEGER NOT NULL, groups INTEGER NOT NULL, m INTEGER NOT NULL,
  request TEXT NOT NULL, root TEXT, data_root TEXT, offer TEXT, offer_expiry INTEGER, first_window INTEGER,
  touched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX replicas_by_root ON replicas (root);
CREATE INDEX replicas_by_deal ON replicas (deal_key, slot);
CREATE TABLE pieces (
  replica_id TEXT NOT NULL, piece INTEGER NOT NULL, piece_id BLOB NOT NULL, nodes BLOB NOT NULL,
  PRIMARY KEY (replica_id, piece)
) STRICT, WITHOUT ROWID;
CREATE TABLE channels (
  payer TEXT PRIMARY KEY, epoch TEXT NOT NULL, cumulative TEXT NOT NULL, spent TEXT NOT NULL, signature TEXT NOT NULL,
  peer TEXT NOT NULL, redeemed TEXT NOT NULL, touched_at INTEGER NOT NULL
) STRICT;
CREATE TABLE windows (window INTEGER PRIMARY KEY, state TEXT NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Since version 2. */
const FILLINGS = `
CREATE TABLE fillings (
  replica_id TEXT NOT NULL, block_hash TEXT NOT NULL, log_index INTEGER NOT NULL, first_window INTEGER NOT NULL,
  offer TEXT NOT NULL, UNIQUE (block_hash, log_index)
) STRICT;
CREATE INDEX fillings_by_replica ON fillings (replica_id);
`;

/** Since version 3: pieces that were charged for and may not have arrived, a JSON list of indices. */
const UNDER_WAY = `
CREATE TABLE under_way (
  payer TEXT NOT NULL, replica_id TEXT NOT NULL, pieces TEXT NOT NULL, PRIMARY KEY (payer, replica_id)
) STRICT, WITHOUT ROWID;
`;

/** What each version of the provider's index added to the one before. */
const PROVIDER = [SCHEMA, FILLINGS, UNDER_WAY];

/**
 * `versions` are the statements that bring an index from each version to the next; those of a provider unless told.
 * Throws `FOLDER_IN_USE`, `DATABASE_NEWER`, `DISK_FULL` or `DISK_FAILED`.
 */
export function openDatabase(file: string, versions: readonly string[] = PROVIDER): Database {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 500 });
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    database.exec("BEGIN EXCLUSIVE");
    const found = database.prepare("PRAGMA user_version").get() as { user_version: number };
    if (found.user_version > versions.length) {
      throw new HoldfastError("DATABASE_NEWER", "A newer Holdfast wrote this data folder: update this program.", {
        details: { expected: versions.length, found: found.user_version },
      });
    }
    for (const statements of versions.slice(found.user_version)) database.exec(statements);
    database.exec(`PRAGMA user_version = ${versions.length}`);
    database.exec("COMMIT");
    return database;
  } catch (cause) {
    database?.close();
    // 5 is SQLITE_BUSY.
    if ((cause as { errcode?: number }).errcode === 5) {
      throw new HoldfastError("FOLDER_IN_USE", "Another daemon runs on this data folder: stop it first.", {
        details: { file },
        cause,
      });
    }
    throw diskError(cause, file);
  }
}
