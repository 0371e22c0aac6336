/** config.json of a provider's data folder. Amounts and capacity are decimal strings of base units and bytes. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Address, getAddress, isAddress } from "viem";
import { utf8 } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import type { EngineName } from "../consensus/prover/messages.ts";
import { defaultDemands, type TermDemands } from "../incentive/admission.ts";
import type { Ask } from "../incentive/pricing.ts";
import type { FillSettings } from "../interface/empty-space.ts";
import { writeDurably } from "../physical/durable-file.ts";

export interface DaemonConfig {
  rpcUrl: string;
  market: Address;
  chainId: number;
  /** Multiaddr that is listened on and registered. */
  listen: string;
  /** Multiaddrs registered instead of `listen`, e.g. behind a router. */
  announce?: readonly string[];
  statusPort: number;
  /** Folder that scripts/build-circuits.ts filled. */
  proverDir: string;
  /** Who proves: Holdfast's own kernels unless told, or snarkjs, the reference. */
  prover?: EngineName;
  /** Program that proves faster than either: `PROGRAM <zkey> <wtns> <proof.json> <public.json>`. */
  externalProver?: string;
  /** Two letters (ISO 3166-1), or empty. */
  region: string;
  capacity: bigint;
  ask: Ask;
  /** The least that terms must grant; the defaults unless the file has some. */
  demands: TermDemands;
  /** Relays of drand, for deployments whose beacon it is; the public ones unless told. */
  drandUrls?: readonly string[];
  /** Threads that compute commitments of uploads. */
  commitWorkers: number;
  /** Own windows between two settlements. */
  settleEvery: number;
  /** Proofs of empty capacity, where the market takes them: sectors of 2^m labels in space that nobody rents. None unless told. */
  fill?: FillConfig;
}

export interface FillConfig extends FillSettings {
  /** Folder of the built capacity circuit. */
  readonly proverDir: string;
}

export function configPath(folder: string): string {
  return path.join(folder, "config.json");
}

/** Writes the whole file durably. */
export async function writeConfig(folder: string, config: DaemonConfig): Promise<void> {
  const plain = JSON.stringify(config, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value), 2);
  await writeDurably(folder, "config.json", utf8(`${plain}\n`));
}

/** `undefined` when there is none. Throws `BAD_CONFIG` naming the field. */
export async function readConfig(folder: string): Promise<DaemonConfig | undefined> {
  const file = configPath(folder);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw bad(file, "cannot be read", cause);
  }
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw bad(file, "is not valid JSON", cause);
  }
  return parseConfig(file, json);
}

function parseConfig(file: string, json: Record<string, unknown>): DaemonConfig | undefined {
  // A client's configuration has the connection alone.
  if (json.listen === undefined) return undefined;
  const ask = (typeof json.ask === "object" && json.ask !== null ? json.ask : {}) as Record<string, unknown>;
  const wrong = (name: string, expected: string) => bad(file, `needs ${expected} as "${name}"`);
  const text = (from: Record<string, unknown>, name: string): string => {
    const value = from[name];
    if (typeof value !== "string") throw wrong(name, "text");
    return value;
  };
  const amount = (from: Record<string, unknown>, name: string): bigint => {
    if (!/^\d{1,39}$/.test(text(from, name))) throw wrong(name, "a decimal number in quotes");
    return BigInt(text(from, name));
  };
  const count = (from: Record<string, unknown>, name: string, least: number, most: number): number => {
    const value = from[name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      throw wrong(name, `a whole number from ${least} to ${most}`);
    }
    return value;
  };
  const fillOf = (value: unknown): FillConfig => {
    const from = Object(value) as Record<string, unknown>;
    return {
      sectors: count(from, "sectors", 1, 4096),
      m: count(from, "m", 13, 22),
      proverDir: text(from, "proverDir"),
    };
  };
  const market = text(json, "market");
  if (!isAddress(market, { strict: false })) throw wrong("market", "an address");
  if (typeof ask.accepting !== "boolean") throw wrong("accepting", "true or false");
  const { announce, externalProver, drandUrls, prover } = json;
  if (prover !== undefined && prover !== "holdfast" && prover !== "snarkjs")
    throw wrong("prover", "holdfast or snarkjs");
  if (announce !== undefined && !isTexts(announce)) throw wrong("announce", "a list of multiaddrs");
  if (drandUrls !== undefined && !isTexts(drandUrls)) throw wrong("drandUrls", "a list of URLs");
  if (externalProver !== undefined && typeof externalProver !== "string") throw wrong("externalProver", "a path");
  return {
    rpcUrl: text(json, "rpcUrl"),
    market: getAddress(market),
    chainId: count(json, "chainId", 1, Number.MAX_SAFE_INTEGER),
    listen: text(json, "listen"),
    ...(announce === undefined ? {} : { announce }),
    ...(drandUrls === undefined ? {} : { drandUrls }),
    statusPort: count(json, "statusPort", 0, 65_535),
    proverDir: text(json, "proverDir"),
    ...(prover === undefined ? {} : { prover }),
    ...(externalProver === undefined ? {} : { externalProver }),
    region: text(json, "region"),
    capacity: amount(json, "capacity"),
    ask: {
      storagePrice: amount(ask, "storagePrice"),
      retrievalPrice: amount(ask, "retrievalPrice"),
      minWindows: count(ask, "minWindows", 1, 65_535),
      maxWindows: count(ask, "maxWindows", 1, 65_535),
      minM: count(ask, "minM", 13, 27),
      maxM: count(ask, "maxM", 13, 27),
      accepting: ask.accepting,
    },
    demands: demandsOf(json.demands, (from, name) => count(from, name, 0, 65_535)),
    commitWorkers: count(json, "commitWorkers", 1, 64),
    settleEvery: count(json, "settleEvery", 1, 10_000),
    ...(json.fill === undefined ? {} : { fill: fillOf(json.fill) }),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}

function demandsOf(
  json: unknown,
  count: (from: Record<string, unknown>, name: keyof TermDemands) => number,
): TermDemands {
  if (json === undefined) return defaultDemands;
  const from = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
  return { minWindows: count(from, "minWindows"), cancelFeeWindows: count(from, "cancelFeeWindows") };
}

function bad(file: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError("BAD_CONFIG", `${file} ${what}; correct it.`, { details: { file }, cause });
}
