// Puts and endings across crashes: whatever is killed when, nothing is lost that was acknowledged and nothing is paid twice.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { startBench } from "./bench.ts";
import { createFakeStore, type FakeStore } from "./fake-store.ts";

const Bucket = "b-1";
type Bench = Awaited<ReturnType<typeof startBench>>;

describe("puts through the gateway", () => {
  let folder: string;
  let store: FakeStore;
  let bench: Bench;
  let failures: string[];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-gateway-"));
    store = createFakeStore();
    failures = [];
    bench = await startBench({ folder, store });
    await bench.client().send(new CreateBucketCommand({ Bucket }));
  });
  afterEach(async () => {
    await bench.stop();
    rmSync(folder, { recursive: true });
  });

  const put = (Key: string, Body: string) => bench.client().send(new PutObjectCommand({ Bucket, Key, Body }));
  const get = async (Key: string) => {
    const { Body } = await bench.client().send(new GetObjectCommand({ Bucket, Key }));
    return await Body!.transformToString();
  };
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => "done",
      (cause: unknown) => (cause as Error).name,
    );
  const spooled = () => readdirSync(path.join(folder, "spool"));
  /** Resolves when it is so; a title that is no fact runs into mocha's limit. */
  const when = async (fact: () => boolean) => {
    while (!fact()) await sleep(5);
  };

  /** Ends this gateway while a put waits, and starts the next one. */
  async function restart(): Promise<void> {
    await bench.stop();
    bench = await startBench({ folder, store });
    await bench.parts.puts.resume((_, cause) => failures.push(String(cause)));
  }

  /** Puts stop before anything is stored, until the gateway is told to end; resolves when one has. */
  function hang(): Promise<void> {
    const { signal } = bench;
    return new Promise((met) => {
      store.beforePut = () =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
          met();
        });
    });
  }

  /** Puts wait for what is returned. */
  function hold(): { met: Promise<void>; open: () => void } {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const met = new Promise<void>((resolve) => {
      store.beforePut = async () => {
        resolve();
        await opened;
      };
    });
    return { met, open };
  }

  it("that were cut off are stored by the next start", async () => {
    const met = hang();
    const cut = put("k", "text").catch(() => {});
    await met;
    expect(spooled()).to.have.length(1);
    await Promise.all([cut, bench.stop()]);
    store.beforePut = async () => {};
    bench = await startBench({ folder, store });
    await bench.parts.puts.resume((_, cause) => failures.push(String(cause)));
    expect([await get("k"), store.puts.length, failures.length]).to.deep.equal(["text", 1, 0]);
    expect(spooled()).to.deep.equal([]);
  });

  it("that were stored, and not written down before the crash, are not stored again", async () => {
    const begunAt = Date.now();
    await bench.parts.spool.create(4).then(async (file) => {
      await file.append(Buffer.from("text"));
      await file.keep("kept");
      await file.close();
    });
    const at = bench.parts.spool.pathOf("kept");
    const facts = {};
    const pending = {
      file: "kept",
      sequence: 1,
      bucket: Bucket,
      key: "k",
      size: 4,
      etag: "e",
      cid: "",
      facts,
      begunAt,
    };
    bench.parts.pending.add(pending);
    await store.put(at, `${Bucket}/k`); // and the process dies
    await restart();
    expect([await get("k"), store.puts.length]).to.deep.equal(["text", 1]);
    expect(bench.parts.pending.list()).to.deep.equal([]);
  });

  it("that fail leave nothing to be stored or paid later", async () => {
    store.beforePut = async () => {
      throw new Error("too dear");
    };
    expect(await codeOf(put("k", "text"))).to.equal("InternalError");
    expect(spooled()).to.deep.equal([]);
    store.beforePut = async () => {};
    await restart();
    expect([await codeOf(get("k")), store.puts]).to.deep.equal(["NoSuchKey", []]);
  });

  it("that failed after their deal was open are brought to their end at once", async () => {
    store.abandoned = "open";
    store.beforePut = async () => {
      store.beforePut = async () => {};
      throw new Error("the connection broke after the transaction");
    };
    expect(await codeOf(put("k", "text"))).to.equal("done");
    expect(await get("k")).to.equal("text");
  });

  it("of which nobody knows whether they were paid wait for the next start, and are paid once", async () => {
    store.abandoned = "unsure";
    store.beforePut = async () => {
      throw new Error("no answer to the transaction");
    };
    expect(await codeOf(put("k", "text"))).to.equal("InternalError");
    expect(bench.parts.pending.list()).to.have.length(1);
    store.beforePut = async () => {};
    await restart();
    expect([await get("k"), store.puts.length]).to.deep.equal(["text", 1]);
  });

  it("that were deleted or overwritten meanwhile do not come back with the next start", async () => {
    store.abandoned = "unsure";
    store.beforePut = async () => {
      throw new Error("no answer to the transaction");
    };
    for (const key of ["deleted", "overwritten"]) await put(key, "old").catch(() => {});
    store.beforePut = async () => {};
    await bench.client().send(new DeleteObjectCommand({ Bucket, Key: "deleted" }));
    await put("overwritten", "new");
    await restart();
    await when(() => store.ended.length === 2);
    expect(failures).to.deep.equal([]);
    expect([await codeOf(get("deleted")), await get("overwritten")]).to.deep.equal(["NoSuchKey", "new"]);
    expect(store.ended).to.have.length(2);
    expect(bench.parts.pending.list()).to.deep.equal([]);
  });

  it("asked for again while they are under way are paid once", async () => {
    const { open } = hold();
    const both = [put("k", "text"), put("k", "text")];
    await when(() => spooled().length === 2); // the one that is stored, and the body of the other
    await sleep(50);
    open();
    const [first, second] = await Promise.all(both);
    expect(first!.ETag).to.equal(second!.ETag);
    expect(store.puts).to.have.length(1);
    expect(await get("k")).to.equal("text");
  });

  it("of one key take effect in the order in which they came", async () => {
    const opens: (() => void)[] = [];
    store.beforePut = () => new Promise((resolve) => opens.push(resolve));
    const old = put("k", "old");
    while (opens.length < 1) await sleep(5);
    const young = put("k", "young");
    while (opens.length < 2) await sleep(5);
    opens[1]!();
    await young;
    opens[0]!();
    await old;
    expect(await get("k")).to.equal("young");
    await when(() => store.ended.length === 1);
  });

  it("keep their bucket from being removed", async () => {
    const { met, open } = hold();
    const under = put("k", "text");
    await met;
    expect(await codeOf(bench.client().send(new DeleteBucketCommand({ Bucket })))).to.equal("BucketNotEmpty");
    open();
    await under;
  });

  describe("in parts", () => {
    const Key = "big";
    const begin = async () => (await bench.client().send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId!;
    const part = async (UploadId: string) => {
      const { ETag } = await bench
        .client()
        .send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "part" }));
      return { PartNumber: 1, ETag };
    };
    const complete = (UploadId: string, Part: { PartNumber: number; ETag: string | undefined }) =>
      bench
        .client()
        .send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: [Part] } }));

    it("go on after a restart, and are completed by it if that was asked", async () => {
      const UploadId = await begin();
      const sent = await part(UploadId);
      await restart();
      const met = hang();
      const cut = complete(UploadId, sent).catch(() => {});
      await met;
      await Promise.all([cut, bench.stop()]);
      store.beforePut = async () => {};
      bench = await startBench({ folder, store });
      await bench.parts.puts.resume((_, cause) => failures.push(String(cause)));
      expect([await get(Key), store.puts.length]).to.deep.equal(["part", 1]);
      expect((await complete(UploadId, sent)).ETag).to.match(/-1"$/);
      expect(store.puts).to.have.length(1);
      expect(spooled()).to.deep.equal([]);
    });

    it("that were aborted do not come back", async () => {
      const UploadId = await begin();
      const sent = await part(UploadId);
      store.abandoned = "unsure";
      store.beforePut = async () => {
        throw new Error("no answer to the transaction");
      };
      expect(await codeOf(complete(UploadId, sent))).to.equal("InternalError");
      await bench.client().send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      store.beforePut = async () => {};
      await restart();
      await when(() => store.ended.length === 1);
      expect(await codeOf(get(Key))).to.equal("NoSuchKey");
    });
  });

  it("whose old deals cannot be ended are tried again, across a restart too", async () => {
    await put("k", "one");
    const end = store.end;
    store.end = async () => {
      throw new Error("the chain is away");
    };
    await put("k", "two");
    await when(() => bench.failures.join().includes("the chain is away"));
    await restart();
    expect(bench.parts.objects.endings()).to.have.length(1);
    store.end = end;
    await when(() => bench.parts.objects.endings().length === 0);
    expect(store.ended).to.have.length(1);
    expect(await get("k")).to.equal("two");
  });
});
