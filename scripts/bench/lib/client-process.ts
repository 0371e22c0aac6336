// One put or get by the SDK in a process of its own. Run as a child process.

import { createClient } from "../../../node/application/sdk.ts";
import { type CpuShares, startProfile } from "./cpu-shares.ts";
import { type Cost, peakMiB, reportOnce, startCounting } from "./measured-process.ts";

export interface ClientTask {
  readonly client: {
    readonly folder: string;
    readonly rpcUrl: string;
    readonly market: string;
    readonly password: string;
  };
  readonly verb:
    | { readonly put: string; readonly k: number; readonly n: number }
    | { readonly get: string; readonly output: string };
  /** Samples the main thread, which costs a little. */
  readonly profile: boolean;
}

export interface ClientReport {
  /** The process until the client is connected: modules, key, chain. */
  readonly start: Cost;
  /** The verb; of a put, all but the recomputation after it. */
  readonly verb: Cost;
  readonly recompute: Cost;
  readonly peakMiB: number;
  /** The owner's, after a put. */
  readonly capability?: string;
  readonly shares?: CpuShares;
}

async function run({ client: options, verb, profile }: ClientTask): Promise<ClientReport> {
  const { user, system } = process.cpuUsage();
  const begin = startCounting();
  await using client = createClient(options);
  await client.address();
  const start = { cpuSeconds: (user + system) / 1e6 + begin().cpuSeconds, seconds: process.uptime() };
  const stop = profile ? startProfile() : undefined;
  const count = startCounting();
  let done: Cost | undefined;
  let shares: CpuShares | undefined;
  const endVerb = () => {
    if (done !== undefined) return;
    done = count();
    shares = stop?.();
  };
  const onProgress = ({ stage }: { stage?: string }) => {
    if (stage === "recompute") endVerb();
  };
  const stored =
    "put" in verb
      ? await client.put(verb.put, { k: verb.k, n: verb.n, onProgress })
      : await client.get(verb.get, { output: verb.output }).then(() => undefined);
  endVerb();
  const [whole, verbCost] = [count(), done!];
  if (stored !== undefined && stored.vacant.length > 0) {
    throw new Error(`slot ${stored.vacant[0]!.slot} is vacant: ${stored.vacant[0]!.reason}`);
  }
  return {
    start,
    verb: verbCost,
    recompute: {
      cpuSeconds: whole.cpuSeconds - verbCost.cpuSeconds,
      seconds: whole.seconds - verbCost.seconds,
    },
    peakMiB: peakMiB(),
    ...(stored === undefined ? {} : { capability: stored.capability }),
    ...(shares === undefined ? {} : { shares }),
  };
}

reportOnce(run);
