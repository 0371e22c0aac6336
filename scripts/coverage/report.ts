/** What was reached, file by file, and whether what was not has a reviewed reason. */
import { readFileSync } from "node:fs";
import type { Probe } from "./instrument.ts";

/** A place that no test can reach, found again by its text: line numbers move. */
interface Exemption {
  readonly file: string;
  readonly text: string;
  /** Left out for a statement. */
  readonly side?: boolean;
  readonly reason: string;
}

const MOST_EXEMPT = 0.01;

export function printReport(probes: readonly Probe[], hits: ReadonlySet<number>): void {
  const files = Map.groupBy(probes, ({ file }) => file);
  const percent = (of: readonly Probe[]) =>
    of.length === 0 ? "-" : ((100 * of.filter(({ tag }) => hits.has(tag)).length) / of.length).toFixed(1);
  const row = (name: string, of: readonly Probe[]) => {
    const statements = of.filter(({ side }) => side === undefined);
    const branches = of.filter(({ side }) => side !== undefined);
    console.log(`${name.padEnd(48)} ${percent(statements).padStart(10)} ${percent(branches).padStart(10)}`);
  };
  console.log(`${"file".padEnd(48)} ${"statements".padStart(10)} ${"branches".padStart(10)}`);
  for (const [file, of] of files) row(file, of);
  row("all", probes);
  for (const probe of probes.filter(({ tag }) => !hits.has(tag))) console.log(`missed ${nameOf(probe)}`);
}

/** Whether everything missed is exempt, every exemption is needed, and there are not too many. Says what is not so. */
export function judge(probes: readonly Probe[], hits: ReadonlySet<number>, exemptFile: string): boolean {
  const exemptions = JSON.parse(readFileSync(exemptFile, "utf8")) as Exemption[];
  const missed = probes.filter(({ tag }) => !hits.has(tag));
  const matches = (probe: Probe, { file, text, side }: Exemption) =>
    probe.file === file && oneLine(probe.text) === text && probe.side === side;
  const open = missed.filter((probe) => !exemptions.some((exemption) => matches(probe, exemption)));
  const idle = exemptions.filter((exemption) => !missed.some((probe) => matches(probe, exemption)));
  const share = (missed.length - open.length) / probes.length;
  for (const { file, text } of idle) console.log(`exempt without need: ${file}: ${text}`);
  console.log(
    `${missed.length} of ${probes.length} missed, ${missed.length - open.length} of them exempt (${(100 * share).toFixed(2)} %, at most 1 %)`,
  );
  return open.length === 0 && idle.length === 0 && share <= MOST_EXEMPT;
}

function nameOf({ file, line, text, side }: Probe): string {
  return `${file}:${line} ${side === undefined ? "" : `(${side}) `}${oneLine(text)}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
