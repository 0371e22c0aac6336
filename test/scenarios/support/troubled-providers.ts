// Real provider processes in trouble: killed, stopped in the middle of everything, given too little time, or made to lie.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pieceId } from "../../../node/data/data-root.ts";
import { replicaIdOf } from "../../../node/data/terms.ts";
import type { Network, Provider } from "../../../scripts/lib/network.ts";
import { startHoldfast } from "../../../scripts/lib/processes.ts";

/** Ends the trouble. */
export type Recover = () => Promise<void>;

type Replica = { readonly dealKey: `0x${string}`; readonly slot: number };

export interface Trouble {
  readonly name: "dead" | "hung" | "slow" | "lying";
  begin(network: Network, provider: Provider, replica: Replica): Promise<Recover>;
}

const dead: Trouble = {
  name: "dead",
  async begin(network, provider) {
    await provider.daemon.stop("SIGKILL");
    return () => restart(network, provider);
  },
};

/** The system still accepts connections for it; nothing ever answers. */
const hung: Trouble = {
  name: "hung",
  async begin(_, { daemon }) {
    daemon.process.kill("SIGSTOP");
    return async () => void daemon.process.kill("SIGCONT");
  },
};

/** It runs for a tenth of the time. */
const slow: Trouble = {
  name: "slow",
  async begin(_, { daemon }) {
    daemon.process.kill("SIGSTOP");
    const every = setInterval(() => {
      daemon.process.kill("SIGCONT");
      setTimeout(() => daemon.process.kill("SIGSTOP"), 100);
    }, 1_000);
    return async () => {
      clearInterval(every);
      await new Promise((resolve) => setTimeout(resolve, 150));
      daemon.process.kill("SIGCONT");
    };
  },
};

/** Its disk and its database agree on bytes that are not those it committed to, so it sends them in good faith. */
const lying: Trouble = {
  name: "lying",
  async begin(network, provider, replica) {
    await provider.daemon.stop("SIGKILL");
    alterPieces(provider, replica);
    await restart(network, provider);
    return async () => {
      await provider.daemon.stop("SIGKILL");
      alterPieces(provider, replica);
      await restart(network, provider);
    };
  },
};

export const troubles: readonly Trouble[] = [hung, slow, dead, lying];

/** Flips a bit of every piece, there and back. */
function alterPieces({ folder }: Provider, { dealKey, slot }: Replica): void {
  const replicaId = replicaIdOf(dealKey, slot, 0);
  const database = new DatabaseSync(path.join(folder, "holdfast.sqlite"));
  try {
    const rows = database.prepare("SELECT piece FROM pieces WHERE replica_id = ?").all(replicaId) as {
      piece: number;
    }[];
    if (rows.length === 0) throw new Error(`no piece of ${replicaId} in ${folder}`);
    for (const { piece } of rows) {
      const file = path.join(folder, "replicas", replicaId, `${piece}.piece`);
      const bytes = new Uint8Array(readFileSync(file));
      bytes[0]! ^= 1;
      writeFileSync(file, bytes);
      database
        .prepare("UPDATE pieces SET piece_id = ? WHERE replica_id = ? AND piece = ?")
        .run(pieceId(bytes), replicaId, piece);
    }
  } finally {
    database.close();
  }
}

/** The same provider in a new process; whoever stops the network's providers later stops this one. */
async function restart(network: Network, provider: Provider): Promise<void> {
  const log = provider.daemon.log.replace(/(\.again)*\.log$/, ".again.log");
  const daemon = startHoldfast(["provider", "run", ...network.options(provider.folder)], log);
  Object.assign(provider, { daemon });
  await daemon.ready(" is ready at ", 60_000);
}
