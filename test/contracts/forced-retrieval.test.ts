import { expect } from "chai";
import { network } from "hardhat";
import { bytesToHex } from "viem";
import { EXPOSED_PART } from "../../node/data/forced-retrieval.ts";
import { LOCAL_PARAMETERS } from "../../scripts/lib/parameters.ts";
import { as, firstWindowOf, mined, openDeal } from "./market/fixture.ts";
import { storeReplica } from "./support/replica.ts";
import { ANSWER_BLOCKS, dearestGroup, deployRetrievals, GROUPS } from "./support/retrievals.ts";
import { BUCKET, requireSolvent } from "./support/vault.ts";

const chain = await network.create();
const { networkHelpers, ethers } = chain;
const given = () => deployRetrievals(chain);
const TOKEN = 10n ** 18n;
const GROUP = 7;

async function requested() {
  const all = await given();
  const receipt = await mined(all.request(GROUP));
  return { ...all, answerBy: BigInt(receipt.blockNumber) + ANSWER_BLOCKS };
}

describe("ForcedRetrieval", () => {
  it("is deployed only with a penalty that pays for asking and that every provider's stake can bear", async () => {
    const { retrieval, addresses, bond } = await networkHelpers.loadFixture(given);
    const deploy = (changes: Partial<typeof LOCAL_PARAMETERS.retrieval>) =>
      ethers.deployContract("ForcedRetrieval", [
        ...[addresses.vault, addresses.market, addresses.registry, addresses.spacetime],
        { ...LOCAL_PARAMETERS.retrieval, ...changes },
      ]);
    const [bound, unitsPerGas]: bigint[] = [await retrieval.ANSWER_GAS!(), await retrieval.UNITS_PER_GAS!()];
    expect(bond).to.equal((bound! * unitsPerGas! * 125n) / 100n);
    const { minimumStake } = LOCAL_PARAMETERS.registry;
    for (const answerBlocks of [0n, 2n ** 32n + 1n]) {
      await expect(deploy({ answerBlocks })).to.be.revertedWithCustomError(retrieval, "RetrievalAnswerBlocks");
    }
    await expect(deploy({ penalty: 4n * bond - 1n }))
      .to.be.revertedWithCustomError(retrieval, "RetrievalPenaltyTooSmall")
      .withArgs(4n * bond, 4n * bond - 1n);
    const most = minimumStake / EXPOSED_PART;
    await expect(deploy({ penalty: most + 1n }))
      .to.be.revertedWithCustomError(retrieval, "RetrievalPenaltyAboveStake")
      .withArgs(most, most + 1n);
    await deploy({ penalty: 4n * bond });
    await deploy({ penalty: most });
    await deploy({ answerBlocks: 2n ** 32n });
  });

  describe("request", () => {
    it("locks the bond of whoever asks, for one group until one block", async () => {
      const { retrieval, provider, outsider, bond, penalty, state, request, id } =
        await networkHelpers.loadFixture(given);
      const before = await state();
      const answerBy = BigInt(await networkHelpers.time.latestBlock()) + 1n + ANSWER_BLOCKS;
      await expect(request(GROUP))
        .to.emit(retrieval, "GroupRequested")
        .withArgs(id(), provider.address, outsider.address, GROUP, answerBy);
      expect(await state()).to.deep.equal({ ...before, outsider: before.outsider - bond, bonds: bond });
      expect(await retrieval.requestOf!(id())).to.deep.equal([outsider.address, answerBy, BigInt(GROUP)]);
      expect(await retrieval.exposureOf!(provider.address)).to.equal(penalty);
    });

    it("is one at a time for a replica, and says until when", async () => {
      const { retrieval, deployer, outsider, request, answerBy, otherStored } =
        await networkHelpers.loadFixture(requested);
      for (const requester of [deployer, outsider]) {
        await expect(request(0, undefined, requester))
          .to.be.revertedWithCustomError(retrieval, "RetrievalAlreadyRequested")
          .withArgs(answerBy);
      }
      await request(0, otherStored.claim);
    });

    it("asks for groups that the replica has, and for replicas that the market has", async () => {
      const { retrieval, offer, stored, request } = await networkHelpers.loadFixture(given);
      await expect(request(GROUPS))
        .to.be.revertedWithCustomError(retrieval, "RetrievalGroupOutside")
        .withArgs(GROUPS, GROUPS);
      await expect(
        request(0, { ...stored.claim, offer: { ...offer, dataRoot: offer.root } }),
      ).to.be.revertedWithCustomError(retrieval, "ReplicaWrongFilling");
      await request(GROUPS - 1);
    });

    it("is refused once nobody pays for the bytes any more, though the slot was not released", async () => {
      const all = await networkHelpers.loadFixture(given);
      const { retrieval, client, provider, spacetime, market, goTo, request } = all;
      const terms = { windows: 3, maxMisses: 3, coolingOff: 0, minWindows: 0, cancelFeeWindows: 0 };
      const { claims } = await openDeal(all, { client, providers: [provider], terms });
      const claim = claims[0]!;
      const first = await firstWindowOf(all, claim);
      const close: bigint = await spacetime.closeOf!(provider.address, first + 2);
      await goTo(close - 1n);
      await retrieval.request!.staticCall(claim, 0);
      await goTo(close + 1n);
      await expect(request(0, claim))
        .to.be.revertedWithCustomError(retrieval, "RetrievalReplicaOver")
        .withArgs(first + 3, first + 3);
      await market.settle!(claim, 3);
      await market.release!(claim);
      await expect(request(0, claim)).to.be.revertedWithCustomError(retrieval, "ReplicaSlotNotActive").withArgs(2);
    });

    it("is refused for a slot that its client left before the first window, though an earlier one of the lane is open", async () => {
      const all = await networkHelpers.loadFixture(given);
      const { retrieval, client, provider, spacetime, market, goTo, request } = all;
      const opening: bigint = await spacetime.openingOf!(
        provider.address,
        await spacetime.nextOpening!(provider.address, await networkHelpers.time.latestBlock()),
      );
      await goTo(opening + 1n);
      const terms = { windows: 10, maxMisses: 3, coolingOff: 5, minWindows: 0, cancelFeeWindows: 0 };
      const { claims } = await openDeal(all, { client, providers: [provider], terms });
      const claim = claims[0]!;
      await as(market, client).drop!(claim, claim.salt, claim.terms);
      await expect(request(0, claim)).to.be.revertedWithCustomError(retrieval, "RetrievalReplicaOver");
    });

    it("needs the bond", async () => {
      const { vault, outsider, bond, state, request } = await networkHelpers.loadFixture(given);
      await as(vault, outsider).withdraw!((await state()).outsider - bond + 1n, outsider);
      await expect(request(0)).to.be.revertedWithCustomError(vault, "VaultInsufficientFree");
    });
  });

  describe("answer", () => {
    it("puts the bytes where everybody reads them and pays the bond to the provider", async () => {
      const { retrieval, replica, provider, bond, state, answer, answerBy, goTo, id } =
        await networkHelpers.loadFixture(requested);
      const before = await state();
      await goTo(answerBy);
      await expect(answer(GROUP))
        .to.emit(retrieval, "GroupAnswered")
        .withArgs(id(), provider.address, GROUP, bytesToHex(replica.groups[GROUP]!));
      expect(await state()).to.deep.equal({ ...before, provider: before.provider + bond, bonds: 0n });
      expect(await retrieval.exposureOf!(provider.address)).to.equal(0n);
      await expect(answer(GROUP)).to.be.revertedWithCustomError(retrieval, "RetrievalNotRequested").withArgs(id());
    });

    it("pays the provider and not whoever copied its answer out of the queue", async () => {
      const { other, bond, vault, state, answer } = await networkHelpers.loadFixture(requested);
      const [before, thief]: [Awaited<ReturnType<typeof state>>, bigint] = [await state(), await vault.freeOf!(other)];
      await answer(GROUP, { sender: other });
      expect((await state()).provider).to.equal(before.provider + bond);
      expect(await vault.freeOf!(other)).to.equal(thief);
    });

    it("is none after the last block", async () => {
      const { retrieval, answer, answerBy, goTo, state } = await networkHelpers.loadFixture(requested);
      const before = await state();
      await goTo(answerBy + 1n);
      await expect(answer(GROUP))
        .to.be.revertedWithCustomError(retrieval, "RetrievalTooLate")
        .withArgs(answerBy, answerBy + 1n);
      expect(await state()).to.deep.equal(before);
    });

    it("is none with another replica's group, another group, or bytes that are no group", async () => {
      const { retrieval, offer, otherStored, replica, otherReplica, answer, provider, state } =
        await networkHelpers.loadFixture(requested);
      const before = await state();
      await expect(answer(GROUP, { bytes: otherReplica })).to.be.revertedWithCustomError(
        retrieval,
        "RetrievalWrongGroup",
      );
      await expect(answer(GROUP, { of: otherStored.offer, bytes: otherReplica })).to.be.revertedWithCustomError(
        retrieval,
        "RetrievalNotRequested",
      );
      await expect(answer(GROUP + 1)).to.be.revertedWithCustomError(retrieval, "RetrievalWrongGroup");
      await expect(answer(GROUP - 1)).to.be.revertedWithCustomError(retrieval, "RetrievalWrongGroup");
      await expect(as(retrieval, provider).answer!(offer, replica.groups[GROUP]!.subarray(1), []))
        .to.be.revertedWithCustomError(retrieval, "RetrievalWrongLength")
        .withArgs(15_872, 15_871);
      expect(await state()).to.deep.equal(before);
    });

    it("of the dearest group earns more than its gas at the bound, and the bond is no more than it says", async () => {
      const all = await networkHelpers.loadFixture(given);
      const { client, provider, registry, retrieval, bond, request } = all;
      await as(registry, provider).stake!(200n * TOKEN);
      const { group, path, groups, dataRoot } = dearestGroup();
      const replica = { groups: { length: groups, [groups - 1]: group }, leaves: [], dataRoot };
      const one = await storeReplica(all, replica as never, client, provider);
      const { offer } = one;
      expect(offer.m).to.equal(27);
      await request(groups - 1, one.claim);
      const { gasUsed } = await mined(as(retrieval, provider).answer!(offer, group, path));
      const [bound, unitsPerGas]: bigint[] = [await retrieval.ANSWER_GAS!(), await retrieval.UNITS_PER_GAS!()];
      expect(gasUsed <= bound!).to.equal(true);
      expect(gasUsed > (bound! * 95n) / 100n).to.equal(true);
      expect(bond - gasUsed * unitsPerGas! >= (gasUsed * unitsPerGas!) / 4n).to.equal(true);
    });
  });

  describe("silence", () => {
    it("costs the provider the penalty: a quarter is the requester's, who has the bond back, the rest burns", async () => {
      const { retrieval, vault, token, offer, provider, outsider, bond, penalty, state, answerBy, goTo, id } =
        await networkHelpers.loadFixture(requested);
      const before = await state();
      await goTo(answerBy);
      await expect(retrieval.expire!(offer))
        .to.be.revertedWithCustomError(retrieval, "RetrievalTooEarly")
        .withArgs(answerBy, answerBy);
      await goTo(answerBy + 1n);
      await expect(retrieval.expire!(offer))
        .to.emit(retrieval, "GroupWithheld")
        .withArgs(id(), provider.address, outsider.address, GROUP, penalty);
      expect(await state()).to.deep.equal({
        ...{ provider: before.provider, outsider: before.outsider + bond + penalty / 4n },
        ...{ stake: before.stake - penalty, burned: before.burned + (penalty * 3n) / 4n, bonds: 0n },
      });
      await expect(retrieval.expire!(offer)).to.be.revertedWithCustomError(retrieval, "RetrievalNotRequested");
      expect(await retrieval.exposureOf!(provider.address)).to.equal(0n);
      await requireSolvent(vault, token);
    });

    it("costs it at every request, until nothing is left to prove on", async () => {
      const all = await networkHelpers.loadFixture(given);
      const { retrieval, registry, spacetime, client, providers, replica, goTo, request } = all;
      const silent = providers[2]!;
      const own = as(registry, silent);
      await own.requestUnstake!(9n * TOKEN);
      await networkHelpers.mine(61);
      await own.withdrawStake!();
      // 32 misses of 2^20 elements are the one token that is left, and 4 are an eighth.
      const one = await storeReplica(all, replica, client, silent, { m: 20 });
      const { offer } = one;
      for (let left = 9n; left >= 1n; left--) {
        expect((await spacetime.lane!(silent.address)).suspended).to.equal(false);
        const { blockNumber } = await mined(request(0, one.claim, client));
        await goTo(BigInt(blockNumber) + ANSWER_BLOCKS + 1n);
        await retrieval.expire!(offer);
        expect(await registry.stakeOf!(silent.address)).to.equal((left * TOKEN) / 10n);
      }
      expect((await spacetime.lane!(silent.address)).suspended).to.equal(true);
    });

    it("is not escaped by leaving: what a request may cost stays until it is answered", async () => {
      const all = await networkHelpers.loadFixture(given);
      const { registry, spacetime, market, provider, stored, offer, penalty, request, answer, goTo } = all;
      const own = as(registry, provider);
      await own.requestUnstake!(10n * TOKEN);
      await networkHelpers.mine(61);
      const { blockNumber } = await mined(request(GROUP));
      // It gives the slot up, and its replica leaves the bag, before the answer is due.
      await as(market, provider).forfeit!(stored.claim);
      const { end } = await market.slotOf!(offer.dealKey, offer.slot);
      const first = await firstWindowOf(all, stored.claim);
      await goTo((await spacetime.closeOf!(provider.address, first + Number(end) - 1)) + 1n);
      const { settled } = await market.slotOf!(offer.dealKey, offer.slot);
      if (settled < end) await market.settle!(stored.claim, end);
      await market.release!(stored.claim);
      expect(await spacetime.weightOf!(provider.address)).to.equal(0n);
      expect(BigInt(await networkHelpers.time.latestBlock()) < BigInt(blockNumber) + ANSWER_BLOCKS).to.equal(true);

      await own.withdrawStake!();
      expect(await registry.stakeOf!(provider.address)).to.equal(penalty);
      await own.requestUnstake!(penalty);
      await answer(GROUP);
      await networkHelpers.mine(61);
      await own.withdrawStake!();
      expect(await registry.stakeOf!(provider.address)).to.equal(0n);
    });

    it("is not escaped by ending the slot", async () => {
      const { retrieval, market, client, stored, offer, penalty, state, answerBy, goTo } =
        await networkHelpers.loadFixture(requested);
      await as(market, client).drop!(stored.claim, stored.claim.salt, stored.claim.terms);
      const before = await state();
      await goTo(answerBy + 1n);
      await retrieval.expire!(offer);
      expect((await state()).stake).to.equal(before.stake - penalty);
    });

    it("does not pay a provider that asks itself", async () => {
      const { retrieval, provider, offer, penalty, state, request, goTo } = await networkHelpers.loadFixture(given);
      const before = await state();
      const { blockNumber } = await mined(request(0, undefined, provider));
      await goTo(BigInt(blockNumber) + ANSWER_BLOCKS + 1n);
      await retrieval.expire!(offer);
      const after = await state();
      expect(after.provider + after.stake - before.provider - before.stake).to.equal((-penalty * 3n) / 4n);
    });

    it("is judged by the forced retrieval alone", async () => {
      const { registry, retrieval, provider, outsider } = await networkHelpers.loadFixture(given);
      for (const caller of [outsider, provider]) {
        await expect(as(registry, caller).penalise!(provider.address, 1n, caller.address))
          .to.be.revertedWithCustomError(registry, "RegistryNotRetrieval")
          .withArgs(await retrieval.getAddress(), caller.address);
      }
    });
  });

  describe("a requester that spams", () => {
    it("pays an honest provider a bond for every request, and loses it", async () => {
      const { bond, state, request, answer } = await networkHelpers.loadFixture(given);
      const before = await state();
      for (let group = 0; group < 10; group++) {
        await request(group);
        await answer(group);
      }
      const after = await state();
      expect(after.outsider - before.outsider).to.equal(-10n * bond);
      expect(after.provider - before.provider).to.equal(10n * bond);
      expect(after.stake).to.equal(before.stake);
    });

    it("cannot shield a provider from the replica's client, by asking for what the provider shows", async () => {
      const { retrieval, vault, client, provider, offer, bond, penalty, state, request, answer, goTo, id } =
        await networkHelpers.loadFixture(given);
      const before = await state();
      await request(0, undefined, provider);
      await expect(request(GROUP, undefined, client))
        .to.emit(retrieval, "RequestDisplaced")
        .withArgs(id(), provider.address);
      expect((await state()).bonds).to.equal(bond);
      expect((await state()).provider).to.equal(before.provider);
      expect(await retrieval.exposureOf!(provider.address)).to.equal(penalty);
      await expect(answer(0)).to.be.revertedWithCustomError(retrieval, "RetrievalWrongGroup");
      await expect(request(0, undefined, provider)).to.be.revertedWithCustomError(
        retrieval,
        "RetrievalAlreadyRequested",
      );
      await expect(request(0, undefined, client)).to.be.revertedWithCustomError(retrieval, "RetrievalAlreadyRequested");
      const free: bigint = await vault.freeOf!(client);
      const { answerBy } = await retrieval.requestOf!(id());
      await goTo(answerBy + 1n);
      await retrieval.expire!(offer);
      expect((await vault.freeOf!(client)) - free).to.equal(bond + penalty / 4n);
      expect((await state()).stake).to.equal(before.stake - penalty);
    });

    it("makes way for the client up to its last block", async () => {
      const { retrieval, client, request, answerBy, goTo, id, outsider } = await networkHelpers.loadFixture(requested);
      await goTo(answerBy);
      await expect(request(0, undefined, client))
        .to.emit(retrieval, "RequestDisplaced")
        .withArgs(id(), outsider.address);
    });

    it("leaves no client the power to forgive a silence that is over", async () => {
      const { retrieval, client, request, answerBy, goTo } = await networkHelpers.loadFixture(requested);
      await goTo(answerBy + 1n);
      await expect(request(0, undefined, client))
        .to.be.revertedWithCustomError(retrieval, "RetrievalAlreadyRequested")
        .withArgs(answerBy);
    });

    it("cannot keep a request alive: it ends with the answer or after its blocks", async () => {
      const { retrieval, offer, request, answerBy, goTo } = await networkHelpers.loadFixture(requested);
      await goTo(answerBy + 1n);
      await expect(request(0)).to.be.revertedWithCustomError(retrieval, "RetrievalAlreadyRequested");
      await retrieval.expire!(offer);
      await request(0);
    });
  });
  it("holds bonds only", async () => {
    const { vault, retrieval, bond } = await networkHelpers.loadFixture(requested);
    for (const bucket of Object.values(BUCKET)) {
      if (bucket !== BUCKET.Accounts) {
        expect(await vault.held!(retrieval, bucket)).to.equal(bucket === BUCKET.Bonds ? bond : 0n);
      }
    }
  });
});
