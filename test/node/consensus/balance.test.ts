// The whole life of a deal on a real chain, every kind of ending in it, and the balance sheet at the end.
// Proofs are not the subject: the verifier takes any that begins with 1.

import { expect } from "chai";
import { type Address, type Hex, keccak256, zeroAddress } from "viem";
import { balanceSheet, type PartySheet } from "../../../node/consensus/balance.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { extend, handOver, refill } from "../../../node/consensus/changes.ts";
import { closeAsProvider, fund, redeem } from "../../../node/consensus/channels.ts";
import { dealOf, dealsOf, type Replica, replicasOf, slotsOf } from "../../../node/consensus/deals.ts";
import { cancel, drop, forfeit, openDealWithPermit, slotOf } from "../../../node/consensus/market.ts";
import { stake } from "../../../node/consensus/registry.ts";
import { dueOf, type Settled, settleDue } from "../../../node/consensus/settling.ts";
import { signMessage } from "../../../node/consensus/signing.ts";
import { account } from "../../../node/consensus/spacetime.ts";
import { signPermit, transfer } from "../../../node/consensus/token.ts";
import { sweepBurned, withdraw } from "../../../node/consensus/vault.ts";
import { dealKeyOf, type Offer, offerStructHash, replicaIdOf, type Terms } from "../../../node/data/terms.ts";
import { rejection } from "../../contracts/support/rejection.ts";
import { type LiveChain, liveChain, TOKEN } from "../../fixtures/live-chain.ts";
import { COLLATERAL, joinAsProvider, offerFrom, PRICE, proveWindows } from "../../fixtures/mock-deal.ts";

const WINDOWS = 8;
const terms: Terms = {
  slots: 5,
  threshold: 2,
  minChallenges: 4,
  windows: WINDOWS,
  maxMisses: 3,
  coolingOff: 4,
  minWindows: 1,
  cancelFeeWindows: 2,
  steward: zeroAddress,
};
const salt: Hex = keccak256("0x01");

/** By slot: keeps its bytes; loses them; is cancelled; gives up; is dropped. */
const names = ["honest", "loser", "cancelled", "quitter", "dropped"] as const;
type Name = (typeof names)[number];

