import { expect } from "chai";
import { network } from "hardhat";
import type { Filling } from "../../node/data/terms.ts";
import { LOCAL_PARAMETERS } from "../../scripts/lib/parameters.ts";
import { as, deployMarket, end, mined, openDeal, type Party, runWindows } from "./market/fixture.ts";
import { BUCKET, requireSolvent } from "./support/vault.ts";

const chain = await network.create();
const { networkHelpers, ethers } = chain;
const FEE = LOCAL_PARAMETERS.minimumPinFee;

/** A deal of two providers, the chain well before the first one's window `first`. */
async function given() {
  const fixture = await deployMarket(chain);
  const { client, providers, addresses, vault, spacetime, goTo } = fixture;
  const pins = await ethers.getContractAt("AuditPins", addresses.pins);
  const deal = await openDeal(fixture, { client, providers: providers.slice(0, 2) });
  const claim = deal.claims[0]!;
  const provider = providers[0]!;
  const opening = async (window: number): Promise<bigint> => spacetime.openingOf!(provider, window);
  const pin = (who: Party, fee: bigint, filling: Filling = claim) => {
    const { offer, firstWindow } = filling;
    return (pins.connect(who) as typeof pins).pin({ offer, firstWindow }, fee);
  };
  const money = async () => ({
    client: (await vault.freeOf!(client)) as bigint,
    burned: (await vault.held!(pins, BUCKET.Burned)) as bigint,
    bonds: (await vault.held!(pins, BUCKET.Bonds)) as bigint,
  });
  const first = claim.firstWindow;
  if (BigInt(await networkHelpers.time.latestBlock()) + 8n >= (await opening(first))) {
    await goTo((await opening(first)) + 1n); // too near: the next window then
  }
  const next = Number(await spacetime.nextOpening!(provider, await networkHelpers.time.latestBlock()));
  return { ...fixture, pins, deal, claim, provider, opening, pin, money, next };
}

describe("AuditPins", () => {
  it("is deployed only with a fee that doubling can raise", async () => {
    const { pins, addresses } = await networkHelpers.loadFixture(given);
    const { vault, market, spacetime } = addresses;
    await expect(ethers.deployContract("AuditPins", [vault, market, spacetime, 0n])).to.be.revertedWithCustomError(
      pins,
      "PinMinimumFeeZero",
    );
  });

  describe("pin", () => {
    it("burns the client's fee and pins the lane's next window to the replica", async () => {
      const { pins, spacetime, vault, token, client, provider, claim, pin, money, next } =
        await networkHelpers.loadFixture(given);
      const before = await money();
      await expect(pin(client, FEE))
        .to.emit(pins, "ReplicaPinned")
        .withArgs(provider.address, next, claim.offer.root, client.address, FEE);
      expect(await money()).to.deep.equal({ client: before.client - FEE, burned: FEE, bonds: 0n });
      expect(await spacetime.pinOf!(provider, next)).to.equal(claim.offer.root);
      expect(await pins.bidOf(provider)).to.deep.equal([FEE, BigInt(next)]);
      await requireSolvent(vault, token);
    });

    it("is the client's alone, whoever else is part of the deal", async () => {
      const { pins, client, provider, outsider, pin } = await networkHelpers.loadFixture(given);
      for (const caller of [provider, outsider]) {
        await expect(pin(caller, FEE))
          .to.be.revertedWithCustomError(pins, "PinNotClient")
          .withArgs(client.address, caller.address);
      }
    });

    it("takes the offer that the market knows, and no other", async () => {
      const { pins, client, outsider, deal, claim, pin } = await networkHelpers.loadFixture(given);
      const forged = (changes: object) => ({ ...claim, offer: { ...claim.offer, ...changes } });
      const otherRoot = deal.claims[1]!.offer.root;
      for (const [who, changes] of [
        [client, { root: otherRoot }],
        [client, { slot: 1 }],
        [outsider, { client: outsider.address }],
        [client, { provider: deal.claims[1]!.offer.provider }],
      ] as const) {
        await expect(pin(who, FEE, forged(changes))).to.be.revertedWithCustomError(pins, "ReplicaWrongFilling");
      }
      // A later first window would make the replica seem to be paid for longer.
      const later = { ...claim, firstWindow: claim.firstWindow + 1 };
      await expect(pin(client, FEE, later)).to.be.revertedWithCustomError(pins, "ReplicaWrongFilling");
    });

    it("costs the least fee at first, and twice the last pin's while that is for the same window", async () => {
      const { pins, client, provider, claim, pin, money, opening, goTo, next } =
        await networkHelpers.loadFixture(given);
      const before = await money();
      expect(await pins.leastFee(provider)).to.equal(FEE);
      await expect(pin(client, FEE - 1n))
        .to.be.revertedWithCustomError(pins, "PinFeeTooLow")
        .withArgs(FEE, FEE - 1n);
      await pin(client, 3n * FEE);
      expect(await pins.leastFee(provider)).to.equal(6n * FEE);
      await expect(pin(client, 6n * FEE - 1n))
        .to.be.revertedWithCustomError(pins, "PinFeeTooLow")
        .withArgs(6n * FEE, 6n * FEE - 1n);
      await pin(client, 6n * FEE);
      expect(await money()).to.deep.equal({ client: before.client - 9n * FEE, burned: 9n * FEE, bonds: 0n });
      await goTo(await opening(next));
      await expect(pin(client, FEE))
        .to.emit(pins, "ReplicaPinned")
        .withArgs(provider.address, next + 1, claim.offer.root, client.address, FEE);
    });

    it("takes no money from a client who has too little free", async () => {
      const { pins, vault, client, provider, pin } = await networkHelpers.loadFixture(given);
      const free: bigint = await vault.freeOf!(client);
      await expect(pin(client, free + 1n)).to.be.revertedWithCustomError(vault, "VaultInsufficientFree");
      expect(await pins.leastFee(provider)).to.equal(FEE);
      await pin(client, free);
      expect(await vault.freeOf!(client)).to.equal(0n);
    });

    it("is for replicas whose paid windows are not over, and whose slot is active", async () => {
      const fixture = await networkHelpers.loadFixture(given);
      const { pins, market, client, provider, claim, pin, goTo, opening, next } = fixture;
      const cancelled = await mined(end(fixture, client, "cancel", claim));
      const event = cancelled.logs
        .map((log) => market.interface.parseLog(log))
        .find((log) => log?.name === "SlotCancelled");
      const over = claim.firstWindow + Number(event!.args.end);
      await goTo((await opening(over - 1)) - 1n);
      await pin(client, FEE);
      await goTo(await opening(over - 1));
      await expect(pin(client, FEE)).to.be.revertedWithCustomError(pins, "PinReplicaOver").withArgs(over, over);
      expect(over).to.be.greaterThan(next);
      await runWindows(fixture, claim, [Number(event!.args.end), Number(event!.args.end)], () => false);
      await mined(as(market, provider).settleMany!([claim], 100));
      await mined(as(market, provider).release!(claim));
      await expect(pin(client, FEE)).to.be.revertedWithCustomError(pins, "ReplicaSlotNotActive");
    });
  });
});

