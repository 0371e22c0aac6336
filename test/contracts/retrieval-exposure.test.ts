import { expect } from "chai";
import { network } from "hardhat";
import { mostOpenRequests, retrievalIdOf } from "../../node/data/forced-retrieval.ts";
import { claimAfter, signExtension } from "./market/changes.ts";
import { as, FUNDS, mined } from "./market/fixture.ts";
import { storedReplica, storeReplica } from "./support/replica.ts";
import { ANSWER_BLOCKS, deployRetrievals } from "./support/retrievals.ts";

const chain = await network.create();
const { networkHelpers } = chain;
const TOKEN = 10n ** 18n;
const STAKE = (24n * TOKEN) / 10n; // three penalties of a tenth are an eighth of it

/** A provider with six replicas of the client and a stake that answers for three strangers' requests. */
async function given() {
  const all = await deployRetrievals(chain);
  const { client, registry, providers } = all;
  const many = providers[3]!;
  const own = as(registry, many);
  await own.requestUnstake!(10n * TOKEN - STAKE);
  await networkHelpers.mine(60);
  await own.withdrawStake!();
  const bytes = Array.from({ length: 6 }, (_, seed) => storedReplica(2, 10 + seed));
  const stored = [];
  for (const replica of bytes) stored.push(await storeReplica(all, replica, client, many));
  return { ...all, many, own, bytes, claims: stored.map(({ claim }) => claim) };
}

describe("what requests may cost of a provider's stake", () => {
  it("is an eighth for strangers: of six replicas they ask for three at once, and for more as these are answered", async () => {
    const { retrieval, request, answer, many, claims, bytes, outsider, deployer, penalty } =
      await networkHelpers.loadFixture(given);
    const most = mostOpenRequests(STAKE, penalty);
    expect(most).to.equal(3n);
    await request(0, claims[0]);
    await request(0, claims[1], deployer);
    await request(0, claims[2]);
    for (const stranger of [outsider, deployer, many]) {
      await expect(request(0, claims[3], stranger))
        .to.be.revertedWithCustomError(retrieval, "RetrievalTooManyOpen")
        .withArgs(most, 4n);
    }
    expect(await retrieval.exposureOf!(many.address)).to.equal(3n * penalty);
    await answer(0, { of: claims[1]!.offer, bytes: bytes[1]! });
    await request(1, claims[3]);
  });

  it("shrinks with the stake: each silence makes room for less", async () => {
    const { retrieval, request, claims, goTo, registry, many, penalty } = await networkHelpers.loadFixture(given);
    const { blockNumber } = await mined(request(0, claims[0]));
    await goTo(BigInt(blockNumber) + ANSWER_BLOCKS + 1n);
    await retrieval.expire!(claims[0]!.offer);
    const stake: bigint = await registry.stakeOf!(many);
    expect(stake).to.equal(STAKE - penalty);
    await request(0, claims[1]);
    await request(0, claims[2]);
    await expect(request(0, claims[3]))
      .to.be.revertedWithCustomError(retrieval, "RetrievalTooManyOpen")
      .withArgs(mostOpenRequests(stake, penalty), 3n);
  });

  it("costs an honest provider that answers none of it an eighth of its stake at most, whoever asks for everything", async () => {
    const { retrieval, request, claims, goTo, registry, many } = await networkHelpers.loadFixture(given);
    let block = 0;
    for (const claim of claims) {
      const sent = await request(0, claim).catch(() => undefined);
      if (sent !== undefined) block = (await mined(Promise.resolve(sent))).blockNumber;
    }
    await goTo(BigInt(block) + ANSWER_BLOCKS + 1n);
    for (const { offer } of claims) await retrieval.expire!(offer).catch(() => undefined);
    expect(STAKE - ((await registry.stakeOf!(many)) as bigint)).to.equal(STAKE / 8n);
  });

  it("is an eighth of one answer time's silence also for a client, as anybody is by deals for dust, however late it is judged", async () => {
    const { retrieval, request, claims, client, goTo, registry, many, vault } = await networkHelpers.loadFixture(given);
    const lost = async () => STAKE - ((await registry.stakeOf!(many)) as bigint);
    /** Six requests that are due in one stretch of answer times. */
    const askForAll = async () => {
      const now = BigInt(await networkHelpers.time.latestBlock());
      await goTo((now / ANSWER_BLOCKS + 1n) * ANSWER_BLOCKS);
      for (const claim of claims) await request(0, claim, client);
      await goTo(BigInt(await networkHelpers.time.latestBlock()) + ANSWER_BLOCKS + 1n);
    };
    const free: bigint = await vault.freeOf!(client);
    await askForAll();
    for (const { offer } of claims.slice(0, 4)) await retrieval.expire!(offer);
    expect(await lost()).to.equal(STAKE / 8n);
    await networkHelpers.mine(10n * ANSWER_BLOCKS);
    for (const { offer } of claims.slice(4)) await retrieval.expire!(offer);
    expect(await lost()).to.equal(STAKE / 8n);
    // The bonds came back, and a quarter of what was taken with them.
    expect((await vault.freeOf!(client)) - free).to.equal(STAKE / 32n);

    await askForAll();
    for (const { offer } of claims) await retrieval.expire!(offer);
    expect(await lost()).to.equal(STAKE / 8n + (STAKE - STAKE / 8n) / 8n);
  });

  it("is a whole penalty at least, or who has lost most of its stake could be silent for nothing", async () => {
    const { retrieval, request, claims, client, goTo, registry, many, penalty } =
      await networkHelpers.loadFixture(given);
    const stakeOf = async (): Promise<bigint> => await registry.stakeOf!(many);
    while ((await stakeOf()) / 8n >= penalty) {
      for (const claim of claims) await request(0, claim, client);
      await goTo(BigInt(await networkHelpers.time.latestBlock()) + ANSWER_BLOCKS + 1n);
      for (const { offer } of claims) await retrieval.expire!(offer);
    }
    const before = await stakeOf();
    await request(0, claims[0], client);
    await goTo(BigInt(await networkHelpers.time.latestBlock()) + ANSWER_BLOCKS + 1n);
    await retrieval.expire!(claims[0]!.offer);
    expect(before - (await stakeOf())).to.equal(penalty);
  });

  it("does not keep the replicas' client from asking, for each of them once", async () => {
    const { retrieval, request, claims, client, many, penalty } = await networkHelpers.loadFixture(given);
    for (const claim of claims) await request(1, claim, client);
    expect(await retrieval.exposureOf!(many.address)).to.equal(6n * penalty);
    await expect(request(0, claims[0], client)).to.be.revertedWithCustomError(retrieval, "RetrievalAlreadyRequested");
  });

  it("leaves the client the place of a stranger's request, which is no further one", async () => {
    const { retrieval, request, claims, client, many, penalty } = await networkHelpers.loadFixture(given);
    for (const claim of claims.slice(0, 3)) await request(0, claim);
    await expect(request(1, claims[0], client)).to.emit(retrieval, "RequestDisplaced");
    expect(await retrieval.exposureOf!(many.address)).to.equal(3n * penalty);
  });
});

