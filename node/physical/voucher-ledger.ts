// What this client has promised each provider so far, durable before the promise leaves: a client that forgot would sign the
// same money twice.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { readTextIfPresent, replaceFile } from "./user-file.ts";

export interface VoucherLedger {
  /** The highest cumulative amount signed in this life of a channel; 0 for none. Base units. */
  promised(channel: string, epoch: bigint): bigint;
  /** Resolves once a higher promise is durable. */
  promise(channel: string, epoch: bigint, cumulative: bigint): Promise<void>;
}

/** `channel` names chain, contract, payer and provider; see `channelName`. */
export async function openVoucherLedger(folder: string): Promise<VoucherLedger> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, "vouchers.json");
  const text = await readTextIfPresent(file);
  const entries = new Map<string, string>(text === undefined ? [] : Object.entries(JSON.parse(text)));
  let writing: Promise<void> = Promise.resolve();
  const key = (channel: string, epoch: bigint) => `${channel}/${epoch}`;
  return {
    promised: (channel, epoch) => BigInt(entries.get(key(channel, epoch)) ?? "0"),
    async promise(channel, epoch, cumulative) {
      const before = BigInt(entries.get(key(channel, epoch)) ?? "0");
      if (cumulative > before) entries.set(key(channel, epoch), cumulative.toString());
      writing = writing
        .catch(() => {})
        .then(() => replaceFile(file, `${JSON.stringify(Object.fromEntries(entries), undefined, 1)}\n`));
      await writing;
    },
  };
}

/** One channel, whatever the deployment. */
export function channelName(chainId: number, contract: string, payer: string, provider: string): string {
  return [chainId, contract, payer, provider].join("/").toLowerCase();
}
