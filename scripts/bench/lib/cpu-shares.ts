// Where the main thread's time goes: V8's sampling profiler, each sample counted for the stage whose code is nearest on its stack.

import { Session } from "node:inspector";

/** What the parts of a put or get are called, and the files that do each. A sample belongs to the first that matches, from the leaf up. */
const STAGES = {
  encrypt: /\/node\/data\/segment-cipher\.ts$/,
  code: /\/node\/data\/(?:erasure|kernels\/(?:reed-solomon|gf-combiner|gf256))\.ts$/,
  seal: /\/node\/data\/seal\.ts$/,
  hash: /\/node\/(?:common\/sha256|data\/(?:hash-tree|data-root|cid))\.ts$/,
  check: /\/node\/data\/(?:opening|opening-codec|kernels\/poseidon)\.ts$/,
  send: /\/node\/network\/|\/node_modules\/(?:@libp2p|@chainsafe|cborg|uint8\w*|it-[\w-]+|race-signal|main-event)\/|^node:(?:net$|internal\/stream)/,
  chain: /\/node\/consensus\/|\/node_modules\/(?:viem|@noble|ox|abitype)\/|^node:internal\/deps\/undici/,
  disk: /\/node\/physical\/|^node:(?:internal\/)?fs/,
} as const;

type Stage = keyof typeof STAGES;
/** Seconds of samples by stage; `memory` is the garbage collector, `system` work outside JavaScript, `rest` everything else. */
export type CpuShares = Readonly<Record<Stage | "memory" | "system" | "rest", number>>;

/** Starts sampling this thread; the answer ends it. Time in which the thread had nothing to do is in no share. */
export function startProfile(): () => CpuShares {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: 1_000 });
  session.post("Profiler.start");
  return () => {
    let shares: CpuShares | undefined;
    session.post("Profiler.stop", (error, result) => {
      if (error !== null) throw error;
      shares = sharesOf(result.profile);
    });
    session.disconnect();
    return shares!;
  };
}

interface Frame {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly Frame[];
  readonly samples?: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas?: readonly number[];
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profile): CpuShares {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const stages = new Map<number, keyof CpuShares | "idle">();
  // Parents come before their children; a frame of no stage belongs to its caller's.
  for (const node of nodes) {
    const own = stageOf(node) ?? stages.get(node.id) ?? "rest";
    stages.set(node.id, own);
    for (const child of node.children ?? []) stages.set(byId.get(child)!.id, own);
  }
  const shares: Record<string, number> = { memory: 0, system: 0, rest: 0, idle: 0 };
  for (const stage of Object.keys(STAGES)) shares[stage] = 0;
  for (const [i, sample] of samples.entries()) shares[stages.get(sample)!]! += timeDeltas[i]! / 1e6;
  const { idle: _, ...rest } = shares;
  return rest as CpuShares;
}

function stageOf({ callFrame: { functionName, url } }: Frame): keyof CpuShares | "idle" | undefined {
  if (functionName === "(idle)") return "idle";
  if (functionName === "(garbage collector)") return "memory";
  if (functionName === "(program)") return "system";
  return (Object.keys(STAGES) as Stage[]).find((stage) => STAGES[stage].test(url));
}
