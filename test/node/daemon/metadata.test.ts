import { expect } from "chai";
import { zeroHash } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { signMessage } from "../../../node/consensus/signing.ts";
import { headerHash } from "../../../node/data/header.ts";
import { encodeSlotTable, type SlotEntry, slotTableMessage } from "../../../node/data/slot-table.ts";
import { encodeSignedSlotTable } from "../../../node/data/slot-table-checks.ts";
import { metadataHandlers } from "../../../node/interface/provider-api-metadata.ts";
import { uploadHandlers } from "../../../node/interface/provider-api-upload.ts";
import { createRateLimit } from "../../../node/interface/rate-limit.ts";
import type { MetadataHandlers } from "../../../node/network/protocols/metadata.ts";
import type { UploadRequest } from "../../../node/network/protocols/upload.ts";
import { failure } from "../network/hosts.ts";
import { type Bench, makeRequest, makeShard, startBench } from "./provider-bench.ts";

describe("metadata at a provider", () => {
  const owner = privateKeyToAccount(generatePrivateKey());
  const header = new Uint8Array(500).fill(7);
  let bench: Bench;
  let handlers: MetadataHandlers;
  let request: UploadRequest;
  let mine: SlotEntry;

  beforeEach(async () => {
    bench = await startBench();
    bench.answers.headerHashOf = zeroHash;
    const shard = makeShard(20);
    request = await makeRequest(bench, owner, 20);
    const session = await uploadHandlers(bench.parts, bench.reader).begin(request, "p");
    for (let i = 0; i < shard.count; i++) await session.piece(i, shard.piece(i));
    const { root, dataRoot } = await session.finish(shard.dataRoot);
    mine = { generation: 0, sealingProvider: bench.provider.address, secret: "hot", root, dataRoot, m: 14, groups: 20 };
    handlers = metadataHandlers(bench.parts, createRateLimit({ perSecond: 1, burst: 4, now: bench.parts.now }));
  });
  afterEach(async () => await bench.stop());

  async function slotTable(entry: SlotEntry | null, signer = owner): Promise<Uint8Array> {
    const slots = [null, null, entry, null, null];
    const table = encodeSlotTable({ dealKey: request.upload.dealKey, headerHash: headerHash(header), slots });
    const signature = await signMessage(bench.parts.chain, signer, "SlotTable", slotTableMessage(table));
    return encodeSignedSlotTable(table, signature);
  }
  const put = (what: "header" | "slotTable", bytes: Uint8Array) =>
    handlers.put({ dealKey: request.upload.dealKey, slot: 2, what, bytes });
  const accept = (what: "header" | "slotTable", total: number, slot = 2) =>
    handlers.accept({ dealKey: request.upload.dealKey, slot, what, total }, "p");
  const get = (what: "header" | "slotTable") => handlers.get({ dealKey: request.upload.dealKey, what }, "p");

  it("gives back the header and the slot table that it took", async () => {
    const table = await slotTable(mine);
    await put("slotTable", table);
    await put("header", header);
    expect(new Uint8Array(await get("header"))).to.deep.equal(header);
    expect(new Uint8Array(await get("slotTable"))).to.deep.equal(table);
  });

  it("takes none for a slot that it does not hold", async () => {
    expect((await failure(accept("header", 500, 1))).code).to.equal("NOT_HELD");
    await accept("header", 500);
  });

  it("holds no more of a document than one of the deal can have, whatever is announced", async () => {
    expect((await failure(accept("header", 9000))).code).to.equal("METADATA_REFUSED");
    expect((await failure(accept("slotTable", 2 ** 20))).code).to.equal("METADATA_REFUSED");
  });

  it("takes no header from another provider of the deal before it opens: only the one that the client's table names", async () => {
    const wrong = new Uint8Array(500).fill(6);
    expect((await failure(put("header", wrong))).code).to.equal("METADATA_REFUSED");
    expect((await failure(put("header", header))).message).to.contain("slot table comes before");
    await put("slotTable", await slotTable(mine));
    await put("header", header);
    expect((await failure(put("header", wrong))).code).to.equal("METADATA_REFUSED");
    expect(new Uint8Array(await get("header"))).to.deep.equal(header);
  });

  it("refuses another header than the open deal names", async () => {
    bench.answers.headerHashOf = headerHash(header);
    expect((await failure(put("header", new Uint8Array(500)))).code).to.equal("METADATA_REFUSED");
    await put("header", header);
  });

  it("refuses a slot table that an outsider signed, that says something else of its own slot, or that is none", async () => {
    const outsider = privateKeyToAccount(generatePrivateKey());
    expect((await failure(put("slotTable", await slotTable(mine, outsider)))).code).to.equal("METADATA_REFUSED");
    expect((await failure(put("slotTable", await slotTable({ ...mine, generation: 1 })))).code).to.equal(
      "METADATA_REFUSED",
    );
    expect((await failure(put("slotTable", await slotTable(null)))).code).to.equal("METADATA_REFUSED");
    expect((await failure(put("slotTable", new Uint8Array(50)))).code).to.equal("METADATA_REFUSED");
    expect((await failure(get("slotTable"))).code).to.equal("NOT_HELD");
  });

  it("limits what one peer asks for free, and not what another asks", async () => {
    await put("slotTable", await slotTable(mine));
    await put("header", header);
    for (let i = 0; i < 4; i++) await get("header");
    expect((await failure(get("header"))).code).to.equal("RATE_LIMITED");
    await handlers.get({ dealKey: request.upload.dealKey, what: "header" }, "another");
  });
});
