import { expect } from "chai";
import type { Contract } from "ethers";
import { network } from "hardhat";
import type { Address, Hex } from "viem";
import { type SignedOffer, skipReasons } from "../../node/data/terms.ts";
import {
  as,
  balances,
  deployMarket,
  type Fixture,
  mined,
  newRoot,
  open,
  PRICE,
  planDeal,
} from "../contracts/market/fixture.ts";
import { fundAccounts } from "../contracts/support/deployment.ts";

const MOODS = { Honest: 0, Yes: 1, Reverts: 2, Burns: 3, Floods: 4 };
const TRANSACTION_GAS = 16_777_216n;

/** A registered and staked provider that is a contract; its owner is a plain account. */
async function walletProvider({ ethers, providers, registry, addresses, viem }: Fixture): Promise<Contract> {
  const owner = providers[0]!;
  const wallet = (await ethers.deployContract("WalletMock", [owner])) as unknown as Contract;
  await fundAccounts(viem, addresses, [(await wallet.getAddress()) as Address], 10n ** 19n);
  const profile = { peerId: "0x12", addresses: "", region: "0x0000", capacity: 1 };
  const ask = { storagePrice: 1, retrievalPrice: 1, minWindows: 1, maxWindows: 9, minM: 13, maxM: 13, accepting: true };
  await wallet.perform!(registry, registry.interface.encodeFunctionData("register", [profile, ask]));
  await wallet.perform!(registry, registry.interface.encodeFunctionData("stake", [10n ** 18n]));
  return wallet;
}

/** Deals of `wallets` behind one plain provider; every wallet's owner signs for it. */
async function planWith(fixture: Fixture, wallets: readonly Contract[]) {
  const { client, providers, sign } = fixture;
  const deal = await planDeal(fixture, {
    client,
    providers: [providers[1]!],
    terms: { slots: wallets.length + 1, threshold: 1 },
  });
  const offers: SignedOffer[] = [...deal.offers];
  for (const [i, wallet] of wallets.entries()) {
    const provider = (await wallet.getAddress()) as Address;
    offers.push(await sign(providers[0]!, { ...deal.offers[0]!.offer, provider, slot: i + 1, root: newRoot() }));
  }
  return { ...deal, offers };
}

// Providers that are contracts sign by ERC-1271: they may change their mind, or try to make the client's call too dear.
describe("attack: hostile contract signers", () => {
  it("lets an honest contract wallet provide", async () => {
    const fixture = await deployMarket(await network.create());
    const wallet = await walletProvider(fixture);
    const deal = await planWith(fixture, [wallet]);
    await mined(open(fixture, deal));
    expect((await fixture.market.slotOf!(deal.dealKey, 1)).status).to.equal(1n);
  });

  for (const mood of ["Reverts", "Burns"] as const) {
    it(`cannot break the client's deal: a wallet that ${mood.toLowerCase()} only loses its slot`, async () => {
      const fixture = await deployMarket(await network.create());
      const { market } = fixture;
      const wallet = await walletProvider(fixture);
      const deal = await planWith(fixture, [wallet]);
      await mined(wallet.turn!(MOODS[mood]));
      await expect(open(fixture, deal))
        .to.emit(market, "SlotSkipped")
        .withArgs(deal.dealKey, await wallet.getAddress(), 1, skipReasons.indexOf("Revoked"));
      expect((await balances(fixture)).escrows).to.equal(PRICE * 40n);
    });
  }

  it("copies 32 bytes of an answer, however long it is", async () => {
    const fixture = await deployMarket(await network.create());
    const wallet = await walletProvider(fixture);
    const deal = await planWith(fixture, [wallet]);
    const quiet = await mined(open(fixture, deal));
    await mined(wallet.turn!(MOODS.Floods));
    const loud = await mined(open(fixture, await planWith(fixture, [wallet])));
    expect(loud.gasUsed).to.be.lessThan(quiet.gasUsed + 100_000n);
  });

  it("cannot make a deal of 48 slots too dear: 47 gas bombs and one good slot still fit a transaction", async () => {
    const fixture = await deployMarket(await network.create());
    const { market, client } = fixture;
    const wallets: Contract[] = [];
    for (let i = 0; i < 47; i++) wallets.push(await walletProvider(fixture));
    const deal = await planWith(fixture, wallets);
    for (const wallet of wallets) await wallet.turn!(MOODS.Burns);
    const sent = as(market, client).openDeal!(deal.request, deal.offers, { gasLimit: TRANSACTION_GAS });
    const { gasUsed } = await mined(sent);
    console.log(`      47 bombs: ${gasUsed} gas`);
    expect((await market.slotOf!(deal.dealKey, 0)).status).to.equal(1n);
  });

  it("still takes no signature of a key for somebody else's account", async () => {
    const fixture = await deployMarket(await network.create());
    const { client, providers, market, sign } = fixture;
    const deal = await planDeal(fixture, { client, providers: providers.slice(0, 2) });
    const forged = await sign(providers[0]!, deal.offers[1]!.offer);
    await expect(open(fixture, { ...deal, offers: [deal.offers[0]!, forged] }))
      .to.be.revertedWithCustomError(market, "DealBadSignature")
      .withArgs(1, providers[1]!.address);
    const empty = { offer: deal.offers[1]!.offer, signature: "0x" as Hex };
    await expect(open(fixture, { ...deal, offers: [deal.offers[0]!, empty] })).to.be.revertedWithCustomError(
      market,
      "DealBadSignature",
    );
  });
});