describe("a deployment with fewer than four challenges", () => {
  it("refuses pins, because a quarter of its draws is none", async () => {
    const { addresses, client, claim } = await networkHelpers.loadFixture(given);
    const few = await ethers.deployContract("SpacetimeProofs", [
      { ...LOCAL_PARAMETERS.spacetime, genesis: 1n },
      ...[addresses.registry, addresses.market, await ethers.deployContract("VerifierMock", [3n, 9n])],
      ...[addresses.beacon, client],
    ]);
    const pins = await ethers.deployContract("AuditPins", [addresses.vault, addresses.market, few, FEE], client);
    await expect(pins.pin({ offer: claim.offer, firstWindow: claim.firstWindow }, FEE))
      .to.be.revertedWithCustomError(pins, "PinNoDraws")
      .withArgs(4, 3);
  });
});

describe("the first window that a lane ever has", () => {
  it("costs the least fee to pin, and not twice the nothing that nobody bid", async () => {
    const spacetimeLater = { ...LOCAL_PARAMETERS.spacetime, genesis: 10_000n };
    const fixture = await deployMarket(await network.create(), { spacetime: spacetimeLater });
    const { ethers: here, client, providers, addresses, spacetime } = fixture;
    const claim = (await openDeal(fixture, { client, providers: [providers[0]!] })).claims[0]!;
    expect(claim.firstWindow).to.equal(0);
    const pins = await here.getContractAt("AuditPins", addresses.pins, client);
    expect(await pins.leastFee(providers[0]!)).to.equal(FEE);
    const filling = { offer: claim.offer, firstWindow: 0 };
    await expect(pins.pin(filling, FEE - 1n)).to.be.revertedWithCustomError(pins, "PinFeeTooLow");
    await pins.pin(filling, FEE);
    expect(await spacetime.pinOf!(providers[0]!, 0)).to.equal(claim.offer.root);
    expect(await pins.leastFee(providers[0]!)).to.equal(2n * FEE);
  });
});
