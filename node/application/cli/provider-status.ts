import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import type { Command } from "./command.ts";
import { requireConfig } from "./provider-session.ts";

/** The part of the status that is shown to people; amounts are decimal strings. */
interface Status {
  provider: string;
  peerId: string;
  addresses: string[];
  block: string;
  lane: { stake: string; requiredStake: string; free: string; suspended: boolean };
  window: { open: number | null; closesAt: string | null; next: number; opensAt: string };
  windows: { proven: number; unprovable: number; missed: number };
  replicas: Record<string, number>;
  disk: { capacity: string; stored: string };
  retrieval: { payers: number; promised: string; redeemed: string };
}

export const providerStatus: Command = {
  name: "provider status",
  summary: "Ask the daemon that runs on a data folder how it is doing.",
  usage: "[--home FOLDER]",
  example: "holdfast provider status --home ./bob",
  options: {},
  async run({ settings }) {
    const config = await requireConfig(settings);
    const url = `http://127.0.0.1:${config.statusPort}/status`;
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((cause: unknown) => {
      throw new HoldfastError("NOT_RUNNING", `No daemon answers at ${url}; start it with \`holdfast provider run\`.`, {
        cause,
      });
    });
    const body = (await response.json()) as Record<string, unknown>;
    if (!response.ok) {
      throw new HoldfastError(
        "STATUS_FAILED",
        `The daemon cannot tell its status now (${String(body.error)}); is its chain there?`,
      );
    }
    return { text: describe(body as unknown as Status), data: body };
  },
};

function describe({ provider, addresses, block, lane, window, windows, replicas, disk, retrieval }: Status): string {
  const tokens = (amount: string) => formatAmount(BigInt(amount));
  const mib = (bytes: string) => `${(Number(bytes) / 2 ** 20).toFixed(1)} MiB`;
  const held = Object.entries(replicas).map(([state, count]) => `${count} ${state}`);
  return [
    `provider   ${provider}${lane.suspended ? "  SUSPENDED: add stake" : ""}`,
    `answers at ${addresses.join(", ")}`,
    `block      ${block}`,
    `window     ${window.open === null ? `none open, ${window.next} opens at block ${window.opensAt}` : `${window.open} open until block ${window.closesAt}`}`,
    `windows    ${windows.proven} proven, ${windows.missed + windows.unprovable} not`,
    `replicas   ${held.length === 0 ? "none" : held.join(", ")}`,
    `disk       ${mib(disk.stored)} of ${mib(disk.capacity)}`,
    `stake      ${tokens(lane.stake)}, required ${tokens(lane.requiredStake)}; free ${tokens(lane.free)}`,
    `retrieval  ${tokens(retrieval.promised)} promised by ${retrieval.payers} payers, ${tokens(retrieval.redeemed)} redeemed`,
  ].join("\n");
}
