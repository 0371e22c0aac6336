// Uploads in parts: what was begun, which parts are on disk, and for a while what became of it, so that a repeated request to
// complete one gets the same answer.

import { utf8 } from "../../common/bytes.ts";
import type { Database } from "../database.ts";
import { transact } from "./object-database.ts";
import type { ObjectFacts } from "./object-table.ts";

export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly facts: ObjectFacts;
  /** Milliseconds. */
  readonly begunAt: number;
  /** Of the object that it became, once it is complete; without quotes. */
  readonly etag?: string;
}

export interface UploadPart {
  readonly number: number;
  readonly file: string;
  readonly size: number;
  /** MD5 in hex, without quotes. */
  readonly etag: string;
  /** `algorithm value` of the checksum that the client gave. */
  readonly checksum?: string;
  readonly modifiedAt: number;
}

export interface UploadTable {
  begin(upload: Upload): void;
  find(id: string): Upload | undefined;
  /** Those under way in a bucket. */
  list(bucket: string): Upload[];
  /** Ascending by number. */
  parts(id: string): UploadPart[];
  /** Adds or replaces a part; the file that it replaces is returned. False when the upload is over. */
  addPart(id: string, part: UploadPart): string | undefined | false;
  /** Forgets all of it; a put that completes it comes to nothing. */
  remove(id: string): void;
  /** Forgets answers of uploads begun before; milliseconds. */
  forgetCompleted(before: number): void;
  /** Files of all parts there are. */
  files(): string[];
}

type Row = Omit<Upload, "key" | "facts" | "etag"> & { key: Uint8Array; facts: string; etag: string | null };
type PartRow = Omit<UploadPart, "checksum"> & { checksum: string | null };

const COLUMNS = "id, bucket, key, facts, begun_at AS begunAt, etag";
const decoder = new TextDecoder();

function uploadOf({ key, facts, etag, ...row }: Row): Upload {
  const rest = etag === null ? {} : { etag };
  return { ...row, key: decoder.decode(key), facts: JSON.parse(facts) as ObjectFacts, ...rest };
}

export function createUploadTable(database: Database): UploadTable {
  const insert = database.prepare("INSERT INTO uploads VALUES (?, ?, ?, ?, ?, NULL)");
  const one = database.prepare(`SELECT ${COLUMNS} FROM uploads WHERE id = ?`);
  const open = database.prepare(`SELECT ${COLUMNS} FROM uploads WHERE bucket = ? AND etag IS NULL ORDER BY key, id`);
  const allParts = database.prepare(
    "SELECT number, file, size, etag, checksum, modified_at AS modifiedAt FROM parts WHERE upload_id = ? ORDER BY number",
  );
  const partFile = database.prepare("SELECT file FROM parts WHERE upload_id = ? AND number = ?");
  const insertPart = database.prepare("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)");
  const dropParts = database.prepare("DELETE FROM parts WHERE upload_id = ?");
  const drop = database.prepare("DELETE FROM uploads WHERE id = ?");
  const disown = database.prepare("UPDATE pending SET wanted = 0 WHERE upload_id = ?");
  const dropOld = database.prepare("DELETE FROM uploads WHERE etag IS NOT NULL AND begun_at < ?");
  const allFiles = database.prepare("SELECT file FROM parts");

  const find = (id: string) => {
    const row = one.get(id) as unknown as Row | undefined;
    return row === undefined ? undefined : uploadOf(row);
  };
  return {
    begin: ({ id, bucket, key, facts, begunAt }) => {
      insert.run(id, bucket, utf8(key), JSON.stringify(facts), begunAt);
    },
    find,
    list: (bucket) => (open.all(bucket) as unknown as Row[]).map(uploadOf),
    parts: (id) =>
      (allParts.all(id) as unknown as PartRow[]).map(({ checksum, ...part }) => ({
        ...part,
        ...(checksum === null ? {} : { checksum }),
      })),
    addPart: (id, { number, file, size, etag, checksum, modifiedAt }) =>
      transact(database, () => {
        const upload = find(id);
        if (upload === undefined || upload.etag !== undefined) return false;
        const before = partFile.get(id, number) as { file: string } | undefined;
        insertPart.run(id, number, file, size, etag, checksum ?? null, modifiedAt);
        return before?.file;
      }),
    remove: (id) =>
      transact(database, () => {
        dropParts.run(id);
        disown.run(id);
        drop.run(id);
      }),
    forgetCompleted: (before) => {
      dropOld.run(before);
    },
    files: () => (allFiles.all() as { file: string }[]).map(({ file }) => file),
  };
}
