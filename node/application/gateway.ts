// The local gateway: wires the object index, the spool, the client and the HTTP server, and takes up what an earlier run left.

import { randomBytes } from "node:crypto";
import path from "node:path";
import { HoldfastError } from "../common/errors.ts";
import { checkPutOptions } from "../interface/client/begin-put.ts";
import { createDealEndings } from "../interface/gateway/deal-endings.ts";
import type { GatewayParts } from "../interface/gateway/gateway-parts.ts";
import { serveGateway } from "../interface/gateway/gateway-server.ts";
import { requireLoopback } from "../interface/gateway/loopback.ts";
import { createObjectPuts } from "../interface/gateway/object-puts.ts";
import { MIN_PART_BYTES } from "../interface/gateway/upload-operations.ts";
import type { Database } from "../physical/database.ts";
import { addGatewayKey, gatewayKeysOf, readGatewayKeys } from "../physical/gateway-keys.ts";
import { createBucketTable } from "../physical/objects/bucket-table.ts";
import { listObjects } from "../physical/objects/list-objects.ts";
import { openObjectDatabase } from "../physical/objects/object-database.ts";
import { createObjectTable } from "../physical/objects/object-table.ts";
import { createPendingTable } from "../physical/objects/pending-table.ts";
import { openSpool } from "../physical/objects/spool.ts";
import { createUploadTable } from "../physical/objects/upload-table.ts";
import { createClientStore, type StoreTerms } from "./gateway-store.ts";
import type { Client } from "./sdk.ts";

export interface GatewayOptions {
  /** The client's data folder. */
  readonly folder: string;
  readonly client: Client;
  readonly host: string;
  readonly port: number;
  readonly terms: StoreTerms;
  /** The least size of a part of an upload, but for the last; S3's 5 MiB unless told. */
  readonly minPartBytes?: number | undefined;
  /** One line for the operator; never a secret. */
  readonly log: (sentence: string) => void;
}

export interface RunningGateway {
  readonly url: string;
  /** Holds the access keys, in the form that AWS tools read. */
  readonly credentials: string;
  /** Lets requests under way end for a moment; what does not, goes on at the next start. */
  stop(): Promise<void>;
}

/** An upload that was completed is remembered so long, for a client that did not hear it. */
const REMEMBER_MS = 24 * 3_600_000;
const RETRY_MS = 5 * 60_000;

/** Throws `FOLDER_IN_USE` when another gateway has the folder, `NOT_LOOPBACK`, `PORT_TAKEN`, and what the client throws. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { folder, client, host } = options;
  requireLoopback(host);
  checkPutOptions(options.terms);
  // A wrong password or a chain that is not there is said now, not to the first who puts something.
  await client.address();
  const own = path.join(folder, "gateway");
  const database = openObjectDatabase(own);
  try {
    return await run(options, own, database);
  } catch (cause) {
    database.close();
    throw cause;
  }
}

async function run(
  { folder, client, host, port, terms, log, minPartBytes = MIN_PART_BYTES }: GatewayOptions,
  own: string,
  database: Database,
): Promise<RunningGateway> {
  const credentials = gatewayKeysOf(folder);
  if ((await readGatewayKeys(credentials)).length === 0) await addGatewayKey(credentials, "default");
  const stopping = new AbortController();
  const { signal } = stopping;
  const now = Date.now;
  const store = createClientStore(client, terms, signal);
  const buckets = createBucketTable(database);
  const objects = createObjectTable(database);
  const uploads = createUploadTable(database);
  const pending = createPendingTable(database);
  const spool = await openSpool(path.join(own, "spool"));
  uploads.forgetCompleted(now() - REMEMBER_MS);
  await spool.sweep(new Set([...uploads.files(), ...pending.list().map(({ file }) => file)]));
  const onFailure = (sentence: string, cause: unknown) => log(`${sentence}: ${sentenceOf(cause)}`);
  const endings = createDealEndings({
    objects,
    store,
    signal,
    retryMs: RETRY_MS,
    onFailure: (dealKey, cause) => onFailure(`deal ${dealKey.slice(0, 10)} is not ended yet`, cause),
  });
  const onReplaced = () => endings.kick();
  const puts = createObjectPuts({ buckets, objects, pending, spool, store, now, signal, onReplaced });
  const parts: GatewayParts = {
    ...{ buckets, objects, uploads, pending, puts, spool, store, now, onReplaced, minPartBytes },
    list: (query) => listObjects(database, query),
    newId: () => randomBytes(16).toString("hex"),
  };
  const keys = {
    // Read every time: a key that was removed is of no use from then on.
    async secretOf(accessKey: string) {
      return (await readGatewayKeys(credentials)).find((key) => key.accessKey === accessKey)?.secret;
    },
  };
  const server = await serveGateway({ parts, keys, host, port, onFailure });
  const resuming = puts.resume(({ bucket, key }, cause) => onFailure(`${bucket}/${key} is not stored yet`, cause));
  endings.kick();
  return {
    url: `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${server.port}`,
    credentials,
    async stop() {
      const closed = server.close();
      stopping.abort(new HoldfastError("CANCELLED", "The gateway stops; what is under way goes on at the next start."));
      await Promise.allSettled([closed, resuming, endings.stop(), puts.idle()]);
      database.close();
    },
  };
}

function sentenceOf(cause: unknown): string {
  if (cause instanceof HoldfastError) return `${cause.message} (${cause.code})`;
  return String(cause).split("\n")[0]!;
}
