/** Reservations that nobody means: a rival that keeps a client waiting, a client that makes providers work for nothing. */
import { expect } from "chai";
import { network } from "hardhat";
import { mined, type Party } from "../contracts/market/fixture.ts";
import {
  claimOf,
  DEPOSIT,
  deployOrders,
  newReplica,
  type OrderFixture,
  PRICE,
  planSealed,
  post,
  send,
} from "../contracts/orders/fixture.ts";
import { payoff } from "./support/wealth.ts";

const ALL = [0, 1, 2];

/** The client takes back what is left of its order. */
async function close(fixture: OrderFixture, order: Parameters<typeof send>[3]): Promise<void> {
  await mined(send(fixture, fixture.client, "closeOrder", order, ALL));
}

/** Goes behind the last block of a reservation's next step. */
async function lapse(fixture: OrderFixture, dealKey: string, slot: number): Promise<void> {
  const { until } = await fixture.orders.reservationOf!(dealKey, slot);
  await fixture.goTo((until as bigint) + 1n);
}

describe("attack: reservation griefing", () => {
  it("a rival that keeps all slots for as long as it can loses a deposit a slot and round, and the client not a unit", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider } = fixture;
    const rivals = fixture.providers.slice(0, 3);
    const rounds = 4;
    const spent = await payoff(fixture, [client], async () => {
      const { order, dealKey } = await post(fixture, planSealed(fixture));
      const won = await payoff(fixture, rivals, async () => {
        for (let round = 0; round < rounds; round++) {
          for (const slot of ALL) await mined(send(fixture, rivals[slot]!, "reserve", order, slot));
          for (const slot of ALL) {
            await lapse(fixture, dealKey, slot).catch(() => undefined); // behind the others' already
            await mined(send(fixture, outsider, "expire", order, slot));
          }
        }
      });
      expect(won).to.equal(-3n * BigInt(rounds) * DEPOSIT);
      await close(fixture, order);
    });
    expect(spent).to.equal(0n);
  });

  it("a client that ends its order under a reservation, and then says nothing to what was sealed, pays its bond to the provider that it kept", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider } = fixture;
    const victim = fixture.providers[0]!;
    const { root, dataRoot } = newReplica();
    const spent = await payoff(fixture, [client], async () => {
      const { order, dealKey } = await post(fixture, planSealed(fixture));
      const won = await payoff(fixture, [victim], async () => {
        await mined(send(fixture, victim, "reserve", order, 1));
        await close(fixture, order); // leaves the reserved slot alone
        await mined(send(fixture, victim, "commit", order, 1, root, dataRoot));
        await lapse(fixture, dealKey, 1);
        await mined(send(fixture, outsider, "expire", order, 1));
      });
      expect(won).to.equal(DEPOSIT);
    });
    expect(spent).to.equal(-DEPOSIT);
  });

  it("a rival that only delays a slot makes it no dearer than the cap, and the surplus stays the client's", async () => {
    const fixture = await deployOrders(await network.create());
    const { client, outsider, market } = fixture;
    const [rival, honest] = fixture.providers as [Party, Party];
    const replica = newReplica();
    const { order, dealKey } = await post(fixture, planSealed(fixture));
    await mined(send(fixture, rival, "reserve", order, 0));
    await lapse(fixture, dealKey, 0);
    await mined(send(fixture, outsider, "expire", order, 0));
    await mined(send(fixture, honest, "reserve", order, 0));
    await mined(send(fixture, honest, "commit", order, 0, replica.root, replica.dataRoot));
    const claim = await claimOf(
      fixture,
      order,
      send(fixture, client, "activate", order, 0, replica.root, replica.dataRoot),
    );
    expect(claim.offer.price).to.be.at.most(PRICE);
    expect((await market.slotOf!(dealKey, 0)).status).to.equal(1n);
  });
});
