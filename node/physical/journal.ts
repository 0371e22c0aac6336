/**
 * Group commits: changes that arrive while the disk is busy share the next flush, which takes 3 to 5 ms however many
 * there are.
 */

import type { Database } from "./database.ts";
import { diskError } from "./disk-error.ts";

/** One change of the database, synchronous. What it throws undoes it alone. */
export type Change<T> = (database: Database) => T;

export interface Journal {
  /** Runs the change and resolves, with its result, once it survives a crash. */
  commit<T>(change: Change<T>): Promise<T>;
  /** What is there now, including changes that are not flushed yet. */
  read<T>(query: Change<T>): T;
  /** Flushes what is waiting and closes the database. */
  close(): void;
}

interface Entry {
  change: Change<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The most changes in one flush: a bound on how long the event loop stands still. */
const MAX_GROUP = 256;

export function createJournal(database: Database): Journal {
  const waiting: Entry[] = [];
  let scheduled = false;

  function flush(): void {
    scheduled = false;
    const group = waiting.splice(0, MAX_GROUP);
    if (waiting.length > 0) schedule();
    if (group.length === 0) return;
    const settle: (() => void)[] = [];
    try {
      database.exec("BEGIN IMMEDIATE");
      for (const entry of group) settle.push(apply(entry));
      database.exec("COMMIT");
    } catch (cause) {
      if (database.isTransaction) database.exec("ROLLBACK");
      for (const { reject } of group) reject(diskError(cause, "holdfast.sqlite"));
      return;
    }
    for (const done of settle) done();
  }

  function apply({ change, resolve, reject }: Entry): () => void {
    database.exec("SAVEPOINT change");
    try {
      const value = change(database);
      database.exec("RELEASE change");
      return () => resolve(value);
    } catch (error) {
      if (!database.isTransaction) throw error; // SQLite itself has given the transaction up, e.g. on a full disk
      database.exec("ROLLBACK TO change; RELEASE change");
      return () => reject(error);
    }
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  }

  return {
    commit<T>(change: Change<T>) {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ change, resolve: resolve as (value: unknown) => void, reject });
        schedule();
      });
    },
    read: (query) => query(database),
    close() {
      while (waiting.length > 0) flush();
      database.close();
    },
  };
}
