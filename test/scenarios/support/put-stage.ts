// How far an unfinished put is, from what a crash would leave of it: its journal, the chain, the client's list, the providers' disks.

import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { headerHashOf } from "../../../node/consensus/market.ts";
import { fileLayout } from "../../../node/data/layout.ts";
import type { PutState } from "../../../node/interface/client/put-plan.ts";
import { readFileIndex } from "../../../node/physical/file-index.ts";
import type { Network } from "../../../scripts/lib/network.ts";
import type { TestClient } from "./client.ts";

/** In their order. */
export const PUT_STAGES = ["planned", "sending", "sent", "ready", "open", "listed"] as const;

export type PutStage = (typeof PUT_STAGES)[number];

/** Of the one put under way; undefined before its plan is durable, and once it is over. */
export async function putStage(network: Network, client: TestClient): Promise<PutStage | undefined> {
  const root = path.join(client.data, "puts");
  let state: PutState;
  let digests: number;
  try {
    const folder = path.join(root, readdirSync(root)[0]!);
    state = JSON.parse(readFileSync(path.join(folder, "state.json"), "utf8")) as PutState;
    digests = statSync(path.join(folder, "segments")).size / 32;
  } catch {
    return undefined;
  }
  const { plan, content } = state;
  if (content === undefined) {
    if (digests === 0) return "planned";
    return digests < fileLayout(plan.size, plan.k).segments ? "sending" : "sent";
  }
  if (BigInt(await headerHashOf(network.chain, plan.dealKey)) === 0n) return "ready";
  const listed = (await readFileIndex(client.data)).some(({ dealKey }) => dealKey === plan.dealKey);
  return listed ? "listed" : "open";
}

/** Every piece that a provider has on its disk: its file, and what tells that file from one written later. */
export function piecesOnDisk({ providers }: Network): Map<string, string> {
  const found = new Map<string, string>();
  for (const { folder } of providers) {
    const replicas = path.join(folder, "replicas");
    for (const name of readdirSync(replicas, { recursive: true }) as string[]) {
      if (!name.endsWith(".piece")) continue;
      const file = path.join(replicas, name);
      // A provider may let go of an expired upload of another test between the two calls.
      const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
      if (stats !== undefined) found.set(file, `${stats.ino} ${stats.mtimeNs}`);
    }
  }
  return found;
}
