// What a provider's state may do to an order between its word and the approval.
import { expect } from "chai";
import { network } from "hardhat";
import { type Order, referenceRange } from "../../../node/data/order.ts";
import { skipReasons } from "../../../node/data/terms.ts";
import { as, mined } from "../market/fixture.ts";
import { deployAll } from "../support/deployment.ts";
import { revertOf } from "../support/reverts.ts";
import {
  DEPOSIT,
  deployOrders,
  money,
  newReplica,
  type OrderFixture,
  planOrder,
  planSealed,
  post,
  send,
} from "./fixture.ts";

/** A commitment of the first provider in slot 0 of a sealed order with long waits. */
async function committed(fixture: OrderFixture) {
  const now = Number(await fixture.block());
  const plan = planSealed(fixture, { deadline: now + 300, reserveBlocks: 100, approveBlocks: 200 });
  const { order, dealKey } = await post(fixture, plan);
  const [provider] = fixture.providers;
  const { root, dataRoot } = newReplica();
  await mined(send(fixture, provider!, "reserve", order, 0));
  await mined(send(fixture, provider!, "commit", order, 0, root, dataRoot));
  return {
    order,
    dealKey,
    root,
    dataRoot,
    activate: () => send(fixture, fixture.client, "activate", order, 0, root, dataRoot),
  };
}

async function unfitReason({ orders }: OrderFixture, sent: ReturnType<typeof send>): Promise<string | undefined> {
  const { logs } = await mined(sent);
  const found = logs.map((log) => orders.interface.parseLog(log)).find((log) => log?.name === "ProviderUnfit");
  return found === undefined ? undefined : skipReasons[Number(found?.args.reason)];
}

/** Takes all of its stake out, which a provider without replicas may. */
async function unstake({ registry, networkHelpers }: OrderFixture, provider: OrderFixture["providers"][number]) {
  const own = as(registry, provider);
  await mined(own.requestUnstake!(await registry.stakeOf!(provider.address)));
  await networkHelpers.mine(60);
  await mined(own.withdrawStake!());
}

describe("a provider that committed and", () => {
  it("then took its stake away loses its deposit, and the slot is open again", async () => {
    const fixture = await deployOrders(await network.create());
    const { activate, dealKey } = await committed(fixture);
    await unstake(fixture, fixture.providers[0]!);
    expect(await unfitReason(fixture, activate())).to.equal("InsufficientStake");
    const { burned, bonds, collateral } = await money(fixture);
    expect([burned, bonds, collateral]).to.deep.equal([DEPOSIT, 3n * DEPOSIT, 0n]);
    expect((await fixture.orders.reservationOf!(dealKey, 0)).until).to.equal(0n);
  });

  it("then took its stake away leaves the slot to another one, which may bring the same replica", async () => {
    const fixture = await deployOrders(await network.create());
    const [provider, next] = fixture.providers;
    const { activate, order, dealKey, root, dataRoot } = await committed(fixture);
    await unstake(fixture, provider!);
    expect(await unfitReason(fixture, activate())).to.equal("InsufficientStake");
    await mined(send(fixture, next!, "reserve", order, 0));
    await mined(send(fixture, next!, "commit", order, 0, root, dataRoot));
    expect(await unfitReason(fixture, activate())).to.equal(undefined);
    expect((await fixture.orders.orderOf!(dealKey)).open).to.equal(2n);
    expect((await fixture.spacetime.recordOf!(next!.address, root)).status).to.equal(1n);
  });

  it("then left the registry loses its deposit, and gets its collateral back", async () => {
    const fixture = await deployOrders(await network.create());
    const [provider] = fixture.providers;
    const [before] = (await money(fixture, provider!)).free;
    const stake: bigint = await fixture.registry.stakeOf!(provider!.address);
    const { activate } = await committed(fixture);
    await unstake(fixture, provider!);
    await mined(as(fixture.registry, provider!).deregister!());
    expect(await unfitReason(fixture, activate())).to.equal("NotRegistered");
    expect((await money(fixture, provider!)).free[0]).to.equal(before! + stake - DEPOSIT);
  });

  it("whose lane is too far behind loses nothing and gains nothing: whoever wants it filled accounts first", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, networkHelpers, spacetime } = fixture;
    const first = await post(fixture, planOrder(fixture));
    await mined(send(fixture, providers[0]!, "take", first.order, 0));
    await networkHelpers.mine(30 * 1300);
    const { order, dealKey, activate } = await committed(fixture);
    expect(await revertOf(activate())).to.deep.equal({
      name: "OrderProviderUnfit",
      args: [skipReasons.indexOf("LaneBehind")],
    });
    await mined(as(spacetime, client).account!(providers[0]!.address, 5_000));
    expect(await unfitReason(fixture, activate())).to.equal(undefined);
    expect((await fixture.orders.orderOf!(dealKey)).open).to.equal(2n);
    expect(order.client).to.equal(client.address);
  });
});

describe("a provider without the collateral", () => {
  it("can neither take nor commit, and what it can no longer pay for burns with its reservation", async () => {
    const fixture = await deployOrders(await network.create());
    const { providers, vault } = fixture;
    const empty = async (index: number, keep: bigint) => {
      const provider = providers[index]!;
      const free: bigint = await vault.freeOf!(provider.address);
      await mined(as(vault, provider).withdraw!(free - keep, provider.address));
    };
    const posted = await post(fixture, planOrder(fixture));
    await empty(0, 0n);
    expect(await revertOf(send(fixture, providers[0]!, "take", posted.order, 0))).to.deep.equal({
      name: "OrderProviderUnfit",
      args: [skipReasons.indexOf("InsufficientCollateral")],
    });
    const sealed = await post(fixture, planSealed(fixture));
    await empty(1, DEPOSIT);
    await mined(send(fixture, providers[1]!, "reserve", sealed.order, 0));
    const { root, dataRoot } = newReplica();
    const refused = await revertOf(send(fixture, providers[1]!, "commit", sealed.order, 0, root, dataRoot));
    expect(refused.name).to.equal("VaultInsufficientFree");
  });
});

describe("an order book", () => {
  it("is not deployed with waits of nothing, or beyond what a block number can hold", async () => {
    const { viem } = await network.create();
    const verifier = (await viem.deployContract("VerifierMock", [4n, 9n])).address;
    const { vault, market, reference } = await deployAll(viem, { verifier });
    for (const mostWait of [0, 2 ** 32 + 1]) {
      const refused = await revertOf(viem.deployContract("OrderBook", [vault, market, reference, { mostWait }]));
      expect(refused).to.deep.equal({ name: "OrderMostWait", args: [2n ** 32n, BigInt(mostWait)] });
    }
    await viem.deployContract("OrderBook", [vault, market, reference, { mostWait: 2 ** 32 }]);
  });
});

describe("ReferencePrice.range", () => {
  it("names nothing above what the proofs carry", async () => {
    const fixture = await deployOrders(await network.create());
    const { reference } = fixture;
    const perGib: bigint = await reference.price!();
    for (const m of [13, 17, 27]) {
      const { cap } = referenceRange(perGib, m, 2n ** 127n);
      for (const most of [0n, 1n, cap / 5n, cap / 3n, cap - 1n, cap, cap + 1n]) {
        const [floor, found] = await reference.getFunction("range").staticCall(m, most);
        const expected: Pick<Order, "floor" | "cap"> = referenceRange(perGib, m, most);
        expect({ floor, cap: found }).to.deep.equal(expected);
        expect(found <= most && floor <= found).to.equal(true);
      }
    }
  });
});
