/** What became of each proving window, for the operator; the chain's bitmap is what counts. And named marks. */
import type { Database } from "./database.ts";

export type WindowState = "proven" | "unprovable" | "missed";

export interface WindowRow {
  window: number;
  state: WindowState;
  note: string;
  at: number;
}

export function putWindow(database: Database, row: WindowRow): void {
  database
    .prepare("INSERT OR REPLACE INTO windows (window, state, note, at) VALUES (:window, :state, :note, :at)")
    .run({ ...row });
}

/** The latest `limit` windows, newest first. */
export function latestWindows(database: Database, limit: number): WindowRow[] {
  const rows = database.prepare("SELECT window, state, note, at FROM windows ORDER BY window DESC LIMIT ?").all(limit);
  return rows.map((row) => ({ ...row }) as unknown as WindowRow);
}

export function countWindows(database: Database): Record<WindowState, number> {
  const counts = { proven: 0, unprovable: 0, missed: 0 };
  for (const row of database.prepare("SELECT state, count(*) AS n FROM windows GROUP BY state").all()) {
    counts[row.state as WindowState] = row.n as number;
  }
  return counts;
}

/** A value kept under a name, e.g. the block up to which events were read. */
export function markOf(database: Database, name: string): string | undefined {
  return database.prepare("SELECT value FROM marks WHERE name = ?").get(name)?.value as string | undefined;
}

export function putMark(database: Database, name: string, value: string): void {
  database.prepare("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)").run(name, value);
}
