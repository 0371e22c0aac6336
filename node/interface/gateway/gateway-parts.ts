// What every operation of the gateway works with, and what it answers.

import type { BucketTable } from "../../physical/objects/bucket-table.ts";
import type { ListPage, ListQuery } from "../../physical/objects/list-objects.ts";
import type { ObjectTable } from "../../physical/objects/object-table.ts";
import type { PendingTable } from "../../physical/objects/pending-table.ts";
import type { Spool } from "../../physical/objects/spool.ts";
import type { UploadTable } from "../../physical/objects/upload-table.ts";
import type { ObjectPuts } from "./object-puts.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Incoming } from "./request-body.ts";
import { S3Error } from "./s3-error.ts";

export interface GatewayParts {
  readonly buckets: BucketTable;
  readonly objects: ObjectTable;
  readonly uploads: UploadTable;
  readonly pending: PendingTable;
  readonly list: (query: ListQuery) => ListPage;
  readonly puts: ObjectPuts;
  readonly spool: Spool;
  readonly store: ObjectStore;
  /** The least size of a part of an upload, but for the last. */
  readonly minPartBytes: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** 16 bytes in hex, never the same. */
  readonly newId: () => string;
  /** Told when a deal is to be ended. */
  readonly onReplaced: () => void;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text; for a stream the length is in the headers. */
  readonly body?: string | AsyncIterable<Uint8Array>;
}

export type Operation = (parts: GatewayParts, incoming: Incoming) => Promise<Answer> | Answer;

export function xmlAnswer(body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, headers: { "content-type": "application/xml", ...headers }, body };
}

/** The bucket that the request names. Throws `NoSuchBucket`. */
export function bucketOf({ buckets }: Pick<GatewayParts, "buckets">, { request }: Incoming): string {
  const bucket = request.bucket ?? "";
  if (buckets.has(bucket)) return bucket;
  throw new S3Error("NoSuchBucket", "There is no such bucket.");
}
