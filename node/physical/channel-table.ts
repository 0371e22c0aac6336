/** One row per payer: the highest voucher, what was sent for, what was redeemed. Amounts are base units. */
import type { Database } from "./database.ts";

export interface ChannelRow {
  payer: string;
  /** Life of the channel that everything else is about. */
  epoch: bigint;
  cumulative: bigint;
  spent: bigint;
  /** The payer's signature of `cumulative`. */
  signature: string;
  /** Peer that handed the voucher over: credit that is left is this peer's. */
  peer: string;
  redeemed: bigint;
  touchedAt: number;
}

interface StoredRow extends Record<string, string | number> {
  payer: string;
  epoch: string;
  cumulative: string;
  spent: string;
  signature: string;
  peer: string;
  redeemed: string;
  touchedAt: number;
}

const COLUMNS = "payer, epoch, cumulative, spent, signature, peer, redeemed, touched_at AS touchedAt";

export function putChannel(database: Database, row: ChannelRow): void {
  const { epoch, cumulative, spent, redeemed, ...rest } = row;
  const amounts = { epoch: `${epoch}`, cumulative: `${cumulative}`, spent: `${spent}`, redeemed: `${redeemed}` };
  database
    .prepare(
      `INSERT OR REPLACE INTO channels (payer, epoch, cumulative, spent, signature, peer, redeemed, touched_at)
       VALUES (:payer, :epoch, :cumulative, :spent, :signature, :peer, :redeemed, :touchedAt)`,
    )
    .run({ ...rest, ...amounts });
}

export function channelOfPayer(database: Database, payer: string): ChannelRow | undefined {
  const row = database.prepare(`SELECT ${COLUMNS} FROM channels WHERE payer = ?`).get(payer);
  return row === undefined ? undefined : fromStored(row as StoredRow);
}

export function allChannels(database: Database): ChannelRow[] {
  const rows = database.prepare(`SELECT ${COLUMNS} FROM channels ORDER BY payer`).all();
  return rows.map((row) => fromStored(row as StoredRow));
}

function fromStored({ epoch, cumulative, spent, redeemed, ...rest }: StoredRow): ChannelRow {
  const amounts = {
    epoch: BigInt(epoch),
    cumulative: BigInt(cumulative),
    spent: BigInt(spent),
    redeemed: BigInt(redeemed),
  };
  return { ...rest, ...amounts };
}
