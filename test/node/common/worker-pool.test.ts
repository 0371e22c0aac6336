import { expect } from "chai";
import { HoldfastError } from "../../../node/common/errors.ts";
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from "../../../node/common/worker-pool.ts";
import type { PoolTask } from "./worker-pool-tasks.ts";

/** What a promise is rejected with; a promise that resolves fails the test. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) throw new Error(`resolved to ${String(outcome.value)}`);
  return outcome.error;
}

async function rejectionCode(promise: Promise<unknown>): Promise<string> {
  const error = await rejection(promise);
  expect(error).to.be.instanceOf(HoldfastError);
  return (error as HoldfastError).code;
}

describe("worker pool", function () {
  this.timeout(30_000);
  const pools: WorkerPool<PoolTask, unknown>[] = [];

  function createPool(options: Partial<WorkerPoolOptions> = {}): WorkerPool<PoolTask, unknown> {
    const file = new URL("./worker-pool-tasks.ts", import.meta.url);
    const pool = createWorkerPool<PoolTask, unknown>({ file, workers: 1, ...options });
    pools.push(pool);
    return pool;
  }

  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
  });

  it("runs as many tasks at once as it has workers", async () => {
    const pool = createPool({ workers: 2 });
    const counter = new SharedArrayBuffer(4);
    const both = [pool.run({ kind: "meet", counter, parties: 2 }), pool.run({ kind: "meet", counter, parties: 2 })];
    expect((await Promise.all(both)).sort()).to.deep.equal([1, 2]);
  });

  it("reuses its threads: ten tasks on two workers see at most two", async () => {
    const pool = createPool({ workers: 2 });
    const threads = await Promise.all(Array.from({ length: 10 }, () => pool.run({ kind: "thread" })));
    expect(new Set(threads).size).to.be.within(1, 2);
  });

  it("moves transferred buffers and copies the others", async () => {
    const pool = createPool();
    const moved = Uint8Array.of(1, 2, 3);
    const kept = Uint8Array.of(4, 5);
    const first = pool.run({ kind: "double", bytes: moved }, { transfer: [moved.buffer] });
    expect(moved.length).to.equal(0);
    expect(await first).to.deep.equal(Uint8Array.of(2, 4, 6));
    expect(await pool.run({ kind: "double", bytes: kept })).to.deep.equal(Uint8Array.of(8, 10));
    expect(kept.length).to.equal(2);
  });

  it("hands workerData to its threads", async () => {
    expect(await createPool({ workerData: { depth: 9 } }).run({ kind: "data" })).to.deep.equal({ depth: 9 });
  });

  it("passes a HoldfastError on with code and details, and goes on working", async () => {
    const pool = createPool();
    const error = await rejection(pool.run({ kind: "refuse" }));
    expect(error).to.be.instanceOf(HoldfastError);
    expect(error).to.deep.include({ code: "TEST_REFUSED", message: "No.", details: { expected: 1n, found: 2n } });
    expect(await pool.run({ kind: "thread" })).to.be.a("number");
  });

  it("wraps any other error and a result that cannot travel", async () => {
    const pool = createPool();
    const error = (await rejection(pool.run({ kind: "fail" }))) as HoldfastError;
    expect(error.code).to.equal("WORKER_TASK_FAILED");
    expect(error.cause).to.be.instanceOf(TypeError).with.property("message", "broken on purpose");
    expect(await rejectionCode(pool.run({ kind: "unclonable" }))).to.equal("WORKER_TASK_FAILED");
  });

  it("fails only the running task when a thread dies, and replaces the thread", async () => {
    const pool = createPool();
    const dying = rejectionCode(pool.run({ kind: "exit" }));
    const next = pool.run({ kind: "thread" });
    expect(await dying).to.equal("WORKER_DIED");
    expect(await next).to.be.a("number");
  });

  it("fails a task whose thread cannot start", async () => {
    const pool = createPool({ file: new URL("./no-such-file.ts", import.meta.url) });
    expect(await rejectionCode(pool.run({ kind: "thread" }))).to.equal("WORKER_DIED");
    const unloadable = createPool({ file: new URL("https://127.0.0.1/no-file-at-all.ts") });
    expect(await rejectionCode(unloadable.run({ kind: "thread" }))).to.equal("WORKER_DIED");
    expect(await rejectionCode(unloadable.run({ kind: "thread" }))).to.equal("WORKER_DIED");
  });

  it("refuses sizes with which no task could ever run", () => {
    for (const sizes of [{ workers: 0 }, { workers: 1.5 }, { workers: Number.NaN }, { queueLimit: 0 }]) {
      expect(() => createPool(sizes))
        .to.throw()
        .with.property("code", "WORKER_POOL_SIZE");
    }
  });

  it("refuses a task that cannot travel and keeps the thread for the next", async () => {
    const pool = createPool();
    const task = { kind: "double", bytes: (() => undefined) as unknown as Uint8Array } as const;
    expect(await rejection(pool.run(task))).to.have.property("name", "DataCloneError");
    expect(await pool.run({ kind: "thread" })).to.be.a("number");
  });

  it("refuses a task beyond its queue limit and accepts again when there is room", async () => {
    const pool = createPool({ queueLimit: 1 });
    const running = pool.run({ kind: "thread" });
    const waiting = pool.run({ kind: "thread" });
    expect(await rejectionCode(pool.run({ kind: "thread" }))).to.equal("WORKER_POOL_FULL");
    await Promise.all([running, waiting]);
    expect(await pool.run({ kind: "thread" })).to.be.a("number");
  });

  it("drops a waiting task when its signal fires and never runs it", async () => {
    const pool = createPool();
    const controller = new AbortController();
    const running = pool.run({ kind: "thread" });
    const waiting = rejection(pool.run({ kind: "exit" }, { signal: controller.signal }));
    controller.abort(new Error("changed my mind"));
    expect(await waiting).to.have.property("message", "changed my mind");
    expect(await pool.run({ kind: "thread" })).to.equal(await running);
  });

  it("ends the thread of a running task when its signal fires and gives the next task another", async () => {
    const pool = createPool();
    const before = await pool.run({ kind: "thread" });
    const controller = new AbortController();
    const hanging = rejection(pool.run({ kind: "hang" }, { signal: controller.signal }));
    const next = pool.run({ kind: "thread" });
    controller.abort();
    expect(await hanging).to.have.property("name", "AbortError");
    expect(await next)
      .to.be.a("number")
      .that.does.not.equal(before);
  });

  it("refuses a task whose signal has fired already", async () => {
    const signal = AbortSignal.abort(new Error("too late"));
    expect(await rejection(createPool().run({ kind: "thread" }, { signal }))).to.have.property("message", "too late");
  });

  it("fails running, waiting and later tasks when it closes", async () => {
    const pool = createPool();
    const codes = [pool.run({ kind: "hang" }), pool.run({ kind: "thread" })].map(rejectionCode);
    await pool.close();
    expect(await Promise.all([...codes, rejectionCode(pool.run({ kind: "thread" }))])).to.deep.equal(
      Array(3).fill("WORKER_POOL_CLOSED"),
    );
  });
});
