import { expect } from "chai";
import { Wallet } from "ethers";
import { network } from "hardhat";
import { type Hex, zeroHash } from "viem";
import {
  dealKeyOf,
  type Offer,
  offerDigest,
  replicaIdOf,
  type SkipReason,
  skipReasons,
  type Terms,
} from "../../../node/data/terms.ts";
import { fundAccounts } from "../support/deployment.ts";
import { signPermit } from "../support/vault.ts";
import {
  as,
  balances,
  claimsOf,
  deployMarket,
  type Fixture,
  FUNDS,
  joinAs,
  mined,
  newRoot,
  open,
  openDeal,
  PRICE,
  planDeal,
} from "./fixture.ts";

const chain = await network.create();
const deploy = () => deployMarket(chain);
const load = (): Promise<Fixture> => chain.networkHelpers.loadFixture(deploy);

describe("openDeal", () => {
  it("hashes terms, replicas and offers as the node does", async () => {
    const fixture = await load();
    const { market, client, providers, addresses } = fixture;
    const { salt, terms, dealKey, offers } = await planDeal(fixture, { client, providers: providers.slice(0, 1) });
    const { offer } = offers[0]!;
    expect(await market.dealKeyOf!(client, salt, terms)).to.equal(dealKey);
    expect(dealKeyOf(offer.client, salt, terms)).to.equal(dealKey);
    expect(await market.replicaIdOf!(dealKey, 3, 1)).to.equal(replicaIdOf(dealKey, 3, 1));
    expect(await market.hashOffer!(offer)).to.equal(offerDigest(addresses.chainId, addresses.market, offer));
  });

  it("locks price x windows and each collateral, burns 3 % on top, and takes nothing else", async () => {
    const fixture = await load();
    const { client, providers, market, vault } = fixture;
    const five = providers.slice(0, 5);
    const { dealKey, request, receipt } = await openDeal(fixture, { client, providers: five });
    const escrow = PRICE * 40n * 5n;
    const fee = (escrow * 300n) / 10_000n;
    expect(await balances(fixture, client, five[0]!)).to.deep.equal({
      ...{ escrows: escrow, collateral: escrow, bonds: 0n, burned: fee },
      free: [FUNDS - escrow - fee, (await vault.freeOf!(five[1]!)) as bigint],
    });
    expect(await market.headerHashOf!(dealKey)).to.equal(request.headerHash);
    await expect(receipt).to.emit(market, "DealOpened");
    expect((await market.slotOf!(dealKey, 4)).toObject()).to.include({
      settled: 0n,
      missesLeft: 5n,
      end: 40n,
      status: 1n,
    });
  });

  it("rounds the fee up to the next base unit", async () => {
    const fixture = await load();
    const { client, providers } = fixture;
    await openDeal(fixture, { client, providers: providers.slice(0, 1), offer: { price: 1n } });
    expect((await balances(fixture)).burned).to.equal(2n); // 3 % of 40
  });

  it("opens a deal key once", async () => {
    const fixture = await load();
    const { client, providers, market } = fixture;
    const deal = await openDeal(fixture, { client, providers: providers.slice(0, 1) });
    await expect(open(fixture, deal)).to.be.revertedWithCustomError(market, "DealExists").withArgs(deal.dealKey);
  });

  it("takes at most maxPayment, fee included", async () => {
    const fixture = await load();
    const { client, providers, market } = fixture;
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 2) });
    const payment = (PRICE * 80n * 103n) / 100n;
    const cheaper = { ...deal, request: { ...deal.request, maxPayment: payment - 1n } };
    await expect(open(fixture, cheaper))
      .to.be.revertedWithCustomError(market, "DealPaymentAboveMaximum")
      .withArgs(payment - 1n, payment);
    await mined(open(fixture, { ...deal, request: { ...deal.request, maxPayment: payment } }));
  });

  it("deposits by permit first, and a permit that somebody used already is no failure", async () => {
    const fixture = await load();
    const { client, providers, market, vault, token, networkHelpers } = fixture;
    const poor = as(vault, client);
    await poor.withdraw!(FUNDS, client);
    const deadline = BigInt(await networkHelpers.time.latest()) + 1000n;
    const permit = await signPermit(token, client, await vault.getAddress(), 10n ** 18n, deadline);
    await token.permit!(client, vault, permit.amount, permit.deadline, permit.v, permit.r, permit.s);
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 1) });
    await mined(as(market, client).openDealWithPermit!(deal.request, deal.offers, permit));
    const payment = (PRICE * 40n * 103n) / 100n;
    expect(await vault.freeOf!(client)).to.equal(10n ** 18n - payment);
  });

  const badTerms: [string, Partial<Terms>][] = [
    ["slots", { slots: 0, threshold: 0 }],
    ["slots", { slots: 49 }],
    ["threshold", { threshold: 0 }],
    ["threshold", { slots: 5, threshold: 6 }],
    ["minChallenges", { minChallenges: 5 }],
    ["windows", { windows: 0 }],
    ["maxMisses", { maxMisses: 4 }],
    ["maxMisses", { maxMisses: 41 }],
    ["maxMisses", { windows: 2, maxMisses: 3, coolingOff: 0, minWindows: 0, cancelFeeWindows: 0 }],
    ["coolingOff", { coolingOff: 41 }],
    ["minWindows", { minWindows: 41 }],
    ["cancelFeeWindows", { cancelFeeWindows: 41 }],
  ];
  for (const [term, terms] of badTerms) {
    it(`refuses terms whose ${term} is out of range: ${JSON.stringify(terms)}`, async () => {
      const fixture = await load();
      const { client, providers, market } = fixture;
      const deal = await planDeal(fixture, { client, providers: providers.slice(0, 3) });
      const request = { ...deal.request, terms: { ...deal.terms, ...terms } };
      await expect(open(fixture, { ...deal, request }))
        .to.be.revertedWithCustomError(market, "DealTermOutOfRange")
        .withArgs(
          term,
          (v: bigint) => v >= 0n,
          (v: bigint) => v >= 0n,
          (v: bigint) => v >= 0n,
        );
    });
  }

  it("refuses minSlots outside threshold .. slots, and a deal without a header", async () => {
    const fixture = await load();
    const { client, providers, market } = fixture;
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 5) });
    for (const minSlots of [2, 6]) {
      await expect(open(fixture, { ...deal, request: { ...deal.request, minSlots } }))
        .to.be.revertedWithCustomError(market, "DealMinSlotsOutOfRange")
        .withArgs(3, 5, minSlots);
    }
    const headless = { ...deal, request: { ...deal.request, headerHash: zeroHash } };
    await expect(open(fixture, headless)).to.be.revertedWithCustomError(market, "DealNoHeader");
  });

  const field = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
  /** Field, what the offer has there, and what it should have been, or at most or at least. */
  const malformed: [string, Partial<Offer>, bigint][] = [
    ["slot", { slot: 3 }, 2n],
    ["m", { m: 12, groups: 1 }, 13n],
    ["m", { m: 28 }, 27n],
    ["groups", { groups: 0 }, 16n],
    ["groups", { groups: 17 }, 16n],
    ["root", { root: zeroHash }, field - 1n],
    ["root", { root: `0x${field.toString(16)}` }, field - 1n],
    ["price", { price: 2n ** 104n }, 2n ** 104n - 1n],
    ["collateral", { collateral: 2n ** 104n }, 2n ** 104n - 1n],
  ];
  for (const [name, wrong, right] of malformed) {
    const found = BigInt(wrong[name as keyof Offer]!);
    it(`reverts for an offer whose ${name} is malformed, signed or not: ${found}`, async () => {
      const fixture = await load();
      const { client, providers, market, sign } = fixture;
      const deal = await planDeal(fixture, { client, providers: providers.slice(0, 3) });
      const last = { ...deal.offers[2]!.offer, ...wrong };
      const offers = [deal.offers[0]!, deal.offers[1]!, await sign(providers[2]!, last)];
      await expect(open(fixture, { ...deal, offers }))
        .to.be.revertedWithCustomError(market, "DealOfferMalformed")
        .withArgs(last.slot, name, right, found);
    });
  }

  it("takes client, deal and generation from the call: an offer signed with others is signed by nobody", async () => {
    const fixture = await load();
    const { client, providers, market, sign } = fixture;
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 3) });
    for (const wrong of [
      { client: "0x000000000000000000000000000000000000dEaD" as const },
      { dealKey: `0x${"11".repeat(32)}` as const },
      { generation: 1 },
    ]) {
      const last = await sign(providers[2]!, { ...deal.offers[2]!.offer, ...wrong });
      await expect(open(fixture, { ...deal, offers: [deal.offers[0]!, deal.offers[1]!, last] }))
        .to.be.revertedWithCustomError(market, "DealBadSignature")
        .withArgs(2, providers[2]!.address);
    }
  });

  it("refuses bits that do not belong to an offer's field, as the decoder would", async () => {
    const fixture = await load();
    const { client, providers, market } = fixture;
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 3) });
    const data = market.interface.encodeFunctionData("openDeal", [deal.request, deal.offers]);
    const first = data.toLowerCase().indexOf(providers[0]!.address.slice(2).toLowerCase()) - 24;
    // Byte of the word of each field, the first behind what belongs to it: its lowest bit there is set.
    const bytes = { provider: 11, slot: 30, m: 30, groups: 27, price: 15, collateral: 15, expiry: 26, epoch: 23 };
    const words = { provider: 0, slot: 1, m: 4, groups: 5, price: 6, collateral: 7, expiry: 8, epoch: 9 };
    for (const field of Object.keys(bytes) as (keyof typeof bytes)[]) {
      const at = first + 2 * (32 * words[field] + bytes[field]);
      expect(data.slice(at, at + 2), field).to.equal("00");
      const dirty = `${data.slice(0, at)}01${data.slice(at + 2)}`;
      await expect(
        client.sendTransaction({ to: await market.getAddress(), data: dirty }),
        field,
      ).to.be.revertedWithoutReason(fixture.ethers);
    }
    await expect(client.sendTransaction({ to: await market.getAddress(), data })).to.emit(market, "DealOpened");
  });

  for (const field of ["slot", "provider", "root"] as const) {
    it(`reverts when two offers share a ${field}`, async () => {
      const fixture = await load();
      const { client, providers, market, sign } = fixture;
      const deal = await planDeal(fixture, { client, providers: providers.slice(0, 3) });
      const twin = { ...deal.offers[2]!.offer, [field]: deal.offers[1]!.offer[field] };
      const signer = field === "provider" ? providers[1]! : providers[2]!;
      const offers = [deal.offers[0]!, deal.offers[1]!, await sign(signer, twin)];
      await expect(open(fixture, { ...deal, offers }))
        .to.be.revertedWithCustomError(market, "DealOfferDuplicate")
        .withArgs(twin.slot, field);
    });
  }

  const skips: [SkipReason, (fixture: Fixture) => Promise<Record<string, unknown>>][] = [
    ["Expired", async ({ networkHelpers }) => ({ expiry: await networkHelpers.time.latestBlock() })],
    [
      "Revoked",
      async ({ registry, providers }) => {
        await as(registry, providers[3]!).revokeOffers!();
        return {};
      },
    ],
    ["PriceAboveProofs", async ({ spacetime }) => ({ price: ((await spacetime.priceLimit!(13)) as bigint) + 1n })],
    ["InsufficientCollateral", async () => ({ collateral: FUNDS })],
  ];
  for (const [reason, arrange] of skips) {
    it(`skips a slot as ${reason}, opens the rest and escrows nothing for it`, async () => {
      const fixture = await load();
      const { client, providers, market, sign } = fixture;
      const deal = await planDeal(fixture, { client, providers: providers.slice(0, 4), terms: { threshold: 3 } });
      const wrong = await arrange(fixture);
      const offers = [...deal.offers.slice(0, 3), await sign(providers[3]!, { ...deal.offers[3]!.offer, ...wrong })];
      await expect(open(fixture, { ...deal, offers }))
        .to.emit(market, "SlotSkipped")
        .withArgs(deal.dealKey, providers[3]!.address, 3, skipReasons.indexOf(reason));
      expect((await balances(fixture)).escrows).to.equal(PRICE * 40n * 3n);
      expect((await market.slotOf!(deal.dealKey, 3)).status).to.equal(0n);
    });
  }

  it("skips strangers, providers without the least stake, and roots that their lane has had", async () => {
    const fixture = await load();
    const { client, providers, market, registry, sign, addresses, viem } = fixture;
    const [stranger, small] = [await newAccount(fixture), await newAccount(fixture)];
    await fundAccounts(viem, addresses, [small.address as Hex], 10n ** 18n);
    await joinAs(registry, small, 10n ** 17n);
    const old = await openDeal(fixture, { client, providers: [providers[5]!] });
    const deal = await planDeal(fixture, {
      client,
      providers: [...providers.slice(0, 3), stranger, small, providers[5]!],
    });
    const again = { ...deal.offers[5]!.offer, root: old.offers[0]!.offer.root };
    const offers = [...deal.offers.slice(0, 5), await sign(providers[5]!, again)];
    const receipt = await mined(open(fixture, { ...deal, offers }));
    const skipped = receipt.logs
      .map((log) => market.interface.parseLog(log))
      .filter((log) => log?.name === "SlotSkipped")
      .map((log) => [Number(log!.args.slot), skipReasons[Number(log!.args.reason)]]);
    expect(skipped).to.deep.equal([
      [3, "NotRegistered"],
      [4, "InsufficientStake"],
      [5, "RootTaken"],
    ]);
  });

  it("reverts whole when fewer than minSlots are good, and then nothing is locked", async () => {
    const fixture = await load();
    const { client, providers, market, registry } = fixture;
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 4) });
    for (const provider of providers.slice(0, 2)) await as(registry, provider).revokeOffers!();
    await expect(open(fixture, deal)).to.be.revertedWithCustomError(market, "DealTooFewSlots").withArgs(3, 2);
    expect(await balances(fixture, client)).to.deep.include({ escrows: 0n, collateral: 0n, free: [FUNDS] });
  });

  it("does nothing for a caller of its second half", async () => {
    const fixture = await load();
    const { client, providers, market, ethers, vault } = fixture;
    const half = await ethers.getContractAt("DealOpening", await market.OPENING!());
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 1) });
    const { offer } = deal.offers[0]!;
    const offers = [await fixture.sign(providers[0]!, offer, (await half.getAddress()) as Hex)];
    await expect((half.connect(client) as typeof half).openDeal(deal.request, offers)).to.be.revertedWithCustomError(
      vault,
      "VaultNotAModule",
    );
  });
});

