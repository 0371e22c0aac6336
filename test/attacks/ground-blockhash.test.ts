import { expect } from "chai";
import { encodeAbiParameters, fromRlp, type Hex, keccak256, numberToHex, toRlp } from "viem";
import { type Bag, countsOf, draw, insert } from "../../node/data/bag.ts";
import { openChain } from "../contracts/beacons/support.ts";
import { deployLane, GOOD_PROOF, rootOf, WINDOW_LENGTH } from "../contracts/spacetime/fixture.ts";

const K = 16;
const WINDOW = 7;
const EXTRA_DATA = 12;
const PREV_RANDAO = 13;
const ADDRESS = "0x00000000000000000000000000000000000000A1";

/** A lane of ten replicas of one size; its provider, who builds the opening block, has lost `lost` of them. */
function lane(lost: number) {
  const bag: Bag = new Map();
  for (let i = 1; i <= 10; i++) insert(bag, 13, numberToHex(i, { size: 32 }));
  const counts = countsOf(bag);
  /** As SpacetimeProofs makes a window's seed. */
  const seedOf = (randomness: Hex): Hex =>
    keccak256(
      encodeAbiParameters(
        [{ type: "bytes32" }, { type: "address" }, { type: "uint40" }],
        [randomness, ADDRESS, WINDOW],
      ),
    );
  return (randomness: Hex): boolean => {
    const seed = seedOf(randomness);
    for (let j = 0; j < K; j++) if (draw(seed, j, counts).index < lost) return false;
    return true;
  };
}

/** A block that its builder is free to publish: the same but for 8 bytes of text. */
function variant(fields: readonly Hex[], attempt: number): { header: Hex; hash: Hex } {
  const header = toRlp(fields.with(EXTRA_DATA, numberToHex(attempt, { size: 8 })));
  return { header, hash: keccak256(header) };
}

describe("attack: grinding by a block builder that has lost 3 of its 10 replicas", () => {
  const answersAll = lane(3);
  let fields: Hex[];

  before(async () => {
    const { headerAt, mineWith } = await openChain(new Date("2026-01-01"));
    fields = fromRlp(await headerAt(await mineWith(keccak256("0x01"))), "hex") as Hex[];
  });

  it("finds, among a few hundred texts in the block, a blockhash that asks for none of them, and can prove its window", () => {
    const started = performance.now();
    let attempts = 1;
    while (!answersAll(variant(fields, attempts).hash)) attempts++;
    const milliseconds = performance.now() - started;
    // One in 0.7^-16 = 301 seeds: what should happen once in 301 windows happens whenever it likes.
    expect(attempts).to.be.below(5_000);
    expect(Math.round(milliseconds)).to.be.below(10_000);
  });

  it("gets one draw in 301 from prevrandao, whatever it writes into its block", () => {
    const first = (fromRlp(variant(fields, 0).header, "hex") as Hex[])[PREV_RANDAO];
    for (let attempt = 1; attempt <= 500; attempt++) {
      expect((fromRlp(variant(fields, attempt).header, "hex") as Hex[])[PREV_RANDAO]).to.equal(first);
    }
    const windows = 6_000;
    let lucky = 0;
    for (let i = 0; i < windows; i++) if (answersAll(keccak256(numberToHex(i, { size: 32 })))) lucky++;
    const expected = windows * 0.7 ** K;
    expect(lucky).to.be.closeTo(Math.round(expected), Math.round(4 * Math.sqrt(expected)));
  });

  it("keeps its whole stake over five windows where the beacon is the blockhash, though it lost 1 of 10: why public chains get another", async () => {
    const { asMarket, asOutsider, registry, spacetime, rpc, networkHelpers, provider, goTo, opening } =
      await deployLane({
        K,
      });
    for (let n = 0; n < 10; n++) await asMarket.add(provider, 13, rootOf(n));
    const first = Number(await spacetime.nextOpening(provider, await networkHelpers.time.latestBlock()));
    const stake = await registry.stakeOf(provider);
    let tries = 0;
    for (let window = first; window < first + 5; window++) {
      await goTo(await opening(BigInt(window)));
      const time = await networkHelpers.time.latest();
      for (let delay = 1; ; delay++) {
        const snapshot = await networkHelpers.takeSnapshot();
        tries++;
        // The block of the opening, at another second: that is all it changes.
        await rpc.request({ method: "evm_setNextBlockTimestamp", params: [time + delay] });
        await networkHelpers.mine(2);
        const vector: bigint[] = [...(await spacetime.challengesOf(provider, window))];
        if (!vector.includes(BigInt(rootOf(0)))) break;
        await snapshot.restore();
      }
      await spacetime.submitProof(provider, window, GOOD_PROOF, 5);
    }
    await goTo((await opening(BigInt(first + 4))) + WINDOW_LENGTH + 1n);
    await asOutsider.account(provider, 10);
    expect(stake - (await registry.stakeOf(provider))).to.equal(0n);
    // Five windows in a row without a miss happen once in 4,500 times to who does not choose.
    expect(tries).to.be.lessThan(200);
  });
});
