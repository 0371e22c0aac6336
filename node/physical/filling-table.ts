/** Every offer that the chain ever filled a slot with for a replica, in order: what is asked under an old one is still asked. */
import type { Database } from "./database.ts";

export interface FillingRow {
  replicaId: string;
  /** Of the event, with its place in the block. */
  blockHash: string;
  logIndex: number;
  firstWindow: number;
  offer: string;
}

export function putFilling(database: Database, row: FillingRow): void {
  database
    .prepare(
      `INSERT OR REPLACE INTO fillings (replica_id, block_hash, log_index, first_window, offer)
       VALUES (:replicaId, :blockHash, :logIndex, :firstWindow, :offer)`,
    )
    .run({ ...row });
}

/** The chain replaced the block of that event. */
export function removeFilling(database: Database, { blockHash, logIndex }: Pick<FillingRow, "blockHash" | "logIndex">) {
  database.prepare("DELETE FROM fillings WHERE block_hash = ? AND log_index = ?").run(blockHash, logIndex);
}

/** Oldest first. */
export function fillingsOf(database: Database, replicaId: string): FillingRow[] {
  return database
    .prepare(
      `SELECT replica_id AS replicaId, block_hash AS blockHash, log_index AS logIndex, first_window AS firstWindow, offer
       FROM fillings WHERE replica_id = ? ORDER BY rowid`,
    )
    .all(replicaId) as unknown as FillingRow[];
}
