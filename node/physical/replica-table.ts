/** Rows of replicas and their pieces. What the client sent and what was offered are JSON that this floor does not read. */
import type { Database } from "./database.ts";

/**
 * `receiving` until all pieces are there and the commitment is signed; `committed` until an offer is signed; `offered`
 * until the chain has it; `active` while its deal goes on; `leaving` once the deal is over but the bag still has it.
 */
export type ReplicaState = "receiving" | "committed" | "offered" | "active" | "leaving";

export interface ReplicaRow {
  replicaId: string;
  state: ReplicaState;
  client: string;
  dealKey: string;
  slot: number;
  generation: number;
  groups: number;
  m: number;
  request: string;
  root: string | null;
  dataRoot: string | null;
  offer: string | null;
  offerExpiry: number | null;
  firstWindow: number | null;
  touchedAt: number;
}

export interface PieceRow {
  piece: number;
  pieceId: Uint8Array;
  /** Group nodes of the commitment, 32 bytes a group, and behind them the parents of their whole rows. */
  nodes: Uint8Array;
}

const COLUMNS = `replica_id AS replicaId, state, client, deal_key AS dealKey, slot, generation, groups, m, request, root,
  data_root AS dataRoot, offer, offer_expiry AS offerExpiry, first_window AS firstWindow, touched_at AS touchedAt`;

/** Inserts or replaces a replica's row. */
export function putReplica(database: Database, row: ReplicaRow): void {
  database
    .prepare(
      `INSERT OR REPLACE INTO replicas (replica_id, state, client, deal_key, slot, generation, groups, m, request, root,
         data_root, offer, offer_expiry, first_window, touched_at)
       VALUES (:replicaId, :state, :client, :dealKey, :slot, :generation, :groups, :m, :request, :root,
         :dataRoot, :offer, :offerExpiry, :firstWindow, :touchedAt)`,
    )
    .run({ ...row });
}

export function replicaById(database: Database, replicaId: string): ReplicaRow | undefined {
  return one(database.prepare(`SELECT ${COLUMNS} FROM replicas WHERE replica_id = ?`).get(replicaId));
}

/** The replica in this lane's bag, or on its way there, with that commitment. */
export function replicaByRoot(database: Database, root: string): ReplicaRow | undefined {
  return one(database.prepare(`SELECT ${COLUMNS} FROM replicas WHERE root = ? ORDER BY state`).get(root));
}

export function replicasOfDeal(database: Database, dealKey: string): ReplicaRow[] {
  return all(database.prepare(`SELECT ${COLUMNS} FROM replicas WHERE deal_key = ?`).all(dealKey));
}

export function allReplicas(database: Database): ReplicaRow[] {
  return all(database.prepare(`SELECT ${COLUMNS} FROM replicas ORDER BY replica_id`).all());
}

/** Forgets a replica and its pieces. */
export function deleteReplica(database: Database, replicaId: string): void {
  database.prepare("DELETE FROM replicas WHERE replica_id = ?").run(replicaId);
  database.prepare("DELETE FROM fillings WHERE replica_id = ?").run(replicaId);
  database.prepare("DELETE FROM under_way WHERE replica_id = ?").run(replicaId);
  deletePieces(database, replicaId);
}

export function deletePieces(database: Database, replicaId: string): void {
  database.prepare("DELETE FROM pieces WHERE replica_id = ?").run(replicaId);
}

export function putPiece(database: Database, replicaId: string, { piece, pieceId, nodes }: PieceRow): void {
  database
    .prepare("INSERT OR REPLACE INTO pieces (replica_id, piece, piece_id, nodes) VALUES (?, ?, ?, ?)")
    .run(replicaId, piece, pieceId, nodes);
}

/** In the order of the pieces. */
export function piecesOf(database: Database, replicaId: string): PieceRow[] {
  return database
    .prepare("SELECT piece, piece_id AS pieceId, nodes FROM pieces WHERE replica_id = ? ORDER BY piece")
    .all(replicaId) as unknown as PieceRow[];
}

export function pieceIdOf(database: Database, replicaId: string, piece: number): Uint8Array | undefined {
  const row = database
    .prepare("SELECT piece_id AS id FROM pieces WHERE replica_id = ? AND piece = ?")
    .get(replicaId, piece);
  return row?.id as Uint8Array | undefined;
}

/** Ids of a replica's pieces, in order. */
export function pieceIdsOf(database: Database, replicaId: string): Uint8Array[] {
  const rows = database.prepare("SELECT piece_id AS id FROM pieces WHERE replica_id = ? ORDER BY piece").all(replicaId);
  return rows.map((row) => row.id as Uint8Array);
}

function one(row: unknown): ReplicaRow | undefined {
  return row === undefined ? undefined : ({ ...(row as object) } as ReplicaRow);
}

function all(rows: unknown[]): ReplicaRow[] {
  return rows.map((row) => ({ ...(row as object) }) as ReplicaRow);
}
