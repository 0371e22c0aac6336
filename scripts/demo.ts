// The main job, end to end, on real parts: `npm start`.

import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { balanceSheet } from "../node/consensus/balance.ts";
import { slotsOf } from "../node/consensus/deals.ts";
import { balanceTable, tokens } from "./demo/balance-table.ts";
import { checkAudit, checkBooks, checkReplica, createFacts } from "./demo/facts.ts";
import { type DemoOptions, readOptions } from "./demo/options.ts";
import { readMoney } from "./demo/settlements.ts";
import {
  accountAndSettle,
  auditChain,
  awaitRedeemed,
  emptyReplicas,
  fetchFile,
  fileDigest,
  nameOf,
  storeFile,
} from "./demo/steps.ts";
import { countWindows, waitForWindows } from "./demo/windows.ts";
import { type Network, startNetwork } from "./lib/network.ts";
import { createPhases, type Phases } from "./lib/phases.ts";

/** Long enough that the deal still runs at the end: the balance sheet shows what is locked. */
const DEAL_WINDOWS = 12;
const LEAST_PROVEN = 3;
const WINDOWS_TIMEOUT_MS = 240_000;

async function run(options: DemoOptions): Promise<number> {
  const original = await fileDigest(options.path);
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-"));
  const phases = createPhases(process.stderr);
  let network: Network | undefined;
  const cleanUp = async () => {
    await network?.stop();
    if (options.keep) console.error(`kept ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  };
  const interrupted = () => void cleanUp().finally(() => process.exit(130));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    network = await phases.run("chain, contracts, five providers", (tell) =>
      startNetwork({ folder, providers: 5, tokens: { provider: "100", client: "100", stake: "50" }, tell }),
    );
    return await mainJob(network, phases, options, original);
  } finally {
    await cleanUp();
  }
}

async function mainJob(network: Network, phases: Phases, options: DemoOptions, original: string): Promise<number> {
  const { chain } = network;
  const facts = createFacts();
  const stored = await phases.run(`store ${path.basename(options.path)}, 3-of-5`, (tell) =>
    storeFile(network, options.path, DEAL_WINDOWS, tell),
  );
  facts.check(stored.slots.length === 5, "one transaction filled all five slots", `${stored.slots.length}`);
  const replicas = await slotsOf(chain, stored.dealKey);

  // The victim is whoever comes first to its third window: the run is shortest then.
  const waiting = { timeoutMs: WINDOWS_TIMEOUT_MS };
  const early = await phases.run("three windows proven by the first provider", (tell) =>
    waitForWindows(chain, replicas, { ...waiting, tell, done: (all) => all.some((one) => one.proven >= LEAST_PROVEN) }),
  );
  const victim = network.providers.find(
    ({ address }) => address === early.find(({ proven }) => proven >= LEAST_PROVEN)?.provider,
  )!;
  const emptied = await emptyReplicas(victim.folder);
  facts.check(
    emptied > 0,
    `${nameOf(network, victim.address)} lost the content of its replica files`,
    `${emptied} files`,
  );
  await phases.run("three windows by everybody, a miss by the one without its bytes", (tell) =>
    waitForWindows(chain, replicas, {
      ...waiting,
      tell,
      done: (all) =>
        all.every((one) => (one.provider === victim.address ? one.missed >= 1 : one.proven >= LEAST_PROVEN)),
    }),
  );
  await phases.run("account and settle, by an outsider", (tell) => accountAndSettle(network, replicas, tell));

  await victim.daemon.stop("SIGKILL");
  const got = await phases.run("kill it, get the file back without it", (tell) =>
    fetchFile(network, stored.capability, path.join(network.folder, "back"), tell),
  );
  const sha256Equal = (await fileDigest(got.path)) === original;
  facts.check(sha256Equal, "the file came back byte for byte", `sha256 ${original}`);
  await phases.run("providers redeem their vouchers", (tell) => awaitRedeemed(network, BigInt(got.paid), tell));

  const [windows, money, sheet] = await Promise.all([
    countWindows(chain, replicas),
    readMoney(chain),
    balanceSheet(chain),
  ]);
  for (const [i, replica] of replicas.entries()) {
    const { provider } = replica.offer;
    const name = nameOf(network, provider);
    const isVictim = provider === victim.address;
    checkReplica(facts, { replica, name, isVictim, windows: windows[i]!, money, least: LEAST_PROVEN });
    // Its neighbours' loss is nobody's business: the others went on earning after it.
    if (!isVictim) facts.check(windows[i]!.proven > early[i]!.proven, `${name} went on earning after that loss`);
  }
  checkBooks(facts, sheet);
  const report = await phases.run("audit: all of the chain's history again, every proof verified", (tell) =>
    auditChain(chain, tell),
  );
  checkAudit(facts, report);

  const seconds = Math.round(process.uptime());
  const lines = [
    "",
    ...balanceTable(sheet, (address) => nameOf(network, address)),
    `burned ${tokens(sheet.burned)}; the vault has ${tokens(sheet.vaultTokens)} tokens and owes ${tokens(sheet.liabilities)}`,
    "",
    ...facts.lines(),
    "",
    ...[...phases.taken].map(([title, taken]) => `${taken.toFixed(0).padStart(5)} s  ${title}`),
    `${String(seconds).padStart(5)} s  in all`,
  ];
  (options.json ? process.stderr : process.stdout).write(`${lines.join("\n")}\n`);
  if (options.json) {
    const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((a, b) => a + b, 0n);
    const result = {
      bytes: stored.bytes,
      sha256Equal,
      windowsProven: windows.reduce((total, { proven }) => total + proven, 0),
      windowsMissed: windows.reduce((total, { missed }) => total + missed, 0),
      paid: (sum([...money.settled.values()].map(({ paid }) => paid)) + sum(money.redeemed.values())).toString(),
      slashed: sum(money.slashed.values()).toString(),
      vaultSolvent: sheet.solvent && sheet.problems.length === 0,
      seconds,
    };
    console.log(JSON.stringify(result));
  }
  return facts.failed === 0 ? 0 : 1;
}

run(readOptions()).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
