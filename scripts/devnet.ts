// The demo's network, left running for people: `npm run devnet`.

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { positive, readCommandLine } from "./lib/command-line.ts";
import { startNetwork } from "./lib/network.ts";
import { createPhases } from "./lib/phases.ts";

const USAGE = `npm run devnet [-- --port PORT] [-- --folder FOLDER]

Starts a chain, the contracts, five providers and a client with tokens, and leaves them running until Ctrl-C.

  --port PORT      of the chain; 8545 unless told
  --folder FOLDER  for keys, data and logs; new, or a devnet's of before, which is emptied; cache/devnet unless told
  --json           print addresses and folders as one line of JSON when ready

Example: npm run devnet -- --port 8600`;

const { values } = readCommandLine(USAGE, {
  port: { type: "string", default: "8545" },
  folder: { type: "string", default: path.resolve(import.meta.dirname, "../cache/devnet") },
  json: { type: "boolean", default: false },
});
const port = positive("port", values.port);

/** Empties a folder that a devnet filled before; anybody else's stays as it is. */
function emptyFolder(folder: string): void {
  const mark = path.join(folder, ".devnet");
  if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(mark)) {
    throw new Error(`${folder} is not empty and no devnet's; give --folder one that may be emptied.`);
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(mark, "");
}

async function run(): Promise<void> {
  const folder = path.resolve(values.folder);
  emptyFolder(folder);
  const network = await createPhases(process.stderr).run("chain, contracts, five providers", (tell) =>
    startNetwork({
      folder,
      providers: 5,
      port,
      tokens: { provider: "100", client: "1000", stake: "50" },
      tell,
    }),
  );
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void network.stop().finally(() => process.exit(0));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const { rpcUrl, deployment, client, providers, passwordFile } = network;
  if (values.json) {
    const data = providers.map(({ address, folder: data }) => ({ address, data }));
    console.log(JSON.stringify({ rpcUrl, market: deployment.market, client, providers: data, passwordFile }));
    return;
  }
  console.log(`
The network runs until Ctrl-C. In another terminal:

  export HOLDFAST_RPC=${rpcUrl}
  export HOLDFAST_MARKET=${deployment.market}
  export HOLDFAST_HOME=${client.folder}
  export HOLDFAST_PASSWORD_FILE=${passwordFile}

  npm run -s holdfast -- client put README.md          # prints a capability
  npm run -s holdfast -- client ls
  npm run -s holdfast -- client status README.md
  npm run -s holdfast -- client get CAPABILITY --output /tmp/README.md
  npm run -s holdfast -- provider status --home ${providers[0]!.folder}
  npm run -s holdfast -- settle --provider ${providers[0]!.address}
`);
}

run().catch((error: unknown) => {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
