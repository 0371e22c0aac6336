// One network for all scenarios of a mocha run: a chain process and five provider processes, with the small circuit and
// short periods.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Network, startNetwork } from "../../../scripts/lib/network.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";

export const PROVIDERS = 5;
/** Blocks of a second: three seconds of gap in fifteen. */
const spacetime = { ...LOCAL_PARAMETERS.spacetime, period: 15n, windowLength: 12n };

let shared: Promise<Network> | undefined;
let folder: string | undefined;

/** Starts it at the first call; gone when the run is over. */
export function sharedNetwork(): Promise<Network> {
  // A runner that is told to stop must stop its processes too: they go when this one exits in order.
  if (shared === undefined) process.once("SIGTERM", () => process.exit(143));
  folder ??= mkdtempSync(path.join(tmpdir(), "holdfast-scenarios-"));
  shared ??= startNetwork({
    folder,
    providers: PROVIDERS,
    tokens: { provider: "100", client: "100", stake: "50" },
    profile: "test",
    parameters: { ...LOCAL_PARAMETERS, spacetime },
    tell: () => {},
  });
  return shared;
}

/** A fresh folder that goes with the network. */
export function scratchFolder(network: Network, name: string): string {
  return mkdtempSync(path.join(network.folder, `${name}-`));
}

/** The end of a provider's log, for the message of a test that fails. */
export function logTail(network: Network, provider: string, lines = 20): string {
  const found = network.providers.find(({ address }) => address === provider);
  return found === undefined ? "" : readFileSync(found.daemon.log, "utf8").trim().split("\n").slice(-lines).join("\n");
}

after("stop the shared network", async () => {
  const network = await shared?.catch(() => undefined);
  await network?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});
