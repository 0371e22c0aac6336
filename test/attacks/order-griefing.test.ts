// Who can harm whom with an order, and what it costs the one who tries.
import { expect } from "chai";
import { network } from "hardhat";
import { type Address, type Hex, keccak256 } from "viem";
import { orderPriceAt, slotEscrowOf } from "../../node/data/order.ts";
import { as, mined, newRoot, openDeal, planDeal } from "../contracts/market/fixture.ts";
import {
  claimOf,
  DEPOSIT,
  deployOrders,
  FEE_BPS,
  money,
  newReplica,
  type OrderFixture,
  PRICE,
  planOrder,
  planSealed,
  post,
  send,
} from "../contracts/orders/fixture.ts";
import { revertOf } from "../contracts/support/reverts.ts";

/** What each account has more, or less, than before. */
async function payoffs(
  fixture: OrderFixture,
  accounts: readonly { address: string }[],
  play: () => Promise<void>,
): Promise<bigint[]> {
  const before = await money(fixture, ...accounts);
  await play();
  const after = await money(fixture, ...accounts);
  return after.free.map((amount, i) => amount - before.free[i]!);
}

const all = (fixture: OrderFixture) => [fixture.client, ...fixture.providers.slice(0, 3)];

describe("attack: griefing an order", () => {
  it("by reserving every slot and never coming costs a deposit each, burned, and the client nothing but time", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers, goTo } = fixture;
    const keepers = providers.slice(0, 3);
    const before = await money(fixture);
    const gains = await payoffs(fixture, [client, ...keepers], async () => {
      const { order } = await post(fixture, planOrder(fixture));
      let last = 0;
      for (const [slot, keeper] of keepers.entries()) {
        last = (await mined(send(fixture, keeper, "reserve", order, slot))).blockNumber;
      }
      await goTo(BigInt(last + order.reserveBlocks) + 1n);
      for (const slot of keepers.keys()) await mined(send(fixture, outsider, "expire", order, slot));
      await mined(send(fixture, client, "closeOrder", order, [0, 1, 2]));
    });
    expect(gains).to.deep.equal([0n, -DEPOSIT, -DEPOSIT, -DEPOSIT]);
    const after = await money(fixture);
    expect(after).to.deep.equal({ ...before, burned: before.burned + 3n * DEPOSIT });
  });

  it("by asking for a sealed replica and then saying nothing costs the client its bond, and pays the provider", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers, goTo } = fixture;
    const [provider] = providers;
    const { root, dataRoot } = newReplica();
    const gains = await payoffs(fixture, [client, provider!], async () => {
      const { order } = await post(fixture, planSealed(fixture));
      await mined(send(fixture, provider!, "reserve", order, 0));
      const { blockNumber } = await mined(send(fixture, provider!, "commit", order, 0, root, dataRoot));
      await goTo(BigInt(blockNumber + order.approveBlocks) + 1n);
      await mined(send(fixture, outsider, "expire", order, 0));
      await mined(send(fixture, client, "closeOrder", order, [1, 2]));
    });
    expect(gains).to.deep.equal([-DEPOSIT, DEPOSIT]);
  });

  it("by committing to rubbish costs the provider as much as the client that has to reject it", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers } = fixture;
    const [provider] = providers;
    const { root, dataRoot } = newReplica();
    const gains = await payoffs(fixture, [client, provider!], async () => {
      const { order } = await post(fixture, planSealed(fixture));
      await mined(send(fixture, provider!, "reserve", order, 0));
      await mined(send(fixture, provider!, "commit", order, 0, root, dataRoot));
      await mined(send(fixture, client, "reject", order, 0));
      await mined(send(fixture, client, "closeOrder", order, [0, 1, 2]));
    });
    expect(gains).to.deep.equal([-DEPOSIT, -DEPOSIT]);
  });

  it("by rejecting what was good costs the client as much as the provider, and the slot can be filled again", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers } = fixture;
    const [first, second] = providers;
    const { order, dealKey } = await post(fixture, planSealed(fixture));
    const gains = await payoffs(fixture, [client, first!], async () => {
      const { root, dataRoot } = newReplica();
      await mined(send(fixture, first!, "reserve", order, 0));
      await mined(send(fixture, first!, "commit", order, 0, root, dataRoot));
      await mined(send(fixture, client, "reject", order, 0));
    });
    // A deposit that burned, and the same again that bonds the slot anew.
    expect(gains).to.deep.equal([-DEPOSIT, -DEPOSIT]);
    expect(await fixture.orders.isEngaged!(dealKey, first!.address)).to.equal(false);
    const { root, dataRoot } = newReplica();
    await mined(send(fixture, second!, "reserve", order, 0));
    await mined(send(fixture, second!, "commit", order, 0, root, dataRoot));
    await mined(send(fixture, client, "activate", order, 0, root, dataRoot));
    expect((await fixture.orders.orderOf!(dealKey)).open).to.equal(2n);
  });

  it("by committing and then becoming unfit costs the provider its deposit, and the client keeps its bond", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers } = fixture;
    const [provider] = providers;
    const { root, dataRoot } = newReplica();
    const { order, dealKey } = await post(fixture, planSealed(fixture));
    const gains = await payoffs(fixture, [client], async () => {
      await mined(send(fixture, provider!, "reserve", order, 0));
      await mined(send(fixture, provider!, "commit", order, 0, root, dataRoot));
      // Its own second identity buys the very replica, so that the lane cannot take it twice.
      await openDeal(fixture, { client: outsider, providers: [provider!], offer: { root } });
      const { logs } = await mined(send(fixture, client, "activate", order, 0, root, dataRoot));
      const names = logs.map((log) => fixture.orders.interface.parseLog(log)?.name);
      expect(names).to.include("ProviderUnfit");
    });
    expect(gains).to.deep.equal([0n]);
    const { bonds, burned, collateral } = await money(fixture);
    expect([bonds, burned, collateral]).to.deep.equal([3n * DEPOSIT, DEPOSIT, 0n]);
    expect((await fixture.orders.orderOf!(dealKey)).open).to.equal(3n);
    expect(await fixture.orders.isEngaged!(dealKey, provider!.address)).to.equal(false);
  });

  it("by spending the collateral before the approval fails: the book has held it since the commitment", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, vault } = fixture;
    const [provider] = providers;
    const { root, dataRoot } = newReplica();
    const { order, dealKey } = await post(fixture, planSealed(fixture));
    await mined(send(fixture, provider!, "reserve", order, 0));
    await mined(send(fixture, provider!, "commit", order, 0, root, dataRoot));
    const free: bigint = await vault.freeOf!(provider!.address);
    await mined(as(vault, provider!).withdraw!(free, provider!.address));
    await mined(send(fixture, client, "activate", order, 0, root, dataRoot));
    expect((await fixture.orders.orderOf!(dealKey)).open).to.equal(2n);
    // All that is left to the provider is the deposit that came back.
    expect(await vault.freeOf!(provider!.address)).to.equal(DEPOSIT);
  });

  it("by starving the approval of gas never makes a provider unfit", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, orders, networkHelpers } = fixture;
    const [provider] = providers;
    const { root, dataRoot } = newReplica();
    const { order } = await post(fixture, planSealed(fixture));
    await mined(send(fixture, provider!, "reserve", order, 0));
    await mined(send(fixture, provider!, "commit", order, 0, root, dataRoot));
    const outcomes = new Set<string>();
    for (let gasLimit = 60_000; gasLimit < 560_000; gasLimit += 20_000) {
      const snapshot = await networkHelpers.takeSnapshot();
      const call = as(orders, client).activate!(order, 0, root, dataRoot, { gasLimit });
      const receipt = await mined(call).catch(() => undefined);
      const names = receipt?.logs.map((log) => orders.interface.parseLog(log)?.name);
      outcomes.add(names === undefined ? "reverted" : (names.find((name) => name?.match(/Filled|Unfit/)) ?? "?"));
      await snapshot.restore();
    }
    expect([...outcomes]).to.deep.equal(["reverted", "OrderFilled"]);
  });

  it("by never sending the bytes of a posted replica pays the client nothing; who has them first risks nothing", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, goTo } = fixture;
    const [blind, careful] = providers;
    const { order } = await post(fixture, planOrder(fixture));
    const gains = await payoffs(fixture, [client, blind!, careful!], async () => {
      const { blockNumber } = await mined(send(fixture, blind!, "reserve", order, 0));
      await goTo(BigInt(blockNumber + order.reserveBlocks) + 1n);
      await mined(send(fixture, blind!, "expire", order, 0));
    });
    expect(gains).to.deep.equal([0n, -DEPOSIT, 0n]);
    // `take` needs no reservation: without the bytes there is nothing that a careful provider would send.
    await mined(send(fixture, careful!, "take", order, 0));
  });

  it("by filling a reserved slot behind the book's back is refused as long as the order is open", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers, market } = fixture;
    const [holder, friend] = providers;
    const { order, dealKey } = await post(fixture, planOrder(fixture));
    await mined(send(fixture, holder!, "reserve", order, 0));
    const { offers } = await planDeal(fixture, {
      client,
      providers: [friend!],
      offer: { dealKey, root: newRoot(), dataRoot: keccak256(newRoot()) },
    });
    const fill = () => as(market, client).fillSlots!(order.salt, order.terms, [], offers, 2n ** 200n);
    expect((await revertOf(fill())).name).to.equal("DealOrderOpen");

    await mined(send(fixture, client, "closeOrder", order, [1, 2]));
    expect((await revertOf(fill())).name).to.equal("DealOrderOpen");
    await mined(send(fixture, holder!, "take", order, 0));
    expect(await fixture.orders.isOpen!(dealKey)).to.equal(false);
    const { name } = await revertOf(fill());
    // The book is out of the way; what is left is the market's own rule about slot 0 and its filling.
    expect(name).to.equal("DealCurrentMismatch");
  });

  it("by copying another's commitment keeps nobody out, and costs the copier what it costs the client", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers } = fixture;
    const [honest, copier] = providers;
    const { root, dataRoot } = newReplica();
    const { order, dealKey } = await post(fixture, planSealed(fixture));
    await mined(send(fixture, honest!, "reserve", order, 0));
    await mined(send(fixture, copier!, "reserve", order, 1));
    await mined(send(fixture, copier!, "commit", order, 1, root, dataRoot));
    await mined(send(fixture, honest!, "commit", order, 0, root, dataRoot));
    await mined(send(fixture, client, "activate", order, 0, root, dataRoot));
    const twice = await revertOf(send(fixture, client, "activate", order, 1, root, dataRoot));
    expect(twice.name).to.equal("OrderRootTaken");
    const { since } = await fixture.orders.reservationOf!(dealKey, 1);
    const collateral = orderPriceAt(order, since) * 40n; // comes back; the deposit does not
    const gains = await payoffs(fixture, [client, copier!], async () => {
      await mined(send(fixture, client, "reject", order, 1));
    });
    expect(gains).to.deep.equal([-DEPOSIT, collateral]);
    const { bonds, burned } = await money(fixture);
    expect([bonds, burned]).to.deep.equal([2n * DEPOSIT, 2n * DEPOSIT]);
  });

  it("by one provider in two slots is refused, whether it takes or reserves", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, providers } = fixture;
    const [provider, other] = providers;
    const { order } = await post(fixture, planOrder(fixture));
    await mined(send(fixture, provider!, "take", order, 0));
    for (const call of ["take", "reserve"] as const) {
      expect((await revertOf(send(fixture, provider!, call, order, 1))).name).to.equal("OrderProviderEngaged");
    }
    await mined(send(fixture, other!, "reserve", order, 1));
    for (const call of ["take", "reserve"] as const) {
      expect((await revertOf(send(fixture, other!, call, order, 2))).name).to.equal("OrderProviderEngaged");
    }
    expect(client.address).to.equal(order.client);
  });

  it("by waiting for a better price than the cap gains nothing: it never rises above", async () => {
    const fixture = await deployOrders(await network.create());
    const { providers, goTo } = fixture;
    const { order } = await post(fixture, planOrder(fixture));
    await goTo(BigInt(order.deadline));
    const { logs } = await mined(send(fixture, providers[0]!, "take", order, 0));
    const filled = logs.map((log) => fixture.market.interface.parseLog(log)).find((log) => log?.name === "SlotFilled");
    expect(filled?.args.offer.price).to.equal(PRICE);
  });

  it("by bringing a dearer order than the one that was posted is refused", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers } = fixture;
    const { order } = await post(fixture, planOrder(fixture));
    await post(fixture, planOrder(fixture)); // money of others that could be reached for
    const forged = { ...order, cap: order.cap * 1000n };
    for (const [who, call, args] of [
      [providers[0]!, "take", [0]],
      [providers[0]!, "reserve", [0]],
      [client, "closeOrder", [[0]]],
      [outsider, "expire", [0]],
    ] as const) {
      expect((await revertOf(send(fixture, who, call, forged, ...args))).name).to.equal("OrderMismatch");
    }
    expect((await money(fixture)).escrows).to.equal(6n * slotEscrowOf(order, FEE_BPS));
  });

  it("by calling the market's two doors for the book from anywhere else is refused", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, market } = fixture;
    const { terms, salt, headerHash } = planOrder(fixture);
    const caller = as(market, client);
    const created = await revertOf(caller.createDeal!(client.address, salt, terms, headerHash));
    expect(created).to.deep.equal({
      name: "DealNotOrderBook",
      args: [fixture.addresses.orders, client.address as Address],
    });
    const { offers } = await planDeal(fixture, { client, providers: fixture.providers.slice(0, 1) });
    const filled = await revertOf(caller.fillOrder!(salt, terms, offers[0]!.offer, client.address));
    expect(filled.name).to.equal("DealNotOrderBook");
  });

  it("by a book that forgot what it filled would still fill no slot twice: the market keeps its own account", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, market, providers, addresses, ethers, networkHelpers } = fixture;
    const { order } = await post(fixture, planOrder(fixture));
    const claim = await claimOf(fixture, order, send(fixture, providers[0]!, "take", order, 0));
    const offer = { ...claim.offer, provider: providers[1]!.address as Address, root: newRoot() };
    await networkHelpers.impersonateAccount(addresses.orders);
    await networkHelpers.setBalance(addresses.orders, 10n ** 18n);
    const book = await ethers.getSigner(addresses.orders);
    const again = await revertOf(as(market, book).fillOrder!(order.salt, order.terms, offer, client.address));
    expect(again).to.deep.equal({ name: "DealSlotNotVacant", args: [0, 1] });
    expect((await market.stateOf!(claim)).genuine).to.equal(true);
  });

  it("with a token that calls back is out of reach: no call of an order touches the token", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers, token, goTo } = fixture;
    const address = (await token.getAddress()).toLowerCase();
    const { root, dataRoot } = newReplica();
    const posted = planOrder(fixture).posted.map((replica, slot) =>
      slot === 0 ? replica : { ...replica, root: NONE },
    );
    const { receipt, order } = await post(fixture, planOrder(fixture, { posted }));
    const receipts = [receipt];
    const play = async (...args: Parameters<typeof send> extends [unknown, ...infer rest] ? rest : never) => {
      receipts.push(await mined(send(fixture, ...args)));
    };
    await play(providers[0]!, "take", order, 0);
    await play(providers[1]!, "reserve", order, 1);
    await play(providers[1]!, "commit", order, 1, root, dataRoot);
    await play(client, "activate", order, 1, root, dataRoot);
    await play(providers[2]!, "reserve", order, 2);
    await goTo(BigInt(receipts.at(-1)!.blockNumber + order.reserveBlocks) + 1n);
    await play(outsider, "expire", order, 2);
    await play(client, "closeOrder", order, [2]);
    const emitters = receipts.flatMap(({ logs }) => logs.map((log) => log.address.toLowerCase()));
    expect(emitters).to.include(fixture.addresses.vault.toLowerCase());
    expect(emitters).not.to.include(address);
    const { escrows, collateral, bonds } = await money(fixture, ...all(fixture));
    expect([escrows, collateral, bonds]).to.deep.equal([0n, 0n, 0n]);
  });
});

const NONE: Hex = `0x${"0".repeat(64)}`;