describe("a request", () => {
  it("names the replica and not its offer: an extension neither hides it nor lets a second one open", async () => {
    const all = await networkHelpers.loadFixture(given);
    const { retrieval, market, request, answer, claims, bytes, client, many, bond, vault } = all;
    const claim = claims[0]!;
    await request(1, claim);
    const id = retrievalIdOf(claim.offer);
    expect(await retrieval.idOf!(claim.offer)).to.equal(id);
    const until = claim.firstWindow + 60;
    const signed = await signExtension(all, many, claim, { until, price: claim.offer.price + 1n });
    const longer = claimAfter(all, claim, await mined(as(market, client).extend!(claim, signed, FUNDS)));
    expect(retrievalIdOf(longer.offer)).to.equal(id);
    await expect(request(0, longer)).to.be.revertedWithCustomError(retrieval, "RetrievalAlreadyRequested");
    await expect(request(0, claim)).to.be.revertedWithCustomError(retrieval, "ReplicaWrongFilling");
    const free: bigint = await vault.freeOf!(many);
    await answer(1, { of: longer.offer, bytes: bytes[0]! });
    expect((await vault.freeOf!(many)) - free).to.equal(bond);
    await request(0, longer);
  });

  it("is answered for the dataRoot that the market knew, whatever dataRoot or length an offer claims now", async () => {
    const { retrieval, request, answer, claims, bytes } = await networkHelpers.loadFixture(given);
    const { offer } = claims[0]!;
    await request(0, claims[0]);
    for (const change of [{ dataRoot: claims[1]!.offer.dataRoot }, { groups: 1 }, { root: claims[1]!.offer.root }]) {
      await expect(answer(0, { of: { ...offer, ...change }, bytes: bytes[1]! })).to.be.revertedWithCustomError(
        retrieval,
        "RetrievalNotRequested",
      );
    }
    await answer(0, { of: { ...offer, price: 0n, expiry: 0 }, bytes: bytes[0]! });
  });
});
