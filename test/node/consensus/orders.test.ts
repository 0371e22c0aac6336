// Orders on a real chain, each of their endings once, by the node's own calls; and the balance sheet at the end.

import { expect } from "chai";
import { type Hex, keccak256, numberToHex, zeroAddress, zeroHash } from "viem";
import { balanceSheet } from "../../../node/consensus/balance.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { slotsOf } from "../../../node/consensus/deals.ts";
import {
  activate,
  closeOrder,
  commit,
  expire,
  mostWait,
  orderOf,
  type PostedOrder,
  pokeReferencePrice,
  postDeal,
  postedOrders,
  referencePrice,
  reject,
  reservationOf,
  reserve,
  take,
} from "../../../node/consensus/orders.ts";
import { type Order, orderHashOf, orderOffer } from "../../../node/data/order.ts";
import { rejection } from "../../contracts/support/rejection.ts";
import { type LiveChain, liveChain, TOKEN } from "../../fixtures/live-chain.ts";
import { joinAsProvider, PRICE } from "../../fixtures/mock-deal.ts";

const DEPOSIT = 3n * PRICE;
const replica = (seed: number) => ({ root: numberToHex(77_000 + seed, { size: 32 }), dataRoot: keccak256("0x07") });

/** By provider and slot: takes; reserves and is activated; is rejected; lets its time pass; waits for an answer in vain. */
describe("orders on a chain", () => {
  let live: LiveChain;
  let client: SigningChain;
  let providers: SigningChain[];
  let posted: PostedOrder;

  before(async function () {
    this.timeout(240_000);
    live = await liveChain();
    client = await live.connectRich(34, 2n);
    providers = [];
    for (let i = 0; i < 5; i++) providers.push(await live.connectRich(35 + i, 2n));
    await Promise.all(providers.map(joinAsProvider));
    const order: Order = {
      ...{ client: client.account.address, salt: keccak256("0x6f"), headerHash: keccak256("0x70"), m: 13, groups: 13 },
      terms: {
        ...{ slots: 6, threshold: 2, minChallenges: 4, windows: 10, maxMisses: 3, coolingOff: 4, minWindows: 1 },
        ...{ cancelFeeWindows: 2, steward: zeroAddress },
      },
      ...{ floor: PRICE / 2n, cap: PRICE, collateralBps: 10_000, deposit: DEPOSIT, start: 0, riseBlocks: 100 },
      ...{ deadline: 10 ** 9, reserveBlocks: 100, approveBlocks: 100 },
      posted: Array.from({ length: 6 }, (_, slot) =>
        slot === 0 ? replica(0) : { root: zeroHash, dataRoot: zeroHash },
      ),
    };
    ({ posted } = await postDeal(client, order, TOKEN));
  });

  it("are found in the events as the book keeps them, and every later call brings them so", async () => {
    const [found] = (await postedOrders(client)).filter(({ dealKey }) => dealKey === posted.dealKey);
    expect(found).to.deep.equal(posted);
    const { orderHash, open, done, ended } = await orderOf(client, posted.dealKey);
    expect({ orderHash, open, done, ended }).to.deep.equal({
      ...{ orderHash: orderHashOf(posted.order), open: 6, done: 0, ended: false },
    });
    expect(await mostWait(client)).to.equal(300n);
  });

  it("go through every ending, and the books close", async function () {
    this.timeout(240_000);
    const { order, dealKey } = posted;
    const answers = [1, 2, 4].map((slot) => ({ slot, ...replica(slot) }));
    await Promise.all([
      take(providers[0]!, order, 0),
      ...[1, 2, 3, 4].map((slot) => reserve(providers[slot]!, order, slot)),
    ]);
    const kept = await reservationOf(client, dealKey, 1);
    expect(kept).to.include({ provider: providers[1]!.account.address, commitment: zeroHash });
    const busy = await rejection(reserve(providers[4]!, order, 1));
    expect(busy.message).to.equal(
      `${providers[1]!.account.address} keeps this slot until block ${kept!.until}; choose another or come back.`,
    );
    await Promise.all(answers.map(({ slot, ...roots }) => commit(providers[slot]!, order, slot, roots)));
    await activate(client, order, 1, answers[0]!);
    await reject(client, order, 2);
    await live.mine(101n);
    await Promise.all([expire(providers[0]!, order, 3), expire(client, order, 4)]);
    await closeOrder(client, order, [2, 3, 5]);
    const { open, ended } = await orderOf(client, dealKey);
    expect({ open, ended }).to.deep.equal({ open: 0, ended: true });
    expect(await reservationOf(client, dealKey, 1)).to.equal(undefined);

    const filled = await slotsOf(client, dealKey);
    expect(filled.map(({ offer }) => [offer.slot, offer.provider])).to.deep.equal([
      [0, providers[0]!.account.address],
      [1, providers[1]!.account.address],
    ]);
    const since = { provider: providers[1]!.account.address, since: BigInt(kept!.since) };
    expect(filled[1]!.offer).to.deep.equal(orderOffer(order, dealKey, 1, since, rootsOf(answers[0]!)));

    const { problems, solvent, parties } = await balanceSheet(client);
    expect(problems).to.deep.equal([]);
    expect(solvent).to.equal(true);
    const lost = [client, ...providers].map(({ account }) => {
      const { paidBonds, earnedBonds } = parties.find(({ party }) => party === account.address)!;
      return earnedBonds - paidBonds;
    });
    expect(lost).to.deep.equal([-2n * DEPOSIT, 0n, 0n, -DEPOSIT, -DEPOSIT, DEPOSIT]);
  });

  it("have a reference price to fall back on, which anybody may move along", async () => {
    const before = await referencePrice(client);
    expect(before > 0n).to.equal(true);
    await pokeReferencePrice(client);
    const after = await referencePrice(client);
    expect(after * 100n >= before * 90n && after * 100n <= before * 110n).to.equal(true);
  });
});

const rootsOf = ({ root, dataRoot }: { root: Hex; dataRoot: Hex }) => ({ root, dataRoot });
