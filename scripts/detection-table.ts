/**
 * The sampling table of circuits/README.md. How likely a loss is noticed, and
 * the least K for a target, by the same functions that clients use.
 */
import { pathToFileURL } from "node:url";
import { HoldfastError } from "../node/common/errors.ts";
import { detectionProbability, leastChallenges } from "../node/data/detection.ts";
import { readCommandLine } from "./lib/command-line.ts";

export const LOSSES = [0.001, 0.01, 0.05, 0.1, 0.5];
export const CHALLENGES = [4, 16, 34];
export const WINDOWS = [1, 7, 30, 90, 365];
export const TARGET = 0.99;

export type DetectionRow = {
  readonly lost: number;
  readonly challenges: number;
  /** One for each of WINDOWS. */
  readonly detected: readonly number[];
};

export function detectionRows(): DetectionRow[] {
  return LOSSES.flatMap((lost) =>
    CHALLENGES.map((challenges) => ({
      lost,
      challenges,
      detected: WINDOWS.map((windows) => detectionProbability({ lost, challenges, windows })),
    })),
  );
}

/** Least K for TARGET by loss and windows; undefined where 255 are not enough. */
export function leastRows(): { readonly lost: number; readonly least: readonly (number | undefined)[] }[] {
  return LOSSES.map((lost) => ({
    lost,
    least: WINDOWS.map((windows) => {
      try {
        return leastChallenges({ lost, windows, target: TARGET });
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        return undefined;
      }
    }),
  }));
}

/** Both tables in Markdown. */
export function detectionTable(): string {
  const windows = WINDOWS.map((count) => (count === 1 ? "1 window" : `${count} windows`));
  const percent = (share: number) => `${+(100 * share).toFixed(1)} %`;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = (cells: number) => `|${"---|".repeat(cells)}`;
  return [
    line(["lost", "K", ...windows]),
    rule(windows.length + 2),
    ...detectionRows().map(({ lost, challenges, detected }) =>
      line([
        percent(lost),
        `${challenges}`,
        ...detected.map((share) => (share > 0.9999 ? "> 99.99 %" : `${(100 * share).toFixed(2)} %`)),
      ]),
    ),
    "",
    line([`lost (least K for ${percent(TARGET)})`, ...windows]),
    rule(windows.length + 1),
    ...leastRows().map(({ lost, least }) => line([percent(lost), ...least.map((count) => `${count ?? "> 255"}`)])),
  ].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const usage = `node scripts/detection-table.ts [--json]\n\nExample: node scripts/detection-table.ts`;
  const { values } = readCommandLine(usage, { json: { type: "boolean" } });
  console.log(values.json ? JSON.stringify({ detected: detectionRows(), least: leastRows() }) : detectionTable());
}
