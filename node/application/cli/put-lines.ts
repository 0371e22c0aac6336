// A preview of a put in words: what it costs and for what, what can be lost, and why these providers.

import { formatAmount } from "../../common/amounts.ts";
import type { PutPreview } from "../../interface/client/preview-put.ts";
import type { Result } from "./command.ts";

/** What `--dry-run` answers: bad news where the put would be refused. */
export function dryRunResult(preview: PutPreview, explain: boolean): Result {
  const { refusal, ...shown } = preview;
  const lines = previewLines(preview, explain);
  if (refusal === undefined) return { text: lines.join("\n"), data: shown };
  const { code, message, details } = refusal;
  return {
    text: [...lines, "", message].join("\n"),
    data: { ...shown, error: { code, message, details } },
    failed: true,
  };
}

/** Price, parts and risk; with `explain` also why these providers, and how probably a loss is found out. */
export function previewLines(preview: PutPreview, explain: boolean): string[] {
  return [...priceLines(preview), ...(explain ? ["", ...explainLines(preview)] : [])];
}

function priceLines(preview: PutPreview): string[] {
  const { bytes, k, n, e, windows, escrow, fee, total, balance, download, risk, fill, replicaBytes, slots } = preview;
  const missing = total - balance;
  const percent = Math.round(100 * fill);
  return [
    `${bytes} bytes, any ${k} of ${n} replicas of ${replicaBytes} bytes rebuild them, for ${windows} windows`,
    ...(preview.folder ? ["That is the most: files of the folder that are stored already are only referred to."] : []),
    ...(fill < 0.75 ? [`A replica fills ${percent} % of its size class, and the whole class is paid for.`] : []),
    ...(e < n ? [`${e} slots are hot and ${n - e} cold: the file may be published.`] : []),
    ...slots.map(({ slot, provider, price }) => `  slot ${slot}  ${provider}  ${formatAmount(price)} a window`),
    "price",
    `  ${formatAmount(escrow)}  in escrow: paid window by window for proofs; what is missed comes back`,
    `  ${formatAmount(fee)}  protocol fee, burned when the deal opens`,
    `  ${formatAmount(total)}  in all; gas in ether comes on top`,
    `  ${formatAmount(balance)}  is what you have${missing > 0n ? `: ${formatAmount(missing)} too little` : ", which suffices"}`,
    `  ${formatAmount(download)}  later, for each whole download at today's prices`,
    "what you can lose",
    `  the fee of ${formatAmount(risk.fee)}, whatever happens`,
    `  nothing by leaving within ${risk.coolingOff} windows, at most ${formatAmount(risk.leaving)} by leaving all slots later`,
    `  the file, if more than ${risk.spare} of the ${n} providers fail before a repair; all failing pay you ${formatAmount(risk.compensation)}`,
    `  at most ${formatAmount(risk.unsent)} in a download to each provider that takes money and sends nothing`,
  ];
}

function explainLines({ ranking, refused, detection }: PutPreview): string[] {
  const share = (value: number) => `${(100 * value).toPrecision(4)} %`.padStart(10);
  return [
    "score = product of the factors, each between 0 and 1",
    ...ranking.flatMap(({ provider, verdict, score, factors }) => [
      `  ${provider}  ${score.toFixed(4)}  ${verdict}`,
      ...factors.map(({ name, value, found }) => `    ${name.padEnd(10)} ${value.toFixed(3)}  ${found}`),
    ]),
    ...refused.map(({ provider, reason }) => `  ${provider}  no quote: ${reason}`),
    "",
    "how probably a provider is found out that lost a share of your replica (in the largest lane chosen)",
    "        lost  before you pay  in one window  in the whole deal",
    ...detection.map(
      ({ lost, beforePaying, perWindow, perDeal }) =>
        `  ${share(lost)}      ${share(beforePaying)}     ${share(perWindow)}         ${share(perDeal)}`,
    ),
  ];
}
