import { expect } from "chai";
import { type Hex, numberToHex } from "viem";
import { type Bag, challengesOf, insert } from "../../../node/data/bag.ts";
import { challengeVector } from "../../../node/data/digest.ts";
import { deployProvenLane } from "./proven-lane.ts";

describe("submitProof of a pinned window, with real proofs", () => {
  let lane: Awaited<ReturnType<typeof deployProvenLane>>;
  before(async () => {
    lane = await deployProvenLane("dev");
  });
  after(async () => await lane.close());

  it("takes a proof of the pinned draws, and none of the draws as they would be without the pin", async () => {
    const { spacetime, market, provider, replicas, add, goTo, prove } = lane;
    await goTo((await spacetime.openingOf(provider, 1)) - 20n);
    await add(spacetime, provider, [13, 16], 1n);
    const bag: Bag = new Map();
    for (const { m, root } of replicas.values()) insert(bag, m, numberToHex(root, { size: 32 }));
    const [small] = bag.get(13)!;

    // One draw in nine falls on the small replica anyway, and then on the same element: such a window shows nothing.
    let window = 0;
    let unpinned: bigint[] = [];
    do {
      window++;
      await (spacetime.connect(market) as typeof spacetime).pin(provider, window, small!);
      await goTo((await spacetime.openingOf(provider, window)) + 2n);
      const seed = (await spacetime.seedOf(provider, window)) as Hex;
      unpinned = challengeVector(challengesOf(bag, seed, 4), 9);
    } while (unpinned[6] === BigInt(small!));
    const wrong = await prove(spacetime, provider, window, unpinned);
    await expect(spacetime.submitProof(provider, window, wrong.proof, wrong.c)).to.be.revertedWithCustomError(
      spacetime,
      "ProofInvalid",
    );
    const right = await prove(spacetime, provider, window);
    await spacetime.submitProof(provider, window, right.proof, right.c);
    expect(await spacetime.isProven(provider, window)).to.equal(true);
  });
});