describe("fillSlots", () => {
  it("fills a slot that was skipped, at full length and with its own fee", async () => {
    const fixture = await load();
    const { client, providers, market } = fixture;
    const { deal, current } = await openWithVacancy(fixture);
    const late = await planDeal(fixture, { client, providers: providers.slice(3, 4) });
    const offer = { ...late.offers[0]!.offer, dealKey: deal.dealKey, slot: 3 };
    const before = await balances(fixture, client);
    const signed = await fixture.sign(providers[3]!, offer);
    await mined(as(market, client).fillSlots!(deal.salt, deal.terms, current, [signed], FUNDS));
    const after = await balances(fixture, client);
    expect(after.escrows - before.escrows).to.equal(PRICE * 40n);
    expect(before.free[0]! - after.free[0]!).to.equal((PRICE * 40n * 103n) / 100n);
    expect((await market.slotOf!(deal.dealKey, 3)).toObject()).to.include({ end: 40n, status: 1n, generation: 0n });
  });

  it("needs every active slot's offer, and no provider or root of them again", async () => {
    const fixture = await load();
    const { client, providers, market, sign } = fixture;
    const { deal, current } = await openWithVacancy(fixture);
    const fill = (offers: unknown[], listed = current) =>
      as(market, client).fillSlots!(deal.salt, deal.terms, listed, offers, FUNDS);
    const offer = { ...current[0]!.offer, slot: 3, provider: providers[3]!.address as Hex, root: newRoot() };
    const good = await sign(providers[3]!, offer);
    for (const listed of [
      current.slice(1),
      current.slice(0, 2),
      [...current, { ...current[0]!, offer }],
      [...current].reverse(),
    ]) {
      await expect(fill([good], listed)).to.be.revertedWithCustomError(market, "DealCurrentMismatch");
    }
    const altered = [{ ...current[0]!, firstWindow: 0 }, ...current.slice(1)];
    // Of the same client and provider, in the same slot, and just as genuine: but of another deal.
    const elsewhere = await openDeal(fixture, { client, providers: providers.slice(5, 6) });
    for (const listed of [altered, [elsewhere.claims[0]!, ...current.slice(1)]]) {
      await expect(fill([good], listed))
        .to.be.revertedWithCustomError(market, "DealCurrentMismatch")
        .withArgs(0);
    }
    const sameProvider = await sign(providers[0]!, { ...offer, provider: current[0]!.offer.provider });
    await expect(fill([sameProvider]))
      .to.be.revertedWithCustomError(market, "DealOfferDuplicate")
      .withArgs(3, "provider");
    const sameRoot = await sign(providers[3]!, { ...offer, root: current[2]!.offer.root });
    await expect(fill([sameRoot]))
      .to.be.revertedWithCustomError(market, "DealOfferDuplicate")
      .withArgs(3, "root");
    await mined(fill([good]));
  });

  it("fills no slot that ended, no deal that is not open, and reverts if nothing was filled", async () => {
    const fixture = await load();
    const { client, outsider, providers, market, sign, registry } = fixture;
    const { deal, current } = await openWithVacancy(fixture);
    const offer = { ...current[0]!.offer, slot: 3, provider: providers[3]!.address as Hex, root: newRoot() };
    const good = await sign(providers[3]!, offer);
    await expect(
      as(market, outsider).fillSlots!(deal.salt, deal.terms, current, [good], FUNDS),
    ).to.be.revertedWithCustomError(market, "DealUnknown");
    const claim = current[0]!;
    await as(market, client).drop!(claim, claim.salt, claim.terms);
    await market.release!(claim);
    const refill = await sign(providers[3]!, { ...offer, slot: 0 });
    const rest = current.slice(1);
    await expect(as(market, client).fillSlots!(deal.salt, deal.terms, rest, [refill], FUNDS))
      .to.be.revertedWithCustomError(market, "DealSlotNotVacant")
      .withArgs(0, 2);
    await as(registry, providers[3]!).revokeOffers!();
    await expect(as(market, client).fillSlots!(deal.salt, deal.terms, rest, [good], FUNDS))
      .to.be.revertedWithCustomError(market, "DealTooFewSlots")
      .withArgs(1, 0);
  });
});

/** A deal of four slots whose last provider had revoked its offers. */
async function openWithVacancy(fixture: Fixture) {
  const { client, providers, registry } = fixture;
  const deal = await planDeal(fixture, { client, providers: [...providers.slice(0, 3), providers[4]!] });
  await as(registry, providers[4]!).revokeOffers!();
  const receipt = await mined(open(fixture, deal));
  return { deal, current: claimsOf(fixture, deal, receipt) };
}

/** A key of nobody's, with ether for gas. */
async function newAccount({ ethers, networkHelpers }: Fixture) {
  const wallet = Wallet.createRandom().connect(ethers.provider);
  await networkHelpers.setBalance(wallet.address, 10n ** 20n);
  return wallet;
}
