// An aborted verb ends at once, whatever it waits for, leaves what it needs to go on, and nothing that keeps its process alive.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { PIECE_BYTES } from "../../node/data/layout.ts";
import type { PutResult } from "../../node/interface/client/put.ts";
import type { Network, Provider } from "../../scripts/lib/network.ts";
import { newClient, type TestClient } from "./support/client.ts";
import { holdfast, resultOf } from "./support/command-line.ts";
import { allEvents } from "./support/money.ts";
import { sharedNetwork } from "./support/network.ts";

/** From the abort to the end of the verb, and to that of the process; a provider is waited for up to 20 s, a block one. */
const PROMPTLY_MS = 1_500;
const GONE_MS = 5_000;

describe("a verb that is aborted", function () {
  this.timeout(240_000);
  const original = randomBytes(8 * PIECE_BYTES - 5);
  const shape = { k: 2, n: 4, windows: 100 };
  let network: Network;
  let me: TestClient;
  let file: string;
  /** One of the file's four. */
  let holder: Provider;

  const dealsOpened = async () =>
    (await allEvents(network.chain)).filter((log) => log.eventName === "DealOpened" && log.args.client === me.address)
      .length;
  const abortAt = async (text: string, verb: string, argument: string, options: object, laterMs = 0) => {
    const program = path.join(import.meta.dirname, "support/abort-at.ts");
    const password = readFileSync(network.passwordFile, "utf8").trim();
    const env = { PATH: process.env.PATH, RPC: network.rpcUrl, MARKET: network.deployment.market, DATA: me.data };
    const running = promisify(execFile)(
      process.execPath,
      [program, verb, argument, JSON.stringify(options), text, `${laterMs}`],
      {
        env: { ...env, PASSWORD: password },
      },
    );
    let saidAt = 0;
    running.child.stdout!.once("data", () => {
      saidAt = performance.now();
    });
    const { stdout, stderr } = await running;
    expect(stderr).to.equal("");
    const { code, afterMs, aborted } = JSON.parse(stdout) as { code: string; afterMs: number; aborted: boolean };
    expect({ code, aborted }, text).to.deep.equal({ code: "INTERRUPTED", aborted: true });
    expect(afterMs, text).to.be.lessThan(PROMPTLY_MS);
    expect(performance.now() - saidAt, `${text}: still there`).to.be.lessThan(GONE_MS);
  };
  const hung = async (provider: Provider, work: () => Promise<void>) => {
    provider.daemon.process.kill("SIGSTOP");
    try {
      await work();
    } finally {
      provider.daemon.process.kill("SIGCONT");
    }
  };

  before(async () => {
    network = await sharedNetwork();
    me = await newClient(network, "aborted");
    file = path.join(me.folder, "book.txt");
    writeFileSync(file, original);
  });

  it("put goes on where it was, from wherever it was stopped, and opens one deal", async () => {
    const points = { "uploaded 25 %": 0, "spot-checking": 100, "opening the deal": 300 };
    for (const [text, laterMs] of Object.entries(points)) {
      await abortAt(text, "put", file, shape, laterMs);
      expect(readdirSync(path.join(me.data, "puts")), text).to.have.length(1);
    }
    const args = ["--data", "2", "--total", "4", "--windows", "100"];
    const stored = resultOf<Pick<PutResult, "resumed" | "slots">>(
      await holdfast(["client", "put", file, ...args, ...me.options]),
    );
    expect(stored.resumed).to.equal(true);
    holder = network.providers.find(({ address }) => address === stored.slots[1]!.provider)!;
    expect(readdirSync(path.join(me.data, "puts"))).to.deep.equal([]);
    expect(await dealsOpened()).to.equal(1);
  });

  it("put does not wait for a provider that accepts and is silent", async () => {
    const other = path.join(me.folder, "other.txt");
    writeFileSync(other, randomBytes(50_000));
    await hung(network.providers[0]!, async () => {
      await abortAt("asking 5 providers for prices", "put", other, { ...shape, k: 1 }, 300);
    });
  });

  it("get keeps what it has, and pays for the rest alone", async () => {
    const output = path.join(me.folder, "back.txt");
    await abortAt("fetched 50 %", "get", "book.txt", { output });
    expect(existsSync(output)).to.equal(false);
    expect(readdirSync(me.folder).filter((name) => name.includes(".part"))).to.have.length(1);
    const { lines } = await holdfast(["client", "get", "book.txt", "--output", output, ...me.options]);
    expect(
      lines.some((line) => /^going on after [234] of 4 segments/.test(line)),
      lines.join("\n"),
    ).to.equal(true);
    expect(readFileSync(output).equals(original)).to.equal(true);
  });

  it("audit and repair tell nothing that they did not find out", async () => {
    await hung(holder, async () => {
      await abortAt("asking 4 providers", "audit", "book.txt", {}, 300);
      await abortAt("handing out the slot table", "repair", "book.txt", {}, 300);
    });
    const { health } = resultOf<{ health: string }>(await holdfast(["client", "audit", "book.txt", ...me.options]));
    expect(health).to.equal("healthy");
  });

  it("status and stat end before the chain has answered", async () => {
    for (const verb of ["status", "stat"]) await abortAt("reading the chain", verb, "book.txt", {});
  });
});
