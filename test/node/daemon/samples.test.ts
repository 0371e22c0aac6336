import path from "node:path";
import { expect } from "chai";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { dropStale } from "../../../node/application/duties/accept.ts";
import { toHex } from "../../../node/common/hex.ts";
import { verifyOpening } from "../../../node/data/opening.ts";
import { decodeOpening } from "../../../node/data/opening-codec.ts";
import { sampleHandlers } from "../../../node/interface/provider-api-sample.ts";
import { uploadHandlers } from "../../../node/interface/provider-api-upload.ts";
import { heldById } from "../../../node/interface/provider-replicas.ts";
import { createRateLimit } from "../../../node/interface/rate-limit.ts";
import { rememberingHash } from "../../../node/interface/remembering-hash.ts";
import { createReplicaReader } from "../../../node/interface/replica-reader.ts";
import { createSampler } from "../../../node/interface/sampler.ts";
import type { UploadHandlers } from "../../../node/network/protocols/upload.ts";
import { failure } from "../network/hosts.ts";
import { type Bench, firstId, makeRequest, makeShard, sendAll, startBench } from "./provider-bench.ts";

const zeros = toHex(new Uint8Array(32));

describe("a provider that is asked for elements", () => {
  const client = privateKeyToAccount(generatePrivateKey());
  let bench: Bench;
  let handlers: UploadHandlers;
  beforeEach(async () => {
    bench = await startBench();
    handlers = uploadHandlers(bench.parts, bench.reader);
  });
  afterEach(async () => await bench.stop());

  it("opens what the client picks after the commitment, and every opening leads to the root", async () => {
    const shard = makeShard(20);
    const request = await makeRequest(bench, client, 20);
    const session = await handlers.begin(request, "p");
    await sendAll(session, shard);
    const { root } = await session.finish(shard.dataRoot);
    const free = createRateLimit({ perSecond: 1, burst: 5, now: bench.parts.now });
    const sampler = createSampler(path.join(bench.folder, "replicas"));
    const samples = sampleHandlers(bench.parts, sampler, free);
    const replicaId = bench.parts.journal.read((db) => heldById(db, firstId(bench)))!.replicaId;
    const indices = [0, 1, 20 * 512 - 1, 20 * 512, 2 ** 14 - 1];
    const openings = await samples.sample({ replicaId, indices }, "p");
    const rootBytes = Buffer.from(root.slice(2), "hex");
    for (const [i, bytes] of openings.entries()) {
      expect(verifyOpening(bench.parts.hash, rootBytes, 14, decodeOpening(14, indices[i]!, bytes))).to.equal(true);
    }
    expect((await failure(samples.sample({ replicaId, indices: [2 ** 14] }, "p"))).code).to.equal("BAD_INDEX");
    expect((await failure(samples.sample({ replicaId: zeros, indices: [0] }, "p"))).code).to.equal("NOT_HELD");
    const many = Array.from({ length: 64 }, () => 0);
    await samples.sample({ replicaId, indices: many }, "p");
    expect((await failure(samples.sample({ replicaId, indices: many }, "p"))).code).to.equal("RATE_LIMITED");
    bench.clock.now += 4_000;
    await samples.sample({ replicaId, indices: many }, "p");
    await sampler.close();
  });

  it("goes on with everything else while it opens elements, and tells those beyond the queue to come back", async () => {
    const shard = makeShard(300);
    const session = await handlers.begin(await makeRequest(bench, client, 300), "p");
    await sendAll(session, shard);
    await session.finish(shard.dataRoot);
    const sampler = createSampler(path.join(bench.folder, "replicas"));
    const indices = Array.from({ length: 64 }, (_, i) => i * 4 * 512);
    const task = { replicaId: firstId(bench), groups: 300, indices };
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    const started = performance.now();
    await sampler.sample(task);
    const taken = performance.now() - started;
    clearInterval(ticking);
    expect(turns).to.be.greaterThan(taken / 5 / 8); // opened on this thread it would be at most a few
    const many = await Promise.allSettled(Array.from({ length: 70 }, () => sampler.sample({ ...task, indices: [0] })));
    const refused = many.flatMap((one) => (one.status === "rejected" ? [(one.reason as { code: string }).code] : []));
    expect(refused).to.deep.equal(Array.from({ length: 5 }, () => "BUSY"));
    await sampler.close();
  });

  it("opens a replica that came in anew under the same id, though it remembers the tree of the one before", async () => {
    const reader = createReplicaReader(bench.parts.hash, bench.parts.pieces);
    const request = await makeRequest(bench, client, 20);
    for (let round = 0; round < 2; round++) {
      const shard = makeShard(20);
      const session = await handlers.begin(request, "p");
      await sendAll(session, shard);
      const { root } = await session.finish(shard.dataRoot);
      const opening = await reader.open({ replicaId: firstId(bench), groups: 20 }, 7);
      expect(verifyOpening(bench.parts.hash, Buffer.from(root.slice(2), "hex"), 14, opening)).to.equal(true);
      session.close();
      bench.clock.now += bench.parts.settings.limits.uploadIdleMs;
      await dropStale(bench.parts);
    }
  });

  it("opens the same with a hash that remembers, and in a fraction of the hashes", async () => {
    let tuples = 0;
    const counting = {
      parents(nodes: Uint8Array) {
        tuples += nodes.length / 256;
        return bench.parts.hash.parents(nodes);
      },
    };
    const shard = makeShard(20);
    const session = await handlers.begin(await makeRequest(bench, client, 20), "p");
    await sendAll(session, shard);
    await session.finish(shard.dataRoot);
    const replica = { replicaId: firstId(bench), groups: 20 };
    const plain = createReplicaReader(bench.parts.hash, bench.parts.pieces);
    const remembering = createReplicaReader(rememberingHash(counting, 256), bench.parts.pieces);
    for (let i = 0; i < 100; i++) {
      const index = (i * 7919) % 2 ** 14;
      expect(await remembering.open(replica, index)).to.deep.equal(await plain.open(replica, index));
    }
    expect(tuples).to.be.lessThan(20 * 73 + 200);
  });
});
