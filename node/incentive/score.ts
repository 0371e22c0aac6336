// Why a provider is worth its price: a product of factors between 0 and 1, each of which can be shown. What a provider says of
// itself weighs less than what the chain and the client's own downloads say of it.

/** What is known of a provider besides its quote. */
export interface ProviderFacts {
  /** Windows of its lane that had something to prove, of the last few hundred. */
  readonly proven: number;
  readonly missed: number;
  /** Pieces that it sent to this client, and retrievals that failed or that it withheld on chain. */
  readonly served: number;
  readonly failed: number;
  /** Bytes that it offers beyond what it holds, and what the replica takes of them. */
  readonly freeBytes: bigint;
  readonly replicaBytes: bigint;
  /** How long its quote took, in milliseconds. */
  readonly latencyMs: number;
  /** Where it answers, coarse enough that one failure takes it all down: see `networkOf`. */
  readonly network: string;
}

/** Amounts in base units. */
export interface Priced {
  /** For the whole deal and one retrieval. */
  readonly total: bigint;
  /** For the whole deal alone. */
  readonly storage: bigint;
  readonly collateral: bigint;
}

export type FactorName =
  | "price"
  | "collateral"
  | "history"
  | "retrieval"
  | "space"
  | "latency"
  | "operator"
  | "network";

export interface Factor {
  readonly name: FactorName;
  /** What it is made of, for people. */
  readonly found: string;
  /** At most 1; 0, which only the operator's can be, rules the provider out. */
  readonly value: number;
}

export function product(factors: readonly Factor[]): number {
  return factors.reduce((score, { value }) => score * value, 1);
}

/** The factor of a price against the lowest: twice the price halves it. */
export function priceFactor({ total }: Priced, lowest: bigint): Factor {
  const value = total <= 0n ? 1 : Math.max(Number((lowest * 1_000_000n) / total) / 1_000_000, 1e-6);
  return { name: "price", found: `${total} base units in all, the lowest is ${lowest}`, value };
}

/** What is the provider's own, but for the price. Without facts, as for a first guess, only the collateral counts. */
export function ownFactors({ storage, collateral }: Priced, facts: ProviderFacts | undefined): Factor[] {
  const covered = storage === 0n ? 1 : Math.min(Number((collateral * 1_000n) / storage) / 1_000, 1);
  const percent = Math.round(100 * covered);
  const answers: Factor = {
    name: "collateral",
    found: `${percent} % of the slot's price answers for it`,
    value: 0.25 + 0.75 * covered,
  };
  if (facts === undefined) return [answers];
  const { proven, missed, served, failed, freeBytes, replicaBytes, latencyMs } = facts;
  // One more of each: a lane without a past is neither good nor bad, and one window proves little. Squared: keeping is the job.
  const kept = (proven + 1) / (proven + missed + 2);
  // A failure weighs like eight pieces: downloads have many pieces and fail as a whole.
  const sent = (served + 8) / (served + 8 + 8 * failed);
  const room = replicaBytes === 0n ? 4 : Number((freeBytes * 1_000n) / replicaBytes) / 1_000;
  return [
    answers,
    { name: "history", found: `${proven} windows proven, ${missed} missed`, value: kept * kept },
    { name: "retrieval", found: `${served} pieces sent, ${failed} failures`, value: sent },
    {
      name: "space",
      found: `${freeBytes} bytes free by its own word`,
      value: Math.min(Math.max(room / 4, 0.25), 1),
    },
    {
      name: "latency",
      found: `answered in ${Math.round(latencyMs)} ms`,
      // Steps of 100 ms: noise must not shuffle providers that are alike.
      value: 1 / (1 + 0.1 * Math.min(Math.floor(latencyMs / 100), 30)),
    },
  ];
}

/**
 * One lane of each operator may be taken. `lanes` are the providers that quoted and say they are its, best first, `provider`
 * among them.
 */
export function operatorFactor(operator: string, provider: string, lanes: readonly string[]): Factor {
  const [best] = lanes;
  const who = operator.toLowerCase() === provider.toLowerCase() ? "its own" : operator;
  if (best !== provider) return { name: "operator", found: `${who}, whose lane ${best} is better`, value: 0 };
  const found = lanes.length === 1 ? who : `${who}, the best of its ${lanes.length} lanes`;
  return { name: "operator", found, value: 1 };
}

/** Halves, thirds, ... for a provider whose network has others that were chosen before it. */
export function networkFactor(network: string, others: readonly string[]): Factor {
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : "";
  const before = others.length === 0 ? "none" : `${others.slice(0, NAMED).join(", ")}${more}`;
  const found = `${network}, where ${before} ${others.length > 1 ? "were" : "was"} chosen before it`;
  return { name: "network", found, value: 1 / (1 + others.length) };
}

/** Providers that a factor names; a network may hold all of a file with many slots. */
const NAMED = 3;

/** The /16 of an IPv4 address, the /32 of an IPv6 one, the domain of a name; of the first address that a provider gives. */
export function networkOf(addresses: readonly string[]): string {
  const [, kind, host = ""] = (addresses[0] ?? "").split("/");
  if (kind === "ip4") return `${host.split(".").slice(0, 2).join(".")}.0.0/16`;
  if (kind === "ip6") return `${expand(host).slice(0, 2).join(":")}::/32`;
  if (kind?.startsWith("dns")) return host.toLowerCase().split(".").slice(-2).join(".");
  return "unknown";
}

function expand(address: string): string[] {
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [before, after] = [groups(head), tail === undefined ? [] : groups(tail)];
  const zeros = Array.from({ length: Math.max(8 - before.length - after.length, 0) }, () => "0");
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, ""));
}
