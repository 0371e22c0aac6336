/** The table of gas figures, and the comparison with those in git. */

/** Operation to gas used, e.g. "submitProof.K4.replicas1000". */
export type GasTable = Readonly<Record<string, number>>;

/** A figure may move by this share before it counts as changed: proofs are random, and zero bytes are cheaper than others. */
const TOLERANCE = 0.01;
/** `submitProof` may cost this much more or less in a bag of 10,000 than in one of 1,000. */
const FLATNESS = 0.02;

/** What an operation may cost at most, whatever gas.json says. */
const LIMITS: GasTable = {
  "submitProof.K16.replicas1": 300_000,
  "submitProof.K16.replicas1000": 300_000,
  "submitProof.K16.replicas10000": 300_000,
  "openDeal.slots10": 1_000_000,
  "settle.windows30": 60_000,
  "settle.batch20each": 30_000,
  "redeem.again": 60_000,
};

export function formatTable(gas: GasTable): string {
  const width = Math.max(...Object.keys(gas).map((key) => key.length));
  return Object.entries(gas)
    .map(([key, value]) => `${key.padEnd(width)}  ${value.toLocaleString("en").padStart(11)}`)
    .join("\n");
}

/** One sentence for every figure that is missing, new, or outside the tolerance. */
export function differences(found: GasTable, expected: GasTable): string[] {
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...keys].flatMap((key) => {
    const [was, is] = [expected[key], found[key]];
    if (was === undefined) return [`${key} is not in gas.json: it uses ${is} gas`];
    if (is === undefined) return [`${key} is in gas.json but was not measured`];
    const change = is / was - 1;
    if (Math.abs(change) <= TOLERANCE) return [];
    return [`${key} changed by ${(100 * change).toFixed(1)} %: gas.json has ${was}, measured ${is}`];
  });
}

/** One sentence for every figure above its limit. */
export function excesses(gas: GasTable): string[] {
  return Object.entries(LIMITS)
    .filter(([key, limit]) => gas[key] !== undefined && gas[key] > limit)
    .map(([key, limit]) => `${key} uses ${gas[key]} gas, and may use ${limit}`);
}

/** One sentence for every K whose cost depends on the number of replicas. */
export function slopes(gas: GasTable): string[] {
  return Object.keys(gas).flatMap((key) => {
    const profile = /^(submitProof\.K[0-9]+)\.replicas1000$/.exec(key)?.[1];
    const more = profile === undefined ? undefined : gas[`${profile}.replicas10000`];
    if (profile === undefined || more === undefined) return [];
    const change = more / gas[key]! - 1;
    if (Math.abs(change) <= FLATNESS) return [];
    return [`${profile} costs ${(100 * change).toFixed(1)} % more at 10,000 replicas than at 1,000`];
  });
}
