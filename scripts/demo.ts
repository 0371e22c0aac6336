// The main job, end to end, on real parts: `npm start`.

import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync } from "node:fs";
import { readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { balanceSheet } from "../node/consensus/balance.ts";
import { connectChain } from "../node/consensus/chain.ts";
import { slotsOf } from "../node/consensus/deals.ts";
import { settleDue } from "../node/consensus/settling.ts";
import { account } from "../node/consensus/spacetime.ts";
import { balanceTable, tokens } from "./demo/balance-table.ts";
import { createFacts } from "./demo/facts.ts";
import { readOptions, USAGE } from "./demo/options.ts";
import { readMoney } from "./demo/settlements.ts";
import { countWindows, waitForWindows } from "./demo/windows.ts";
import { type Network, startNetwork } from "./lib/network.ts";
import { createPhases } from "./lib/phases.ts";
import { holdfast } from "./lib/processes.ts";

const WINDOWS = 12;
const PROVEN_AT_LEAST = 3;
const MINUTES = 60_000;

type Put = { capability: string; dealKey: `0x${string}`; bytes: number; slots: { slot: number; provider: string }[] };
type Got = { path: string; bytes: number; paid: string };

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const started = performance.now();
  const original = await fileDigest(options.path);
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-"));
  const phases = createPhases(process.stderr);
  const facts = createFacts();
  let network: Network | undefined;
  const stop = () => void network?.stop().finally(() => process.exit(130));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    network = await phases.run("chain, contracts, five providers", (tell) =>
      startNetwork({
        folder,
        providers: 5,
        tokens: { provider: "100", client: "100", stake: "50" },
        tell,
      }),
    );
    const { chain, client, outsider } = network;
    const clientOptions = network.options(client.folder);

    const put = await phases.run(`store ${path.basename(options.path)}, 3-of-5`, (tell) =>
      holdfast<Put>(
        [
          "client",
          "put",
          options.path,
          "--data-shards",
          "3",
          "--total",
          "5",
          "--windows",
          `${WINDOWS}`,
          ...clientOptions,
        ],
        tell,
      ),
    );
    facts.check(put.slots.length === 5, "one transaction filled all five slots", `${put.slots.length} filled`);
    const replicas = await slotsOf(chain, put.dealKey);

    // The victim is whoever comes first to its third window: the run is shortest then.
    const early = await phases.run(`${PROVEN_AT_LEAST} windows proven by the first provider`, (tell) =>
      waitForWindows(chain, replicas, {
        tell,
        timeoutMs: 4 * MINUTES,
        done: (counts) => counts.some(({ proven }) => proven >= PROVEN_AT_LEAST),
      }),
    );
    const victimAddress = early.find(({ proven }) => proven >= PROVEN_AT_LEAST)!.provider;
    const victim = network.providers.find(({ address }) => address === victimAddress)!;
    const emptied = await emptyReplicas(victim.folder);
    facts.check(emptied > 0, "one provider's replica files were emptied", `${emptied} files`);

    await phases.run("three windows for everybody, a miss for the one without its bytes", (tell) =>
      waitForWindows(chain, replicas, {
        tell,
        timeoutMs: 4 * MINUTES,
        done: (counts) =>
          counts.every(({ provider, proven, missed }) =>
            provider === victimAddress ? missed >= 1 : proven >= PROVEN_AT_LEAST,
          ),
      }),
    );

    await phases.run("account and settle, by an outsider", async (tell) => {
      const signing = await connectChain({
        rpcUrl: network!.rpcUrl,
        market: chain.addresses.market,
        account: outsider,
      });
      await account(signing, victim.address, 256n);
      tell("stake burned for the miss");
      await settleDue(signing, replicas);
    });

    await victim.daemon.stop("SIGKILL");
    const output = path.join(folder, "back");
    const got = await phases.run("kill it and get the file back without it", (tell) =>
      holdfast<Got>(["client", "get", put.capability, "--output", output, ...clientOptions], tell),
    );
    const sha256Equal = (await fileDigest(got.path)) === original;
    facts.check(sha256Equal, "the file came back byte for byte", `sha256 ${original.slice(0, 16)}...`);

    await phases.run("providers redeem their vouchers", async (tell) => {
      const deadline = Date.now() + 2 * MINUTES;
      for (;;) {
        const { redeemed } = await readMoney(chain);
        const sum = [...redeemed.values()].reduce((a, b) => a + b, 0n);
        tell(`${tokens(sum)} of ${tokens(BigInt(got.paid))} tokens`);
        if (sum >= BigInt(got.paid)) return;
        if (Date.now() > deadline) throw new Error("the providers did not redeem in time");
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    });

    const [counts, money, sheet] = await Promise.all([
      countWindows(chain, replicas),
      readMoney(chain),
      balanceSheet(chain),
    ]);
    for (const { offer } of replicas) {
      const { proven, missed, paid, refunded } = money.settled.get(offer.provider)!;
      const name = nameOf(network, offer.provider);
      const isVictim = offer.provider === victimAddress;
      facts.check(
        paid === BigInt(proven) * offer.price,
        `${name} was paid for what it proved, nothing else`,
        `${proven} windows`,
      );
      facts.check(
        refunded === BigInt(missed) * offer.price,
        `${name}'s missed windows went back to the client`,
        `${missed} windows`,
      );
      facts.check(proven >= PROVEN_AT_LEAST, `${name} was paid for at least three windows`, `${proven} windows`);
      facts.check(
        isVictim ? missed >= 1 : missed === 0,
        `${name} missed ${isVictim ? "at least one window" : "none"}`,
        `${missed} windows`,
      );
      const burned = money.slashed.get(offer.provider) ?? 0n;
      facts.check(
        isVictim ? burned > 0n : burned === 0n,
        `${name} lost ${isVictim ? "stake" : "no stake"}`,
        `${tokens(burned)} tokens`,
      );
    }
    const closes = sheet.problems.length === 0;
    facts.check(closes, "the balance sheet closes to zero for every party", sheet.problems.join("; "));
    facts.check(
      sheet.solvent,
      "the vault holds what it owes",
      `${tokens(sheet.vaultTokens)} >= ${tokens(sheet.liabilities)}`,
    );

    const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((a, b) => a + b, 0n);
    const seconds = Math.round((performance.now() - started) / 1000);
    const lines = [
      "",
      ...balanceTable(sheet, (address) => nameOf(network!, address)),
      `burned ${tokens(sheet.burned)}; vault ${tokens(sheet.vaultTokens)} tokens, owes ${tokens(sheet.liabilities)}`,
      "",
      ...facts.all.map(
        ({ held, sentence, detail }) => `${held ? "  yes" : "   NO"}  ${sentence}${detail ? ` (${detail})` : ""}`,
      ),
      "",
      `${[...phases.taken].map(([title, taken]) => `${title}: ${taken.toFixed(0)} s`).join("\n")}`,
      `${seconds} s in all`,
    ];
    (options.json ? process.stderr : process.stdout).write(`${lines.join("\n")}\n`);
    if (options.json) {
      const result = {
        bytes: put.bytes,
        sha256Equal,
        windowsProven: counts.reduce((total, { proven }) => total + proven, 0),
        windowsMissed: counts.reduce((total, { missed }) => total + missed, 0),
        paid: (sum([...money.settled.values()].map(({ paid }) => paid)) + sum(money.redeemed.values())).toString(),
        slashed: sum(money.slashed.values()).toString(),
        vaultSolvent: sheet.solvent && closes,
        seconds,
      };
      console.log(JSON.stringify(result));
    }
    return facts.failed === 0 ? 0 : 1;
  } finally {
    await network?.stop();
    if (options.keep) console.error(`kept ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

/** Cuts every piece file of a provider to nothing; returns how many there were. */
async function emptyReplicas(folder: string): Promise<number> {
  const root = path.join(folder, "replicas");
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".piece"));
  for (const name of files) await truncate(path.join(root, name), 0);
  return files.length;
}

async function fileDigest(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new Error(`${file} is not a file that can be read; give another path.`);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

function nameOf(network: Network, address: string): string {
  if (address === network.client.address) return "client";
  if (address === network.outsider.address) return "outsider";
  const index = network.providers.findIndex((provider) => provider.address === address);
  return index < 0 ? `${address.slice(0, 8)}..` : `provider ${index + 1}`;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
