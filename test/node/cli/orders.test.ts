import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { keccak256, numberToHex, zeroHash } from "viem";
import { toHex } from "../../../node/common/hex.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { createKeystore } from "../../../node/consensus/keystore.ts";
import type { OrderReport } from "../../../node/consensus/order-slots.ts";
import { freeOf } from "../../../node/consensus/vault.ts";
import { type LiveChain, liveChain, TOKEN } from "../../fixtures/live-chain.ts";
import { joinAsProvider } from "../../fixtures/mock-deal.ts";
import { runHere } from "../../fixtures/run-here.ts";

describe("orders on the command line", function () {
  this.timeout(240_000);
  let live: LiveChain;
  let folder: string;
  let client: SigningChain;
  let provider: SigningChain;
  let dealKey: string;
  let options: (name: "client" | "provider") => string[];

  before(async () => {
    live = await liveChain();
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-orders-"));
    const passwordFile = path.join(folder, "password");
    await writeFile(passwordFile, "a password\n", { mode: 0o600 });
    const connection = ["--rpc", live.process.rpcUrl, "--market", live.deployment.market];
    options = (name) => ["--home", path.join(folder, name), "--password-file", passwordFile, ...connection];
    for (const [name, account] of [
      ["client", 2],
      ["provider", 3],
    ] as const) {
      const key = toHex(live.account(account).getHdKey().privateKey!);
      await createKeystore(path.join(folder, name, "keystore.json"), "a password", key);
    }
    client = await live.connectRich(2, 2n);
    provider = await live.connectRich(3, 2n);
    await joinAsProvider(provider);
  });
  after(() => rm(folder, { recursive: true }));

  const step = (name: "client" | "provider", ...args: string[]) =>
    runHere<{ slots: number[]; error?: { code: string } }>(["order", ...args, ...options(name)]);
  const status = async (...args: string[]) =>
    (
      await runHere<{ orders: OrderReport[] } & OrderReport & { history: { what: string; text: string }[] }>([
        ...["order", "status", ...args],
        ...options("client"),
      ])
    ).answer;

  it("are posted for no more than the budget", async () => {
    const roots = path.join(folder, "roots.json");
    const sealed = { root: numberToHex(88_001, { size: 32 }), dataRoot: keccak256("0x77") };
    await writeFile(roots, JSON.stringify([sealed, { root: zeroHash, dataRoot: zeroHash }]));
    const command = ["post", "--header", keccak256("0x78"), "--shard-bytes", "200000", "--roots", roots];
    const shape = ["--data", "1", "--total", "2", "--windows", "10", "--floor", "0.0001", "--cap", "0.00015"];
    const dear = await step("client", ...command, ...shape, "--budget", "0.001");
    expect(dear.code).to.equal(1);
    expect(dear.stderr).to.match(/^error: .+ \(CHAIN_REVERTED\)\n$/);
    const before = await freeOf(client, client.account.address);
    const args = ["order", ...command, ...shape, "--budget", "1", ...options("client")];
    const { code, stderr, answer } = await runHere<{ dealKey: string; payment: string }>(args);
    expect(code, stderr).to.equal(0);
    expect(before - (await freeOf(client, client.account.address))).to.equal(BigInt(answer.payment));
    expect(BigInt(answer.payment) < TOKEN).to.equal(true);
    ({ dealKey } = answer);
    const standing = (await status()).orders.find((order) => order.dealKey === dealKey)!;
    expect(standing.slots.map(({ state, posted }) => [state, posted])).to.deep.equal([
      ["open", true],
      ["open", false],
    ]);
  });

  it("are taken by a provider, for one slot of a deal and no other", async () => {
    const unsealed = await step("provider", "take", dealKey, "1");
    expect(unsealed.stderr).to.match(/^error: .+ \(CHAIN_REVERTED\)\n$/);
    const taken = await step("provider", "take", dealKey, "0");
    expect(taken.code, taken.stderr).to.equal(0);
    const again = await step("provider", "reserve", dealKey, "1");
    expect(again.stderr).to.match(/^error: .+ \(CHAIN_REVERTED\)\n$/);
    const { slots } = await status(dealKey);
    expect(slots.map(({ state }) => state)).to.deep.equal(["done", "open"]);
  });

  it("are closed by their client, who has back what nobody took, and tell all of it", async () => {
    const before = await freeOf(client, client.account.address);
    const closed = await step("client", "close", dealKey);
    expect(closed.answer.slots).to.deep.equal([1]);
    expect((await freeOf(client, client.account.address)) > before).to.equal(true);
    const { history } = await status(dealKey);
    expect(history.map(({ what }) => what)).to.include.members(["OrderPosted", "OrderFilled", "OrderClosed"]);
    expect((await status()).orders.some((order) => order.dealKey === dealKey)).to.equal(false);
    expect((await status("--all")).orders.some((order) => order.dealKey === dealKey)).to.equal(true);
  });

  it("are refused in one sentence when what is typed makes no sense", async () => {
    expect((await step("client", "take", "0x12", "0")).answer.error?.code).to.equal("BAD_DEAL_KEY");
    expect((await step("client", "take", keccak256("0x01"), "zero")).code).to.equal(2);
    expect((await step("client", "close", keccak256("0x01"))).answer.error?.code).to.equal("ORDER_UNKNOWN");
    expect((await step("client", "activate", dealKey, "1")).answer.error?.code).to.equal("ORDER_NOT_COMMITTED");
    expect((await step("client", "post", "--budget", "1")).code).to.equal(2);
  });
});
