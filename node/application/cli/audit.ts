import { randomBytes } from "node:crypto";
import { formatAmount } from "../../common/amounts.ts";
import { bytesToInteger } from "../../common/bytes.ts";
import { type AuditReport, audit as auditChain } from "../../consensus/audit/audit.ts";
import type { Difference } from "../../consensus/audit/difference.ts";
import { listedKeys } from "../../consensus/ceremony-keys.ts";
import { findMarket } from "../../consensus/find-market.ts";
import type { Args, Command } from "./command.ts";
import type { Io } from "./io.ts";
import { connectReader } from "./session.ts";
import type { Settings } from "./settings.ts";
import { wholeNumber } from "./whole-number.ts";

export const audit: Command = {
  name: "audit",
  summary:
    "Replay all that a market's contracts ever said, recompute every balance, bag, bit and challenge, verify every proof again.",
  usage: "--rpc URL [--from BLOCK] [--market ADDRESS] [--json]",
  example: [
    "holdfast audit --rpc http://127.0.0.1:8545 --from 0",
    "",
    "Prints `books close` (exit code 0) or the first difference (exit code 1): block, transaction, event, what the rules",
    "give and what the chain says. Needs no key. The market is found in the chain's events unless --market names it.",
  ].join("\n"),
  options: {
    from: {
      type: "string",
      placeholder: "BLOCK",
      description:
        "verify proofs from this block on, 0 unless told; what is older is replayed too, but its proofs are believed",
    },
  },
  async run(args, io) {
    const from = BigInt(wholeNumber(args, "from", 0));
    const chain = await connectReader(await withMarket(args, from));
    const started = performance.now();
    const report = await auditChain(chain, {
      from,
      randomWeight: () => bytesToInteger(randomBytes(16)),
      signal: io.signal,
      onProgress: progressOn(io),
    });
    const seconds = (performance.now() - started) / 1000;
    const listed = listedKeys("spacetime").some(({ hash }) => hash === report.keyHash);
    const { closes, difference, totals } = report;
    return {
      text: closes ? closing(report, { seconds, listed }) : differing(difference!),
      data: { ...report, totals: { ...totals }, market: chain.addresses.market, listed, seconds },
      failed: !closes,
    };
  },
};

async function withMarket({ settings }: Args, from: bigint): Promise<Settings> {
  const { rpcUrl, market } = settings;
  if (market !== undefined || rpcUrl === undefined) return settings; // what is missing is said where it is needed
  return { ...settings, market: await findMarket(rpcUrl, from) };
}

function progressOn(io: Io) {
  return ({ block, head, events, proofs }: { block: bigint; head: bigint; events: number; proofs: number }) =>
    io.progress(`block ${block} of ${head}: ${events} events, ${proofs} proofs verified`);
}

function closing(report: AuditReport, { seconds, listed }: { seconds: number; listed: boolean }): string {
  const { from, to, events, transactions, proofs, accounts, lanes, deals, totals, liabilities, keyHash } = report;
  const believed = proofs.believed === 0 ? "" : `; ${proofs.believed} older ones believed`;
  return [
    "books close",
    `blocks ${from} to ${to}: ${transactions} transactions, ${events} events, ${seconds.toFixed(1)} s`,
    `${proofs.verified} proofs verified again under the chain's key ${keyHash.slice(0, 18)}..${believed}`,
    ...(listed ? [] : ["no ceremony is listed for that key: whoever made it can forge proofs"]),
    `${accounts} accounts, ${lanes} lanes, ${deals} deals; the vault owes ${formatAmount(liabilities)} tokens:`,
    ...Object.entries(totals).map(([bucket, amount]) => `  ${bucket.padEnd(10)}  ${formatAmount(amount)}`),
  ].join("\n");
}

function differing({ block, transaction, logIndex, event, what, expected, found }: Difference): string {
  return [
    "the books do not close; the first difference:",
    `  block        ${block}`,
    ...(transaction === undefined ? [] : [`  transaction  ${transaction}`]),
    `  event        ${event}${logIndex === undefined ? "" : ` (log ${logIndex})`}`,
    `  what         ${what}`,
    `  expected     ${expected}`,
    `  found        ${found}`,
  ].join("\n");
}
