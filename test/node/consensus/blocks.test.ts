import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { BlockClock } from "../../../node/consensus/blocks.ts";
import { type Chain, connectChain } from "../../../node/consensus/chain.ts";
import { type FlakyProxy, flakyProxy } from "../../fixtures/flaky-proxy.ts";
import { type LiveChain, liveChain } from "../../fixtures/live-chain.ts";

describe("BlockClock", () => {
  let live: LiveChain;
  let proxy: FlakyProxy;
  let chain: Chain;
  let clock: BlockClock;
  const outages: Error[] = [];
  let recoveries = 0;
  const listenerErrors: unknown[] = [];

  before(async () => {
    live = await liveChain();
    proxy = await flakyProxy(live.process.rpcUrl);
    chain = await connectChain({ rpcUrl: proxy.rpcUrl, market: live.deployment.market, pollingInterval: 50 });
    clock = new BlockClock(chain, {
      onOutage: (error) => outages.push(error),
      onRecovery: () => recoveries++,
      onListenerError: (error) => listenerErrors.push(error),
    });
    clock.start();
  });
  after(async () => {
    await clock.stop();
    await proxy.close();
  });

  it("tells each new block once, in order", async () => {
    const seen: bigint[] = [];
    const leave = clock.onBlock((block) => {
      seen.push(block);
    });
    const first = await clock.until(0n);
    await clock.until(first + 3n);
    leave();
    const told = seen.length;
    expect(new Set(seen).size).to.equal(told);
    expect(seen).to.deep.equal([...seen].sort((a, b) => Number(a - b)));
    expect(told).to.be.greaterThanOrEqual(3);
    await clock.until(first + 5n);
    expect(seen.length).to.equal(told);
  });

  it("never runs a listener twice at once, and gives a slow one the newest block", async () => {
    let running = 0;
    let overlapped = false;
    const seen: bigint[] = [];
    const leave = clock.onBlock(async (block) => {
      overlapped ||= running++ > 0;
      seen.push(block);
      await sleep(700);
      running--;
    });
    const start = await clock.until(0n);
    await live.mine(5n);
    await clock.until(start + 5n);
    await live.mine(5n);
    await clock.until(start + 11n);
    await sleep(800);
    leave();
    expect(overlapped).to.equal(false);
    expect(seen.length).to.be.lessThan(8);
    expect(seen.at(-1)! >= start + 11n).to.equal(true);
  });

  it("goes on when a listener throws", async () => {
    const leave = clock.onBlock(() => {
      throw new Error("a duty failed");
    });
    const now = await clock.until(0n);
    await clock.until(now + 2n);
    leave();
    expect(listenerErrors.length).to.be.greaterThanOrEqual(1);
    expect(String(listenerErrors[0])).to.include("a duty failed");
  });

  it("survives an outage, says so once, and then tells of the newest block", async () => {
    const before = await clock.until(0n);
    outages.length = 0;
    recoveries = 0;
    proxy.down = true;
    while (outages.length === 0) await sleep(50);
    await live.mine(3n);
    await sleep(500);
    proxy.down = false;
    await clock.until(before + 3n);
    expect(outages).to.have.length(1);
    expect(outages[0]).to.have.property("code", "CHAIN_UNREACHABLE");
    expect(recoveries).to.equal(1);
  });

  it("stops waiting when told to", async () => {
    const abort = new AbortController();
    const waiting = clock.until(10n ** 9n, abort.signal);
    abort.abort(new Error("enough"));
    const reason = await waiting.catch((error: unknown) => error);
    expect(String(reason)).to.include("enough");
  });
});
