import { expect } from "chai";
import { createCommitPool } from "../../../node/data/kernels/commit-pool.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { GROUP_BYTES } from "../../../node/data/layout.ts";
import { seededBytes } from "./poseidon-reference.ts";

describe("commit pool", function () {
  this.timeout(30_000);
  const pool = createCommitPool({ workers: 2 });
  after(() => pool.close());

  it("gives the nodes that the main thread gives, for calls under way together", async () => {
    const calls = Array.from({ length: 5 }, (_, i) => seededBytes(`call ${i}`, (i + 1) * GROUP_BYTES));
    const hasher = createPoseidon8();
    const nodes = await Promise.all(calls.map((groups) => pool.groupNodes(groups)));
    expect(nodes.map((bytes) => Buffer.from(bytes))).to.deep.equal(
      calls.map((groups) => Buffer.from(hasher.groupNodes(groups))),
    );
  });

  it("leaves the caller its bytes, also when they are part of a larger buffer", async () => {
    const shared = seededBytes("shared", 3 * GROUP_BYTES);
    const before = Buffer.from(shared);
    const part = shared.subarray(GROUP_BYTES, 2 * GROUP_BYTES);
    const expected = createPoseidon8().groupNodes(part);
    expect(await pool.groupNodes(part, { transfer: true })).to.deep.equal(expected);
    expect(Buffer.compare(shared, before)).to.equal(0);
    await pool.groupNodes(shared);
    expect(Buffer.compare(shared, before)).to.equal(0);
  });

  it("takes a whole buffer that the caller gives away", async () => {
    const groups = new Uint8Array(seededBytes("away", GROUP_BYTES));
    const expected = createPoseidon8().groupNodes(groups);
    const nodes = pool.groupNodes(groups, { transfer: true });
    await Promise.resolve();
    expect(groups.length).to.equal(0);
    expect(await nodes).to.deep.equal(expected);
  });

  it("refuses half a group before it reaches a worker", async () => {
    const error = await pool.groupNodes(new Uint8Array(GROUP_BYTES / 2)).catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "KERNEL_INPUT_LENGTH");
  });

  it("fails calls after it closed", async () => {
    const closing = createCommitPool({ workers: 1 });
    await closing.close();
    const error = await closing.groupNodes(new Uint8Array(GROUP_BYTES)).catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "WORKER_POOL_CLOSED");
  });
});
