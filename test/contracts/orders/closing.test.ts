import { expect } from "chai";
import { network } from "hardhat";
import { slotEscrowOf } from "../../../node/data/order.ts";
import { mined } from "../market/fixture.ts";
import { revertOf } from "../support/reverts.ts";
import { DEPOSIT, deployOrders, FEE_BPS, money, planOrder, planSealed, post, send } from "./fixture.ts";

describe("closeOrder", () => {
  it("is the client's at any time, and takes what nobody holds back in one call", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers, orders } = fixture;
    const { order, dealKey } = await post(fixture, planSealed(fixture));
    await mined(send(fixture, providers[0]!, "reserve", order, 0));
    const early = await revertOf(send(fixture, outsider, "closeOrder", order, [1, 2]));
    expect(early.name).to.equal("OrderNotOver");

    const before = await money(fixture, client);
    await mined(send(fixture, client, "closeOrder", order, [0, 1, 2, 2]));
    const after = await money(fixture, client);
    expect(after.free[0]! - before.free[0]!).to.equal(2n * (slotEscrowOf(order, FEE_BPS) + DEPOSIT));
    expect((await orders.orderOf!(dealKey)).open).to.equal(1n);
    const again = await revertOf(send(fixture, client, "closeOrder", order, [0, 1]));
    expect(again.name).to.equal("OrderNothingToClose");
    expect((await revertOf(send(fixture, client, "closeOrder", order, [3]))).name).to.equal("OrderSlotOutside");
  });

  it("ends the order for new takers even where it closes nothing, and for good", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, providers } = fixture;
    const { order } = await post(fixture, planOrder(fixture));
    await mined(send(fixture, client, "closeOrder", order, []));
    const refused = await revertOf(send(fixture, providers[0]!, "take", order, 0));
    expect(refused.name).to.equal("OrderNotTakeable");
    await mined(send(fixture, outsider, "closeOrder", order, [0, 1, 2]));
    expect((await money(fixture)).escrows).to.equal(0n);
  });

  it("is anybody's after the deadline, and the money is the client's", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, goTo } = fixture;
    const [start] = (await money(fixture, client)).free;
    const { order } = await post(fixture, planSealed(fixture));
    await goTo(BigInt(order.deadline) + 1n);
    await mined(send(fixture, outsider, "closeOrder", order, [2, 0, 1]));
    const after = await money(fixture, client);
    expect(after.free[0]).to.equal(start);
    expect([after.escrows, after.bonds]).to.deep.equal([0n, 0n]);
  });
});
