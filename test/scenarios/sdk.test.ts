// What a client does with its files through the SDK and its command line, on real provider processes.

import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { type Client, createClient, type PutResult } from "holdfast";
import { formatAmount } from "../../node/common/amounts.ts";
import type { Network } from "../../scripts/lib/network.ts";
import { runHoldfast } from "../fixtures/run-holdfast.ts";
import { newClient, type TestClient } from "./support/client.ts";
import { holdfast, resultOf } from "./support/command-line.ts";
import { sharedNetwork } from "./support/network.ts";

/** Three pieces a segment, three segments. */
const BYTES = 2_000_001;

type Ranked = { verdict: string; score: number; factors: { name: string; value: number }[] };
type Line = { lost: number; beforePaying: number };
type Preview = Record<"escrow" | "fee" | "total" | "balance", string> & {
  ranking: Ranked[];
  detection: Line[];
  error?: { code: string };
};

describe("a client and its files", function () {
  this.timeout(180_000);
  const original = randomBytes(BYTES);
  let network: Network;
  let me: TestClient;
  let client: Client;
  let connection: { rpcUrl: string; market: string };
  let file: string;
  let previewed: bigint;
  let stored: PutResult;

  before(async () => {
    network = await sharedNetwork();
    me = await newClient(network, "sdk");
    file = path.join(me.folder, "movie.bin");
    writeFileSync(file, original);
    const { rpcUrl, deployment } = network;
    const password = readFileSync(network.passwordFile, "utf8").trim();
    connection = { rpcUrl, market: deployment.market };
    client = createClient({ ...connection, folder: me.data, password });
  });

  after(async () => await client?.close());

  it("says before it stores what it will cost, what can be lost and why these providers", async () => {
    const command = ["client", "put", file, "--windows", "60", "--dry-run", "--explain", ...me.options];
    const preview = resultOf<Preview>(await holdfast(command));
    expect(BigInt(preview.escrow) + BigInt(preview.fee)).to.equal(BigInt(preview.total));
    expect(preview.ranking).to.have.length(5);
    for (const { verdict, score, factors } of preview.ranking) {
      expect(verdict).to.equal("chosen");
      const names = ["price", "collateral", "history", "retrieval", "space", "latency", "operator", "network"];
      expect(factors.map(({ name }) => name)).to.deep.equal(names);
      expect(factors.reduce((product, { value }) => product * value, 1)).to.be.closeTo(score, 1e-9);
    }
    const whole = preview.detection.at(-1)!;
    expect(whole).to.include({ lost: 1, beforePaying: 1 });
    previewed = BigInt(preview.total);
    const { tokens, free } = await client.wallet();
    expect(BigInt(preview.balance)).to.equal(tokens + free);
    expect(await client.ls()).to.deep.equal([]);
    const words = await client.put(file, { windows: 60, budget: previewed - 1n }).catch((cause: unknown) => cause);
    expect(words).to.include({ code: "ABOVE_BUDGET" });
  });

  it("refuses a dry run above its budget as the put, and still says the price", async () => {
    const budget = (amount: bigint) => ["--dry-run", "--budget", formatAmount(amount), ...me.options];
    const command = ["client", "put", file, "--windows", "60"];
    const outcome = await holdfast([...command, ...budget(previewed - 1n)]);
    expect(outcome.code).to.equal(1);
    const { error, total, slots } = JSON.parse(outcome.stdout) as Preview & { slots: object[] };
    expect(error!.code).to.equal("ABOVE_BUDGET");
    expect(BigInt(total)).to.equal(previewed);
    expect(slots).to.have.length(5);
    expect(resultOf<Preview>(await holdfast([...command, ...budget(previewed)])).error).to.equal(undefined);
  });

  it("stores a file and tells how far it is, in words and numbers", async () => {
    const told: string[] = [];
    stored = await client.put(file, {
      windows: 60,
      onProgress: ({ stage, done, total }) => {
        if (stage !== undefined) told.push(`${stage} ${done}/${total}`);
      },
      onStored: ({ capability }) => told.push(capability),
    });
    // Who has the capability need not wait for what comes after.
    const [sent, known] = [told.lastIndexOf("upload 3/3"), told.indexOf(stored.capability)];
    expect(sent >= 0 && sent < known, told.join()).to.equal(true);
    expect(told.findIndex((text) => text.startsWith("recompute"))).to.equal(known + 1);
    expect(stored.bytes).to.equal(BYTES);
    expect(stored.escrow! + stored.fee!).to.equal(previewed);
    expect(told).to.include("upload 3/3");
    expect(told).to.include("recompute 3/3");
    expect((await client.ls()).map(({ name, cid }) => ({ name, cid }))).to.deep.equal([
      { name: "movie.bin", cid: stored.cid },
    ]);
  });

  it("gives a range of bytes for the price of the segments that it touches", async () => {
    const told: string[] = [];
    const chunks: Uint8Array[] = [];
    const range = { offset: 761_850, length: 20 };
    const onProgress = ({ stage, total }: { stage?: string; total?: number }) => {
      if (stage === "fetch") told.push(`of ${total}`);
    };
    for await (const chunk of client.cat("movie.bin", { ...range, onProgress })) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(original.subarray(761_850, 761_870))).to.equal(true);
    expect(told).to.deep.equal(["of 2", "of 2"]);
    const command = ["client", "cat", "movie.bin", "--range", "1999990-"];
    const { bytes, base64 } = resultOf<{ bytes: number; base64: string }>(await holdfast([...command, ...me.options]));
    expect(bytes).to.equal(11);
    expect(Buffer.from(base64, "base64").equals(original.subarray(1_999_990))).to.equal(true);
  });

  it("stops in the middle of a file without leaving the folder locked", async () => {
    for await (const chunk of client.cat(stored.capability)) {
      expect(Buffer.from(chunk).equals(original.subarray(0, chunk.length))).to.equal(true);
      break;
    }
    const { paid } = await client.get("movie.bin", { output: path.join(me.folder, "back.bin") });
    expect(paid > 0n).to.equal(true);
    expect(readFileSync(path.join(me.folder, "back.bin")).equals(original)).to.equal(true);
  });

  it("says what the file is and until when it is kept, to its owner and to whoever may read", async () => {
    const facts = await client.stat("movie.bin");
    expect(facts.content).to.include({ name: "movie.bin", size: BYTES, cid: stored.cid, hot: 5, segments: 3 });
    expect(facts).to.include({ capability: "owner", active: 5, k: 3, n: 5, client: me.address });
    const { publicClient, parameters } = network.chain;
    const left = facts.keptUntilBlock! - (await publicClient.getBlockNumber());
    expect(left > 20n * parameters.period && left <= 61n * parameters.period, `${left}`).to.equal(true);
    const { capability } = await client.share("movie.bin", "read");
    const stranger = createClient({ ...connection, folder: `${me.data}-2`, privateKey: `0x${"5a".repeat(32)}` });
    try {
      expect((await stranger.stat(capability)).content).to.deep.equal(facts.content);
      const refusal = await stranger.rm(capability).catch((cause: unknown) => cause);
      expect(refusal).to.include({ code: "NOT_OWNER" });
    } finally {
      await stranger.close();
    }
  });

  it("keeps the file longer on its providers' signatures, for no more than it said", async () => {
    const before = await client.stat("movie.bin");
    const asked = await client.renew("movie.bin", { windows: 7, dryRun: true });
    expect(asked.slots.map(({ slot }) => slot)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(await client.stat("movie.bin").then(({ keptUntilBlock }) => keptUntilBlock)).to.equal(before.keptUntilBlock);
    const tooLittle = await client.renew("movie.bin", { windows: 7, budget: asked.cost - 1n }).catch((e: unknown) => e);
    expect(tooLittle).to.include({ code: "ABOVE_BUDGET" });
    const owned = async () => {
      const { tokens, free } = await client.wallet();
      return tokens + free;
    };
    const money = await owned();
    const renewed = await client.renew("movie.bin", { windows: 7, budget: asked.cost });
    expect(renewed.done).to.equal(true);
    const paid = money - (await owned());
    // Windows that a provider has missed meanwhile are settled with it, and come back.
    expect(paid <= asked.cost, `${paid} of ${asked.cost}`).to.equal(true);
    const after = await client.stat("movie.bin");
    expect(after.keptUntilBlock).to.equal(before.keptUntilBlock! + 7n * network.chain.parameters.period);
  });

  it("shows the CID with every verb about a file in its list, and to who cannot know it nothing", async () => {
    const verbs = [
      ...[["status"], ["history"], ["share", "--as", "verify"], ["audit", "--pieces", "0"], ["repair"]],
      ...[["renew", "--windows", "7", "--dry-run"], ["rm"]],
    ];
    let verify = "";
    for (const [verb, ...more] of verbs) {
      const { stdout, stderr } = await holdfast(["client", verb!, "movie.bin", ...more, ...me.options]);
      const { cid, error, capability } = JSON.parse(stdout) as { cid: string; error?: object; capability?: string };
      expect(error, stderr).to.equal(undefined);
      expect(cid, verb).to.equal(stored.cid);
      if (verb === "share") verify = capability!;
    }
    const text = await runHoldfast(["client", "status", verify, ...me.options]);
    expect(text.stdout.split("\n")[0]).to.equal(`CID ${stored.cid}`);
    const stranger = [...me.options, "--home", `${me.data}-3`];
    const { cid, active } = resultOf<{ cid?: string; active: number }>(
      await holdfast(["client", "status", verify, ...stranger]),
    );
    expect({ cid, active }).to.deep.equal({ cid: undefined, active: 5 });
  });

  it("repairs by the owner's capability alone and says the CID that it reads in the header", async () => {
    const elsewhere = createClient({ ...connection, folder: `${me.data}-4`, privateKey: `0x${"5b".repeat(32)}` });
    try {
      const { cid, stillLost } = await elsewhere.repair(stored.capability);
      expect({ cid, stillLost }).to.deep.equal({ cid: stored.cid, stillLost: [] });
      expect(await elsewhere.cid(stored.capability)).to.equal(undefined);
      const { capability } = await client.share("movie.bin", "repair");
      expect((await elsewhere.repair(capability)).cid).to.equal(undefined);
    } finally {
      await elsewhere.close();
    }
  });

  it("ends the deal only when told twice, and pays back what it said", async () => {
    const command = ["client", "rm", "movie.bin", ...me.options];
    const asked = await holdfast(command);
    expect(asked.code).to.equal(1);
    const { refund } = JSON.parse(asked.stdout) as { refund: string };
    expect((await client.status("movie.bin")).slots.every(({ escrow }) => escrow > 0n)).to.equal(true);
    const ended = resultOf<{ paidBack: string; slots: { how: string }[] }>(await holdfast([...command, "--yes"]));
    // The cooling-off of eight windows lasts two minutes, which a busy machine needs to come here.
    const hows = new Set(ended.slots.map(({ how }) => how));
    expect(ended.slots).to.have.length(5);
    expect([...hows].filter((how) => how !== "drop" && how !== "cancel")).to.deep.equal([]);
    // A window may have closed in between: it is paid then.
    expect(BigInt(ended.paidBack) <= BigInt(refund)).to.equal(true);
    expect(BigInt(ended.paidBack) > (BigInt(refund) * 3n) / 5n).to.equal(true);
    expect((await client.ls())[0]!.endedAt).to.match(/^20/);
  });

  it("tells all of it afterwards, from the chain and from the data folder", async () => {
    const entries = await client.history("movie.bin");
    const counts = new Map<string, number>();
    for (const { what } of entries) counts.set(what, (counts.get(what) ?? 0) + 1);
    const expected = { DealOpened: 1, SlotFilled: 5, SlotExtended: 5, get: 1, put: 1, renew: 1, rm: 1 };
    expect(Object.fromEntries(counts)).to.include(expected);
    expect((counts.get("SlotDropped") ?? 0) + (counts.get("SlotCancelled") ?? 0)).to.equal(5);
    const times = entries.map(({ at }) => Date.parse(at));
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
  });

  it("takes its tokens out of the vault and asks for what channels hold", async () => {
    const { free, channels } = await client.wallet();
    expect(free > 0n).to.equal(true);
    expect((await client.withdraw()).amount).to.equal(free);
    const { closing } = await client.closeChannels();
    expect(closing.map(({ provider }) => provider).sort()).to.deep.equal(
      channels.map(({ provider }) => provider).sort(),
    );
    expect((await client.wallet()).free).to.equal(0n);
  });

  it("finds nothing wrong, and says what to do about what is", async () => {
    const good = await client.doctor();
    expect(good.map(({ check, ok }) => `${check} ${ok}`)).to.deep.equal(
      ["chain", "clock", "key", "gas", "tokens", "disk", "providers"].map((check) => `${check} true`),
    );
    const { code, stdout } = await holdfast(["doctor", ...me.options, "--rpc", "http://127.0.0.1:1"]);
    expect(code).to.equal(1);
    const { findings } = JSON.parse(stdout) as { findings: { check: string; ok: boolean; text: string }[] };
    expect(findings.find(({ check }) => check === "chain")).to.deep.include({ ok: false });
    expect(findings.find(({ check }) => check === "chain")!.text).to.match(/--rpc/);
  });
});
