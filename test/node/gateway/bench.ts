// A gateway in this process, on a folder of its own and a store in memory, and the official client of S3 for it.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { createDealEndings } from "../../../node/interface/gateway/deal-endings.ts";
import type { GatewayParts } from "../../../node/interface/gateway/gateway-parts.ts";
import { type GatewayServer, serveGateway } from "../../../node/interface/gateway/gateway-server.ts";
import { createObjectPuts } from "../../../node/interface/gateway/object-puts.ts";
import { LIMITS, type ServerLimits } from "../../../node/interface/gateway/server-limits.ts";
import { MIN_PART_BYTES } from "../../../node/interface/gateway/upload-operations.ts";
import { createBucketTable } from "../../../node/physical/objects/bucket-table.ts";
import { listObjects } from "../../../node/physical/objects/list-objects.ts";
import { openObjectDatabase } from "../../../node/physical/objects/object-database.ts";
import { createObjectTable } from "../../../node/physical/objects/object-table.ts";
import { createPendingTable } from "../../../node/physical/objects/pending-table.ts";
import { openSpool } from "../../../node/physical/objects/spool.ts";
import { createUploadTable } from "../../../node/physical/objects/upload-table.ts";
import { createFakeStore, type FakeStore } from "./fake-store.ts";

export const ACCESS_KEY = "HFKTESTTESTTESTTEST1";
export const SECRET = "a secret of the tests, known to everybody";

export interface Bench {
  readonly store: FakeStore;
  readonly parts: GatewayParts;
  readonly server: GatewayServer;
  readonly url: string;
  readonly folder: string;
  /** Failures that the gateway told its operator. */
  readonly failures: string[];
  client(config?: Partial<S3ClientConfig>): S3Client;
  /** Aborted when it stops. */
  readonly signal: AbortSignal;
  /** Milliseconds by which the gateway's clock is ahead. */
  skew: number;
  stop(): Promise<void>;
}

export async function startBench(
  options: { store?: FakeStore; folder?: string; limits?: Partial<ServerLimits>; free?: number } = {},
) {
  const store = options.store ?? createFakeStore();
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), "holdfast-gateway-"));
  const database = openObjectDatabase(folder);
  const stopping = new AbortController();
  const { signal } = stopping;
  const failures: string[] = [];
  const objects = createObjectTable(database);
  const buckets = createBucketTable(database);
  const uploads = createUploadTable(database);
  const pending = createPendingTable(database);
  const free = options.free;
  const spool = await openSpool(path.join(folder, "spool"), free === undefined ? undefined : async () => free);
  const bench = { skew: 0 };
  const now = () => Date.now() + bench.skew;
  const onFailure = (_: string, cause: unknown) => failures.push(String(cause));
  const endings = createDealEndings({ objects, store, signal, retryMs: 50, onFailure });
  const onReplaced = () => endings.kick();
  endings.kick();
  const puts = createObjectPuts({ buckets, objects, pending, spool, store, now, signal, onReplaced });
  const parts: GatewayParts = {
    ...{ buckets, objects, uploads, pending, puts, spool, store, now, onReplaced, minPartBytes: MIN_PART_BYTES },
    list: (query) => listObjects(database, query),
    newId: () => randomBytes(16).toString("hex"),
  };
  const keys = { secretOf: async (accessKey: string) => (accessKey === ACCESS_KEY ? SECRET : undefined) };
  const limits = { ...LIMITS, ...options.limits };
  const server = await serveGateway({ parts, keys, host: "127.0.0.1", port: 0, limits, onFailure });
  const url = `http://127.0.0.1:${server.port}`;
  const clients: S3Client[] = [];
  return Object.assign(bench, {
    signal,
    store,
    parts,
    server,
    url,
    folder,
    failures,
    client(config: Partial<S3ClientConfig> = {}) {
      const credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET };
      const client = new S3Client({
        ...{ endpoint: url, region: "us-east-1", forcePathStyle: true, credentials, maxAttempts: 1 },
        ...config,
      });
      clients.push(client);
      return client;
    },
    async stop() {
      if (signal.aborted) return;
      for (const client of clients) client.destroy();
      stopping.abort();
      await server.close();
      await endings.stop();
      await puts.idle();
      database.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true });
    },
  }) satisfies Bench;
}
