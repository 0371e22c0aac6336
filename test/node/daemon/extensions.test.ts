/** What a provider signs when it is asked to keep a replica longer. */
import { expect } from "chai";
import { type Hex, numberToHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { verifyMessage } from "../../../node/consensus/signing.ts";
import type { Offer } from "../../../node/data/terms.ts";
import { openingOf } from "../../../node/data/windows.ts";
import { windowPrice } from "../../../node/incentive/pricing.ts";
import { extendHandlers } from "../../../node/interface/provider-api-extend.ts";
import { replicaIdOfRequest, saveReplica } from "../../../node/interface/provider-replicas.ts";
import { rejection } from "../../contracts/support/rejection.ts";
import { type Bench, makeRequest, startBench } from "./provider-bench.ts";

const schedule = { genesis: 0n, period: 30n, windowLength: 24n };
const FIRST = 4;
const END = 40;

describe("a provider that is asked to keep a replica longer", () => {
  let bench: Bench;
  let old: Offer;
  let replicaId: Hex;

  beforeEach(async () => {
    bench = await startBench();
    const { chain } = bench.parts;
    bench.parts.chain = { ...chain, parameters: { ...chain.parameters, ...schedule } };
    const client = privateKeyToAccount(generatePrivateKey());
    const request = await makeRequest(bench, client, 20);
    const { expiry: _, ...place } = request.upload;
    const [root, dataRoot] = [numberToHex(7n, { size: 32 }), numberToHex(8n, { size: 32 })];
    old = { ...place, root, dataRoot, price: 11n, collateral: 440n, expiry: 500, epoch: 2n };
    replicaId = replicaIdOfRequest(request);
    const held = { replicaId, request, root, dataRoot, offer: old, firstWindow: FIRST, touchedAt: 0 };
    await bench.parts.journal.commit((db) => saveReplica(db, { ...held, state: "active" }));
    bench.answers.stateOf = [true, { settled: 2, missesLeft: 3, end: END, generation: 0, status: 1 }];
    at(10);
  });
  afterEach(async () => await bench.stop());

  /** Moves the chain right behind an opening of the replica's, counted from its first. */
  function at(window: number): void {
    bench.block.now = openingOf(schedule, bench.provider.address, FIRST + window) + 1n;
  }
  const pricing = (change: object) => {
    bench.parts.settings.ask = { ...bench.parts.settings.ask, ...change };
  };
  const ask = (windows: number) => extendHandlers(bench.parts, bench.reader).extend({ replicaId, windows }, "peer");

  it("signs the same bytes with a later end, in its newest epoch, for a while", async () => {
    const { extension, signature } = await ask(25);
    const { offer, until } = extension;
    const changed = { price: 11n, collateral: 605n, expiry: Number(bench.block.now) + 600, epoch: 3n };
    expect(offer).to.deep.equal({ ...old, ...changed });
    expect(until).to.equal(FIRST + END + 25);
    const { chain, provider } = { chain: bench.parts.chain, provider: bench.provider.address };
    expect(await verifyMessage(chain, "Extension", extension, signature, provider)).to.equal(true);
  });

  it("asks today's price when that is higher, and never less than what was agreed", async () => {
    pricing({ storagePrice: 10n ** 6n });
    const dear = windowPrice(10n ** 6n, old.m);
    expect(dear > old.price).to.equal(true);
    const { offer } = (await ask(5)).extension;
    expect(offer.price).to.equal(dear);
    // Window 10 is open: 30 of the 40 are not closed.
    expect(offer.collateral).to.equal(dear * 35n);
    pricing({ storagePrice: 1n });
    expect((await ask(5)).extension.offer.price).to.equal(old.price);
  });

  it("locks no less collateral than answers for what was stored already", async () => {
    at(39);
    expect((await ask(3)).extension.offer.collateral).to.equal(old.collateral);
  });

  it("refuses once a window behind the end has opened, since it may have stopped proving by then", async () => {
    at(END - 1);
    await ask(5);
    at(END);
    expect((await rejection(ask(5))).code).to.equal("DEAL_OVER");
  });

  it("refuses what its ask refuses: nothing at all, too long, or anything while it pauses", async () => {
    expect((await rejection(ask(0))).code).to.equal("TERM_REFUSED");
    expect((await ask(70)).extension.until).to.equal(FIRST + END + 70);
    expect((await rejection(ask(71))).code).to.equal("TERM_REFUSED");
    pricing({ accepting: false });
    expect((await rejection(ask(5))).code).to.equal("NOT_ACCEPTING");
  });

  it("refuses for a replica that it lacks, or that the chain has on other terms", async () => {
    const other = extendHandlers(bench.parts, bench.reader).extend(
      { replicaId: numberToHex(1n, { size: 32 }), windows: 5 },
      "peer",
    );
    expect((await rejection(other)).code).to.equal("NOT_HELD");
    bench.answers.stateOf = [false, { settled: 0, missesLeft: 0, end: 0, generation: 0, status: 0 }];
    expect((await rejection(ask(5))).code).to.equal("NOT_HELD");
  });

  it("promises collateral once, however many replicas are extended", async () => {
    bench.room = { ...bench.room, free: 164n };
    expect((await rejection(ask(25))).code).to.equal("NO_COLLATERAL");
    bench.room = { ...bench.room, free: 165n };
    const handlers = extendHandlers(bench.parts, bench.reader);
    await handlers.extend({ replicaId, windows: 25 }, "peer");
    const twin = numberToHex(9n, { size: 32 });
    const request = await makeRequest(bench, privateKeyToAccount(generatePrivateKey()), 20);
    await bench.parts.journal.commit((db) =>
      saveReplica(db, {
        ...{ replicaId: replicaIdOfRequest(request), state: "active", request, root: twin, dataRoot: twin },
        ...{ offer: { ...old, root: twin }, firstWindow: FIRST, touchedAt: 0 },
      }),
    );
    const second = { replicaId: replicaIdOfRequest(request), windows: 25 };
    expect((await rejection(handlers.extend(second, "peer"))).code).to.equal("NO_COLLATERAL");
    await handlers.extend({ replicaId, windows: 25 }, "peer");
    bench.block.now += 601n;
    bench.room = { ...bench.room, free: 10n ** 6n };
    await handlers.extend(second, "peer");
  });

  it("refuses while its lane is suspended", async () => {
    bench.lane = { ...bench.lane, suspended: true };
    expect((await rejection(ask(5))).code).to.equal("SUSPENDED");
  });
});
