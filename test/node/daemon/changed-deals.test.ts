/** A provider's replicas when their deals change: the chain is a list of logs, of which a reorganisation takes some away. */
import { expect } from "chai";
import { encodeAbiParameters, encodeEventTopics, type Hex, keccak256, numberToHex, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { followDeals } from "../../../node/application/duties/accept.ts";
import { isAskedFor } from "../../../node/application/duties/answer.ts";
import { createSettleDuty } from "../../../node/application/duties/settle.ts";
import { storageMarketAbi } from "../../../node/consensus/abi.ts";
import { retrievalIdOf } from "../../../node/data/forced-retrieval.ts";
import type { Offer } from "../../../node/data/terms.ts";
import { openWindow } from "../../../node/data/windows.ts";
import {
  type HeldReplica,
  heldById,
  replicaIdOfRequest,
  saveReplica,
} from "../../../node/interface/provider-replicas.ts";
import { type Bench, makeRequest, startBench } from "./provider-bench.ts";

type Name = "SlotFilled" | "SlotExtended" | "SlotToppedUp" | "SlotHandedOver";

describe("a provider whose deals change", () => {
  let bench: Bench;
  let held: HeldReplica;
  let offer: Offer;
  let logs: object[];
  let head: bigint;
  let stop: AbortController;
  let following: Promise<void>;
  const said: string[] = [];

  beforeEach(async () => {
    bench = await startBench();
    said.length = 0;
    const client = privateKeyToAccount(generatePrivateKey());
    const request = await makeRequest(bench, client, 20);
    const { provider, dealKey, slot, generation, m, groups } = request.upload;
    const [root, dataRoot] = [numberToHex(7n, { size: 32 }), numberToHex(8n, { size: 32 })];
    offer = {
      ...{ provider, client: client.address, dealKey, slot, generation, root, dataRoot, m, groups },
      ...{ price: 11n, collateral: 440n, expiry: 500, epoch: 3n },
    };
    const replicaId = replicaIdOfRequest(request);
    held = { replicaId, state: "offered", request, root, dataRoot, offer, touchedAt: 0 };
    await bench.parts.journal.commit((db) => saveReplica(db, held));

    [logs, head, stop] = [[], 10n, new AbortController()];
    const asked = bench.parts.chain.publicClient as unknown as { readContract: (call: object) => Promise<unknown> };
    const publicClient = {
      ...asked,
      pollingInterval: 1,
      getBlockNumber: async () => head,
      request: async () => logs,
    };
    const chain = { ...bench.parts.chain, fromBlock: 1n, publicClient } as unknown as Bench["parts"]["chain"];
    bench.parts = { ...bench.parts, chain, log: (_, sentence) => said.push(sentence) };
    following = followDeals(bench.parts, stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await following;
    await bench.stop();
  });

  const now = () => bench.parts.journal.read((db) => heldById(db, held.replicaId))!;
  const until = async (done: () => boolean) => {
    for (let i = 0; !done(); i++) {
      if (i > 2_000) throw new Error("nothing came of it");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };

  /** One event of the market, in a block of its own. */
  async function tell(eventName: Name, changed: Offer, firstWindow: number): Promise<object> {
    head += 1n;
    const event = storageMarketAbi.find((item) => item.type === "event" && item.name === eventName)!;
    const args = {
      ...{ dealKey: changed.dealKey, provider: changed.provider, from: changed.client },
      ...{ firstWindow, end: 30, offer: changed },
    } as Record<string, unknown>;
    const inputs = (event as { inputs: readonly { name: string; indexed?: boolean }[] }).inputs;
    const plain = inputs.filter(({ indexed }) => !indexed);
    const log = {
      address: bench.parts.chain.addresses.market,
      topics: encodeEventTopics({ abi: storageMarketAbi, eventName, args } as never),
      data: encodeAbiParameters(plain as never, plain.map(({ name }) => args[name]) as never),
      ...{ blockNumber: toHex(head), blockHash: keccak256(toHex(head)), logIndex: "0x0", transactionIndex: "0x0" },
      ...{ transactionHash: keccak256("0x01"), removed: false },
    };
    logs = [...logs, log];
    return log;
  }

  it("follows its replica from the deal to an extension and a top-up", async () => {
    await tell("SlotFilled", offer, 4);
    await until(() => now().state === "active");
    expect(now()).to.include({ firstWindow: 4 });
    const longer = { ...offer, price: 12n, expiry: 900 };
    await tell("SlotExtended", longer, 9);
    await until(() => now().firstWindow === 9);
    expect(now().offer).to.deep.equal(longer);
    const safer = { ...longer, collateral: 1_000n };
    await tell("SlotToppedUp", safer, 11);
    await until(() => now().firstWindow === 11);
    expect(now().offer).to.deep.equal(safer);
  });

  it("stays with a replica that looked lost before the event of its extension came", async () => {
    await tell("SlotFilled", offer, 4);
    await until(() => now().state === "active");
    await bench.parts.journal.commit((db) => saveReplica(db, { ...now(), state: "leaving" }));
    await tell("SlotExtended", { ...offer, price: 12n }, 9);
    await until(() => now().state === "active");
  });

  it("goes back to the filling before, when the chain takes an event back", async () => {
    await tell("SlotFilled", offer, 4);
    const extended = await tell("SlotExtended", { ...offer, price: 12n }, 9);
    await until(() => now().firstWindow === 9);
    logs = logs.filter((log) => log !== extended);
    head += 1n;
    await until(() => now().firstWindow === 4);
    expect(now()).to.deep.include({ state: "active", offer });
    logs = [];
    head += 1n;
    await until(() => now().state === "offered");
  });

  it("takes a slot that was handed over to it like one that it was in from the start", async () => {
    await tell("SlotHandedOver", offer, 6);
    await until(() => now().state === "active");
    expect(now()).to.include({ firstWindow: 6 });
  });

  it("says so when a replica of its own is on the chain and not on its disk", async () => {
    await tell("SlotExtended", { ...offer, root: numberToHex(9n, { size: 32 }) }, 6);
    await until(() => said.length > 0);
    expect(said[0]).to.include("its windows will be missed");
    expect(now()).to.deep.include({ state: "offered", offer });
  });

  it("still owes an answer that was asked for under the offer before", async () => {
    await tell("SlotFilled", offer, 4);
    await tell("SlotExtended", { ...offer, price: 12n }, 9);
    await until(() => now().firstWindow === 9);
    const requests = new Map<Hex, object>([
      [retrievalIdOf(offer), { requester: offer.client, answerBy: 100, group: 1 }],
    ]);
    const nobody = { requester: "0x0000000000000000000000000000000000000000", answerBy: 0, group: 0 };
    const readContract = async ({ args }: { args: [Hex] }) => requests.get(args[0]) ?? nobody;
    const chain = { ...bench.parts.chain, publicClient: { readContract } } as unknown as Bench["parts"]["chain"];
    const asking = { ...bench.parts, chain };
    expect(await isAskedFor(asking, now())).to.equal(true);
    requests.clear();
    expect(await isAskedFor(asking, now())).to.equal(false);
  });

  it("lets go of no replica that the market keeps in the bag", async () => {
    await tell("SlotFilled", offer, 4);
    await until(() => now().state === "active");
    const parameters = { ...bench.parts.chain.parameters, genesis: 0n, period: 30n, windowLength: 24n };
    const parts = { ...bench.parts, chain: { ...bench.parts.chain, parameters } as Bench["parts"]["chain"] };
    // What the provider knows is not what fills the slot.
    bench.answers.stateOf = [false, { settled: 0, missesLeft: 5, end: 40, generation: 0, status: 1 }];
    bench.answers.closedWindows = 9;
    bench.answers.lane = { accounted: 9 };
    const duty = createSettleDuty(parts, { every: 1 });
    await duty.onBlock(300n);
    bench.answers.recordOf = { status: 1 };
    await duty.onBlock(400n);
    expect(now().state).to.equal("active");
    bench.answers.recordOf = { status: 2 };
    // Not while the bag could be swept: this chain takes no transactions.
    let block = 460n;
    while (openWindow(parameters, bench.provider.address, block) === undefined) block += 1n;
    await duty.onBlock(block);
    expect(now().state).to.equal("leaving");
  });
});
