import { expect } from "chai";
import { network } from "hardhat";
import { type Hex, toHex } from "viem";
import { marketDomain, offerTypes } from "../../node/data/terms.ts";
import {
  balances,
  deployMarket,
  type Fixture,
  FUNDS,
  mined,
  newRoot,
  open,
  openDeal,
  planDeal,
} from "../contracts/market/fixture.ts";

const chain = await network.create();
const deploy = () => deployMarket(chain);
const load = (): Promise<Fixture> => chain.networkHelpers.loadFixture(deploy);

// The attacker is a client (or a stranger) with one signature of a provider, who wants a second replica, other terms, or
// the provider's collateral locked where it never agreed to.
describe("attack: reusing an offer's signature", () => {
  it("never binds a provider to another deal, slot, client, price or root", async () => {
    const fixture = await load();
    const { client, outsider, providers, market } = fixture;
    const victim = providers[0]!;
    const used = await openDeal(fixture, { client, providers: [victim] });
    const { offer, signature } = used.offers[0]!;
    const before = await balances(fixture, victim);
    const plan = { client, providers: [victim, providers[1]!] };
    const other = await planDeal(fixture, plan);
    const attempts: [Parameters<typeof open>[1], string][] = [
      [{ ...other, offers: [used.offers[0]!] }, "DealBadSignature"],
      [{ ...other, offers: [{ offer: { ...offer, dealKey: other.dealKey }, signature }] }, "DealBadSignature"],
    ];
    for (const changed of [
      { slot: 1 },
      { price: 1n },
      { collateral: FUNDS / 2n },
      { root: newRoot() },
      { epoch: 1n },
    ]) {
      const forged = { ...other.offers[0]!.offer, ...changed };
      attempts.push([
        { ...other, offers: [{ offer: forged, signature: other.offers[0]!.signature }] },
        "DealBadSignature",
      ]);
    }
    for (const [attempt, error] of attempts) {
      await expect(open(fixture, attempt)).to.be.revertedWithCustomError(market, error);
    }
    const stolen = await planDeal(fixture, { ...plan, client: outsider });
    await expect(open(fixture, { ...stolen, offers: other.offers })).to.be.revertedWithCustomError(
      market,
      "DealBadSignature",
    );
    expect(await balances(fixture, victim)).to.deep.equal(before);
  });

  it("never carries a signature over from another chain or another market", async () => {
    const fixture = await load();
    const { client, providers, market, addresses } = fixture;
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 1) });
    const { offer } = deal.offers[0]!;
    for (const domain of [
      marketDomain(1, addresses.market),
      marketDomain(addresses.chainId, addresses.vault),
      { ...marketDomain(addresses.chainId, addresses.market), version: "2" },
    ]) {
      const signature = (await providers[0]!.signTypedData(domain, { Offer: [...offerTypes.Offer] }, offer)) as Hex;
      await expect(open(fixture, { ...deal, offers: [{ offer, signature }] })).to.be.revertedWithCustomError(
        market,
        "DealBadSignature",
      );
    }
  });

  it("refuses the mirrored signature of the same key, and a second life of a root that its lane has had", async () => {
    const fixture = await load();
    const { client, providers, market } = fixture;
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 1) });
    const { offer, signature } = deal.offers[0]!;
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = toHex(order - BigInt(`0x${signature.slice(66, 130)}`), { size: 32 });
    const v = signature.endsWith("1b") ? "1c" : "1b";
    const mirrored = `${signature.slice(0, 66)}${s.slice(2)}${v}` as Hex;
    await expect(open(fixture, { ...deal, offers: [{ offer, signature: mirrored }] })).to.be.revertedWithCustomError(
      market,
      "DealBadSignature",
    );
    await mined(open(fixture, deal));
    const again = await planDeal(fixture, { client, providers: providers.slice(0, 1), offer: { root: offer.root } });
    await expect(open(fixture, again)).to.be.revertedWithCustomError(market, "DealTooFewSlots").withArgs(1, 0);
  });
});
