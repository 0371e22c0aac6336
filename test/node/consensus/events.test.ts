import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type Chain, connectChain, type SigningChain } from "../../../node/consensus/chain.ts";
import { type EventBatch, followEvents, type HoldfastLog, readEvents } from "../../../node/consensus/events.ts";
import { stake } from "../../../node/consensus/registry.ts";
import { type FlakyProxy, flakyProxy } from "../../fixtures/flaky-proxy.ts";
import { type LiveChain, liveChain } from "../../fixtures/live-chain.ts";

describe("followEvents", () => {
  let live: LiveChain;
  let proxy: FlakyProxy;
  let reader: Chain;
  let provider: SigningChain;

  before(async () => {
    live = await liveChain();
    proxy = await flakyProxy(live.process.rpcUrl);
    reader = await connectChain({ rpcUrl: proxy.rpcUrl, market: live.deployment.market, pollingInterval: 50 });
    provider = await live.connectRich(14, 1n);
  });
  after(() => proxy.close());

  /** Follows until `done` says so; answers everything told. */
  async function follow(fromBlock: bigint, done: (told: HoldfastLog[], batch: EventBatch) => boolean) {
    const abort = new AbortController();
    const told: HoldfastLog[] = [];
    const removed: HoldfastLog[] = [];
    let through = fromBlock - 1n;
    await followEvents(reader, {
      fromBlock,
      signal: abort.signal,
      onEvents: (batch) => {
        told.push(...batch.logs);
        removed.push(...batch.removed);
        through = batch.through;
        if (done(told, batch)) abort.abort();
      },
    });
    return { told, removed, through };
  }
  const stakes = (logs: readonly HoldfastLog[]) =>
    logs.flatMap((log) =>
      log.eventName === "Staked" && log.args.provider === provider.account.address ? [log.args.amount] : [],
    );

  it("tells each event once, and a follower that resumes misses and repeats nothing", async () => {
    const start = await reader.publicClient.getBlockNumber();
    await stake(provider, 1n);
    const first = await follow(start, (told) => stakes(told).length === 1);
    await stake(provider, 2n);
    await stake(provider, 3n);
    const second = await follow(first.through + 1n, (told) => stakes(told).includes(3n));
    expect([...stakes(first.told), ...stakes(second.told)]).to.deep.equal([1n, 2n, 3n]);
  });

  it("goes on after an outage where it stopped", async () => {
    const start = (await reader.publicClient.getBlockNumber()) + 1n;
    const following = follow(start, (told) => stakes(told).includes(5n));
    await stake(provider, 4n);
    proxy.down = true;
    await sleep(600);
    await stake(provider, 5n);
    proxy.down = false;
    expect(stakes((await following).told)).to.deep.equal([4n, 5n]);
  });

  it("takes back the events of blocks that the chain replaced", async () => {
    const start = (await reader.publicClient.getBlockNumber()) + 1n;
    await live.request("evm_setIntervalMining", [0]);
    const snapshot = await live.request("evm_snapshot");
    await live.request("evm_setIntervalMining", [200]);
    const lost = await stake(provider, 6n);
    let reverted: Promise<unknown> | undefined;
    const following = follow(start, (told) => {
      if (stakes(told).includes(6n)) reverted ??= live.request("evm_revert", [snapshot]);
      return stakes(told).includes(7n);
    });
    while (reverted === undefined) await sleep(20);
    await reverted;
    await stake(provider, 7n);
    const { told, removed } = await following;
    await live.request("evm_setIntervalMining", [1000]);
    expect(stakes(told)).to.deep.equal([6n, 7n]);
    expect(stakes(removed)).to.deep.equal([6n]);
    expect(removed[0]!.transactionHash).to.equal(lost.hash);
    const to = await reader.publicClient.getBlockNumber();
    expect(stakes(await readEvents(reader, { from: start, to }))).to.deep.equal([7n]);
  });
});
