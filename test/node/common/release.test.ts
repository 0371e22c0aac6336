import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect } from "chai";
import { release } from "../../../node/common/release.ts";

describe("giving memory back", () => {
  it("empties every view of a buffer that is all the caller's, and none of a larger one", () => {
    const own = new Uint8Array(1_000);
    const view = own.subarray(10);
    release(own);
    expect([own.length, view.length]).to.deep.equal([0, 0]);
    const shared = new Uint8Array(1_000);
    release(shared.subarray(0, 400));
    expect(shared.length).to.equal(1_000);
  });

  it("works in threads that begin together: V8's flags are theirs in common", async function () {
    this.timeout(60_000);
    for (let round = 0; round < 12; round++) {
      const threads = Array.from({ length: 4 }, () => new Worker(new URL("./releasing-thread.ts", import.meta.url)));
      const ended = await Promise.all(threads.map((thread) => once(thread, "exit")));
      expect(ended).to.deep.equal([[0], [0], [0], [0]]);
    }
  });
});
