/** Pieces of a replica that a payer was charged for and that may not have reached it. */
import type { Database } from "./database.ts";

/** Indices, oldest first. */
export function underWay(database: Database, payer: string, replicaId: string): number[] {
  const row = database.prepare("SELECT pieces FROM under_way WHERE payer = ? AND replica_id = ?").get(payer, replicaId);
  return row === undefined ? [] : (JSON.parse(row.pieces as string) as number[]);
}

/** Replaces the list; an empty one goes. */
export function putUnderWay(database: Database, payer: string, replicaId: string, pieces: readonly number[]): void {
  if (pieces.length === 0) {
    database.prepare("DELETE FROM under_way WHERE payer = ? AND replica_id = ?").run(payer, replicaId);
    return;
  }
  database
    .prepare("INSERT OR REPLACE INTO under_way (payer, replica_id, pieces) VALUES (?, ?, ?)")
    .run(payer, replicaId, JSON.stringify(pieces));
}