describe("balanceSheet", () => {
  let live: LiveChain;
  let client: SigningChain;
  let outsider: SigningChain;
  let providers: Record<Name, SigningChain>;
  let dealKey: Hex;
  let settled: Settled[];

  before(async function () {
    this.timeout(240_000);
    live = await liveChain();
    client = await live.connect(20);
    outsider = await live.connect(30);
    await transfer(await live.connect(0), client.account.address, TOKEN);
    const chains: SigningChain[] = [];
    for (let i = 0; i < names.length; i++) chains.push(await live.connectRich(21 + i, 2n));
    await Promise.all(chains.map(joinAsProvider));
    providers = Object.fromEntries(names.map((name, i) => [name, chains[i]])) as Record<Name, SigningChain>;

    dealKey = dealKeyOf(client.account.address, salt, terms);
    const offers = await Promise.all(
      chains.map((chain, slot) => offerFrom(chain, { client: client.account.address, dealKey, slot })),
    );
    const permit = await signPermit(client, TOKEN / 2n);
    const request = { salt, terms, headerHash: keccak256("0x02"), minSlots: 5, maxPayment: TOKEN / 2n };
    expect((await openDealWithPermit(client, request, offers, permit)).result).to.equal(dealKey);

    const claims = Object.fromEntries(
      (await slotsOf(client, dealKey)).map(({ offer, claim }) => [names[offer.slot], claim]),
    );
    await drop(client, claims.dropped!);
    const [{ firstWindow }] = (await replicasOf(client, providers.honest.account.address)) as [Replica];
    await proveWindows(live, providers.honest, firstWindow, firstWindow + 1);
    await cancel(client, claims.cancelled!);
    await forfeit(providers.quitter, claims.quitter!);
    await proveWindows(live, providers.honest, firstWindow + 1, firstWindow + 5);
    await retrieve();
    await live.mine(30n * BigInt(WINDOWS + 2));
    settled = await settleDue(outsider, await slotsOf(outsider, dealKey), { andRelease: true });
    await account(outsider, providers.loser.account.address, 100n);
    await withdraw(providers.honest, TOKEN / 10n);
    await sweepBurned(outsider);
  });

  /** Pays the honest provider by voucher, and has the loser return an unused channel. */
  async function retrieve(): Promise<void> {
    const [payer, payee] = [client.account.address, providers.honest.account.address];
    await fund(client, [
      { provider: payee, amount: 1000n },
      { provider: providers.loser.account.address, amount: 500n },
    ]);
    const voucher = { payer, provider: payee, epoch: 0n, cumulative: 700n };
    const signature = await signMessage(client, client.account, "Voucher", voucher);
    expect((await redeem(providers.honest, [{ voucher, signature }])).result).to.deep.equal([700n]);
    await closeAsProvider(providers.loser, payer);
  }

  const settledSlot = (name: Name) => settled.find(({ slot }) => slot === names.indexOf(name))!;

  it("deals and replicas are found in the events alone", async () => {
    const deal = await dealOf(outsider, dealKey);
    expect(deal.terms).to.deep.equal(terms);
    expect((await dealsOf(outsider, client.account.address)).map((found) => found.dealKey)).to.deep.equal([dealKey]);
    const slots = await slotsOf(outsider, dealKey);
    expect(slots.map(({ offer }) => offer.slot)).to.deep.equal([0, 1, 2, 3, 4]);
    const [held] = await replicasOf(outsider, providers.loser.account.address);
    expect(held!.replicaId).to.equal(replicaIdOf(dealKey, 1, 0));
    expect(held!.claim).to.deep.equal(slots[1]!.claim);
    expect((await rejection(dealOf(outsider, keccak256("0x77")))).code).to.equal("DEAL_UNKNOWN");
  });

  it("settleDue pays what was proven, returns what was missed, and leaves nothing due", async () => {
    expect(settledSlot("honest")).to.deep.include({ proven: 5, missed: 3, paid: 5n * PRICE, failed: false });
    expect(settledSlot("honest").released).to.equal(COLLATERAL);
    expect(settledSlot("cancelled")).to.deep.include({ proven: 0, paid: 0n, failed: false, released: COLLATERAL });
    expect(settledSlot("quitter").failed).to.equal(false);
    expect(settledSlot("quitter").released < COLLATERAL).to.equal(true);
    expect(settledSlot("loser")).to.deep.include({
      proven: 0,
      missed: 4,
      paid: 0n,
      refunded: 4n * PRICE,
      failed: true,
    });
    expect(await dueOf(outsider, await slotsOf(outsider, dealKey))).to.deep.equal([]);
    expect((await slotOf(outsider, dealKey, 1)).status).to.equal("failed");
    expect(await settleDue(outsider, await slotsOf(outsider, dealKey), { andRelease: true })).to.deep.equal([]);
  });

  it("closes to zero against the vault for every party and bucket", async () => {
    const sheet = await balanceSheet(outsider);
    expect(sheet.problems).to.deep.equal([]);
    expect(sheet.solvent).to.equal(true);
    expect(sheet.burned > 0n && sheet.swept > 0n).to.equal(true);
    expect(sheet.parties.every(({ difference }) => difference === 0n)).to.equal(true);
  });

  it("says who earned, lost and still has what", async () => {
    const { parties } = await balanceSheet(outsider);
    const of = (address: Address) => parties.find(({ party }) => party === address) as PartySheet;
    const honest = of(providers.honest.account.address);
    expect(honest.earnedStorage).to.equal(5n * PRICE);
    expect(honest.earnedRetrieval).to.equal(700n);
    expect(honest.collateralLost).to.equal(0n);
    expect(honest.withdrawn).to.equal(TOKEN / 10n);
    const loser = of(providers.loser.account.address);
    expect(loser.earnedStorage).to.equal(0n);
    expect(loser.collateralLost).to.equal(COLLATERAL);
    expect(loser.slashed > 0n).to.equal(true);
    expect(loser.locked.stakes).to.equal(TOKEN - loser.slashed);
    const payer = of(client.account.address);
    expect(payer.deposited).to.equal(TOKEN / 2n);
    expect(payer.fee).to.equal((5n * BigInt(WINDOWS) * PRICE * 3n) / 100n);
    expect(payer.paidRetrieval).to.equal(700n);
    expect(payer.locked.channels).to.equal(300n);
    expect(payer.compensation >= (COLLATERAL * 3n) / 4n).to.equal(true); // its share and the refill bonus
    // Of the failed slot and of the one that was given up, until they are refilled or reclaimed.
    const { end } = await slotOf(outsider, dealKey, names.indexOf("quitter"));
    expect(payer.locked.escrows).to.equal((4n + BigInt(WINDOWS - end)) * PRICE);
    expect(of(outsider.account.address).rewards > 0n).to.equal(true);
  });

  it("closes as well after a refill, an extension and a handover of the slot that had failed", async function () {
    this.timeout(60_000);
    const { honest, cancelled } = providers;
    // Both missed windows since, and nobody takes a replica on less than the least stake.
    await Promise.all([honest, cancelled].map((chain) => stake(chain, TOKEN / 2n)));
    const before = await balanceSheet(outsider);
    const claimNow = async () => (await slotsOf(client, dealKey))[1]!.claim;
    const lost = await claimNow();
    const fresh = { ...lost.offer, generation: 1, provider: honest.account.address, root: keccak256("0x03") };
    fresh.root = `0x0${fresh.root.slice(3)}`;
    const signed = async (chain: SigningChain, offer: Offer) => ({
      offer,
      signature: await signMessage(client, chain.account, "Offer", offer),
    });
    const replacement = await signed(honest, fresh);
    await refill(client, { claim: lost, current: [], replacement, maxPayment: 0n });
    const refilled = await claimNow();
    const extension = { offer: { ...refilled.offer, price: PRICE / 2n }, until: refilled.firstWindow + 6 };
    const signature = await signMessage(client, honest.account, "Extension", extension);
    await extend(client, refilled, { extension, signature }, 0n);
    const longer = await claimNow();
    const moved = { ...longer.offer, provider: cancelled.account.address };
    const handed = { offerHash: offerStructHash(moved), expiry: 10 ** 6, epoch: 0n };
    const consent = { handOver: handed, signature: await signMessage(client, honest.account, "HandOver", handed) };
    const change = { claim: longer, current: [], replacement: await signed(cancelled, moved), maxPayment: 0n };
    await handOver(client, { ...change, consent });

    const sheet = await balanceSheet(outsider);
    expect(sheet.problems).to.deep.equal([]);
    const of = ({ parties }: typeof sheet) =>
      parties.find(({ party }) => party === client.account.address) as PartySheet;
    // Four windows at the old price became six at half of it: one is returned, but for the fee of the two that are new.
    expect(of(before).locked.escrows - of(sheet).locked.escrows).to.equal(PRICE);
    expect(of(sheet).fee - of(before).fee).to.equal((PRICE * 3n + 99n) / 100n);
    expect((await claimNow()).offer.provider).to.equal(cancelled.account.address);
  });

  it("names what does not add up when an event is missing", async () => {
    const blind = { ...outsider, fromBlock: (await dealOf(outsider, dealKey)).block };
    const { problems } = await balanceSheet(blind);
    expect(problems.join()).to.include(`free balance of ${providers.honest.account.address}`);
  });
});
