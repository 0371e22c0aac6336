// The steps of the main job on a running network, each as a person would take it.

import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat, truncate } from "node:fs/promises";
import path from "node:path";
import { bytesToInteger } from "../../node/common/bytes.ts";
import { type AuditReport, audit } from "../../node/consensus/audit/audit.ts";
import { type Chain, connectChain } from "../../node/consensus/chain.ts";
import type { Replica } from "../../node/consensus/deals.ts";
import { settleDue } from "../../node/consensus/settling.ts";
import { account } from "../../node/consensus/spacetime.ts";
import type { Network } from "../lib/network.ts";
import { holdfast } from "../lib/processes.ts";
import { tokens } from "./balance-table.ts";
import { readMoney } from "./settlements.ts";

type Tell = (text: string) => void;

export type Stored = {
  readonly capability: string;
  readonly dealKey: `0x${string}`;
  readonly bytes: number;
  readonly slots: readonly { readonly slot: number; readonly provider: string }[];
};

/** `holdfast client put`, 3-of-5. */
export function storeFile(network: Network, file: string, windows: number, tell: Tell): Promise<Stored> {
  const shape = ["--data", "3", "--total", "5", "--windows", `${windows}`];
  return holdfast<Stored>(["client", "put", file, ...shape, ...network.options(network.client.folder)], tell);
}

/** `holdfast client get`; base units promised to providers as decimal text. */
export function fetchFile(network: Network, capability: string, output: string, tell: Tell) {
  const command = ["client", "get", capability, "--output", output];
  return holdfast<{ path: string; paid: string }>([...command, ...network.options(network.client.folder)], tell);
}

/** Cuts every piece file of a provider to nothing; returns how many there were. */
export async function emptyReplicas(folder: string): Promise<number> {
  const root = path.join(folder, "replicas");
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".piece"));
  for (const name of files) await truncate(path.join(root, name), 0);
  return files.length;
}

/** An outsider burns the stake of whoever missed and settles every slot. */
export async function accountAndSettle(network: Network, replicas: readonly Replica[], tell: Tell): Promise<void> {
  const { rpcUrl, deployment, outsider } = network;
  const chain = await connectChain({ rpcUrl, market: deployment.market, account: outsider });
  for (const { offer } of replicas) await account(chain, offer.provider, 256n);
  tell("every lane is accounted for");
  await settleDue(chain, replicas);
}

/** Waits until the providers have redeemed what the client promised them. */
export async function awaitRedeemed(network: Network, promised: bigint, tell: Tell): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const { redeemed } = await readMoney(network.chain);
    const sum = [...redeemed.values()].reduce((a, b) => a + b, 0n);
    tell(`${tokens(sum)} of ${tokens(promised)} tokens`);
    if (sum >= promised) return;
    if (Date.now() > deadline) throw new Error("the providers did not redeem their vouchers in two minutes");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** What `holdfast audit` does, in this process. */
export function auditChain(chain: Chain, tell: Tell): Promise<AuditReport> {
  return audit(chain, {
    randomWeight: () => bytesToInteger(randomBytes(16)),
    onProgress: ({ events, proofs }) => tell(`${events} events, ${proofs} proofs`),
  });
}

/** SHA-256 of a file, hex. Throws one sentence when it cannot be read. */
export async function fileDigest(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new Error(`${file} is not a file that can be read; give another path.`);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

/** What the demo calls a party. */
export function nameOf(network: Network, address: string): string {
  if (address === network.client.address) return "client";
  if (address === network.outsider.address) return "outsider";
  const index = network.providers.findIndex((provider) => provider.address === address);
  return index < 0 ? `${address.slice(0, 8)}..` : `provider ${index + 1}`;
}
