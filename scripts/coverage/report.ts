/** What was reached, file by file, and whether what was not has a reviewed reason. */
import type { Probe } from "./instrument.ts";

/** A place that no test can reach, found again by its text: line numbers move. */
export interface Exemption {
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
  const missed = probes.filter(({ tag }) => !hits.has(tag));
  for (const probe of missed) console.log(`missed ${nameOf(probe)}`);
  console.log(`${probes.length - missed.length} of ${probes.length} places reached`);
}

/** What speaks against these figures, in sentences; nothing if all is reached that is not exempt, and few enough are. */
export function complaintsAbout(
  probes: readonly Probe[],
  hits: ReadonlySet<number>,
  exemptions: readonly Exemption[],
): string[] {
  const idle = new Set(exemptions);
  const open: Probe[] = [];
  for (const probe of probes.filter(({ tag }) => !hits.has(tag))) {
    // One exemption is for one place: the same text elsewhere in the file needs its own reason.
    const exemption = [...idle].find(
      ({ file, text, side }) => file === probe.file && text === oneLine(probe.text) && side === probe.side,
    );
    if (exemption === undefined) open.push(probe);
    else idle.delete(exemption);
  }
  const exempt = exemptions.length - idle.size;
  const most = Math.floor(MOST_EXEMPT * probes.length);
  return [
    ...open.map((probe) => `No test reaches ${nameOf(probe)}: add one, or list it in exempt.json with the reason.`),
    ...[...idle].map(({ file, text }) => `exempt.json lists ${file}: ${text}, which is reached or gone: take it out.`),
    ...exemptions
      .filter(({ reason }) => !reason?.trim())
      .map(({ file, text }) => `exempt.json gives no reason for ${file}: ${text}.`),
    ...(exempt > most
      ? [`${exempt} of ${probes.length} places are exempt, and 1 % of them is ${most}: write tests instead.`]
      : []),
  ];
}

function nameOf({ file, line, text, side }: Probe): string {
  return `${file}:${line} ${side === undefined ? "" : `(${side}) `}${oneLine(text)}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
