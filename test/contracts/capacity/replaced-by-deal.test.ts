import { expect } from "chai";
import { network } from "hardhat";
import { as, deployMarket, GOOD_PROOF, newRoot, openDeal, planDeal } from "../market/fixture.ts";

const chain = await network.create();
const PIECE = 2n ** 13n;

/** A provider with three sectors, before its client opens a deal of its own replica with it. */
async function given() {
  const fixture = await deployMarket(chain);
  const { ethers, registry, spacetime, providers, goTo } = fixture;
  const [provider] = providers;
  const verifier = await ethers.deployContract("VerifierMock", [2n, 9n]);
  const capacity = await ethers.deployContract("CapacityProofs", [registry, spacetime, verifier]);
  const own = as(capacity as never, provider!);
  for (const sector of [1, 2, 3]) await own.addSector!(sector, 13, newRoot());
  const root = newRoot();
  await own.yieldTo!([1, 2], root);
  const plan = { client: fixture.client, providers: [provider!], offer: { root } };
  /** What the provider proves in its next window. */
  const proven = async (): Promise<bigint> => {
    const latest = await ethers.provider.getBlockNumber();
    const window: bigint = await spacetime.nextOpening!(provider, latest);
    await goTo(((await spacetime.openingOf!(provider, window)) as bigint) + 2n);
    await own.submitProof!(provider, window, GOOD_PROOF, 0);
    return capacity.provenCapacity(provider!, window);
  };
  return { ...fixture, provider: provider!, capacity, own, root, plan, proven };
}

describe("empty capacity that a deal takes the place of", () => {
  it("goes with the transaction that opens the deal, without another one", async () => {
    const all = await chain.networkHelpers.loadFixture(given);
    expect(await all.proven()).to.equal(3n * PIECE);
    const { claims } = await openDeal(all, all.plan);
    expect(claims).to.have.length(1);
    expect(await all.proven()).to.equal(PIECE);
  });

  it("stays when the deal's transaction fails, and when it skips the slot", async () => {
    const all = await chain.networkHelpers.loadFixture(given);
    const { market, client, providers, registry, provider } = all;
    const { request, offers } = await planDeal(all, {
      ...all.plan,
      providers: [provider, ...providers.slice(1, 4)],
      offer: {},
    });
    const ours = { ...offers[0]!.offer, root: all.root };
    const signed = [await all.sign(provider, ours), ...offers.slice(1)];
    const poor = { ...request, maxPayment: 1n };
    await expect(as(market, client).openDeal!(poor, signed)).to.be.revertedWithCustomError(
      market,
      "DealPaymentAboveMaximum",
    );
    expect(await all.proven()).to.equal(3n * PIECE);
    await as(registry, provider).revokeOffers!();
    await expect(as(market, client).openDeal!({ ...request, minSlots: 3 }, signed)).to.emit(market, "SlotSkipped");
    expect(await all.proven()).to.equal(3n * PIECE);
    expect((await all.capacity.yieldsOf(provider))[0]).to.have.length(2);
  });
});
