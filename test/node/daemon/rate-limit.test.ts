import { expect } from "chai";
import { createRateLimit, limitCalls } from "../../../node/interface/rate-limit.ts";
import { failure } from "../network/hosts.ts";

describe("what a provider does for free", () => {
  const setUp = () => {
    const clock = { now: 0 };
    const now = () => clock.now;
    const each = createRateLimit({ perSecond: 2, burst: 4, now });
    const together = createRateLimit({ perSecond: 5, burst: 10, now });
    let calls = 0;
    const ask = limitCalls(async (_request: string, _peer: string) => ++calls, { each, together });
    return { clock, ask, calls: () => calls };
  };

  it("is bounded for one peer, and comes back with time", async () => {
    const { clock, ask } = setUp();
    for (let i = 0; i < 4; i++) await ask("", "one");
    expect((await failure(ask("", "one"))).code).to.equal("RATE_LIMITED");
    await ask("", "another");
    clock.now = 500;
    await ask("", "one");
  });

  it("is bounded for any number of peers that are made up", async () => {
    const { clock, ask, calls } = setUp();
    const crowd = () => Promise.allSettled(Array.from({ length: 100 }, (_, i) => ask("", `peer ${clock.now} ${i}`)));
    await crowd();
    expect(calls()).to.equal(10);
    clock.now = 1_000;
    await crowd();
    expect(calls()).to.equal(15);
  });

  it("costs a peer nothing that others have", async () => {
    const { ask, calls } = setUp();
    for (let i = 0; i < 50; i++) await ask("", "greedy").catch(() => undefined);
    expect(calls()).to.equal(4);
    await ask("", "modest");
  });
});
