import { expect } from "chai";
import { SCALAR_FIELD } from "../../../node/data/digest.ts";
import { WINDOW_LENGTH } from "./fixture.ts";
import { deployProvenLane } from "./proven-lane.ts";

/** Order of the curve's base field: a point's negative is (x, Q - y). */
const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

describe("submitProof, with real proofs", () => {
  let lane: Awaited<ReturnType<typeof deployProvenLane>>;
  before(async () => {
    lane = await deployProvenLane();
    const { spacetime, sibling, provider, outsider, add } = lane;
    await add(spacetime, provider, [13, 14, 15, 13], 1n);
    await add(sibling, provider, [13, 14, 15, 13], 1n);
    await add(spacetime, outsider, [13, 14, 15, 13], 1n);
  });
  after(() => lane.close());

  it("sets the provider's bit, whoever submits", async () => {
    const { spacetime, provider, outsider, prove } = lane;
    const { proof, c } = await prove(spacetime, provider, 3);
    const asOutsider = spacetime.connect(outsider) as typeof spacetime;
    await expect(asOutsider.submitProof(provider, 3, proof, c))
      .to.emit(spacetime, "SpacetimeProven")
      .withArgs(provider, 3, outsider);
    expect(await spacetime.isProven(provider, 3)).to.equal(true);
    expect(await spacetime.isProven(outsider, 3)).to.equal(false);
    expect(await spacetime.provenWord(provider, 0)).to.equal(1n << 3n);
  });

  it("gives no second bit or event for the same proof, a negated one, or another proof of the window", async () => {
    const { spacetime, provider, prove } = lane;
    const { proof, c } = await prove(spacetime, provider, 4);
    const other = await prove(spacetime, provider, 4); // Groth16 proofs are randomised
    expect(other.proof).not.to.deep.equal(proof);
    await spacetime.submitProof(provider, 4, proof, c);
    const word = await spacetime.provenWord(provider, 0);
    const [ax, ay, bxi, bxr, byi, byr, cx, cy] = proof;
    const negated = [ax, Q - ay, bxi, bxr, Q - byi, Q - byr, cx, cy];
    for (const again of [proof, other.proof, negated]) {
      await expect(spacetime.submitProof(provider, 4, again, c))
        .to.be.revertedWithCustomError(spacetime, "WindowAlreadyProven")
        .withArgs(provider, 4);
    }
    expect(await spacetime.provenWord(provider, 0)).to.equal(word);
  });

  it("takes the negated proof in the first one's place: that is the same statement, and the bit is the same", async () => {
    const { spacetime, provider, prove } = lane;
    const { proof, c } = await prove(spacetime, provider, 5);
    const [ax, ay, bxi, bxr, byi, byr, cx, cy] = proof;
    await spacetime.submitProof(provider, 5, [ax, Q - ay, bxi, bxr, Q - byi, Q - byr, cx, cy], c);
    expect(await spacetime.isProven(provider, 5)).to.equal(true);
  });

  it("refuses a proof in another window, for another lane with the same replicas, and in another contract", async () => {
    const { spacetime, sibling, provider, outsider, prove, goTo } = lane;
    const { proof, c } = await prove(spacetime, provider, 6);
    await expect(sibling.submitProof(provider, 6, proof, c)).to.be.revertedWithCustomError(sibling, "ProofInvalid");
    await goTo((await spacetime.openingOf(outsider, 7)) + 1n);
    await expect(spacetime.submitProof(outsider, 7, proof, c)).to.be.revertedWithCustomError(spacetime, "ProofInvalid");
    await goTo((await spacetime.openingOf(provider, 8)) + 1n);
    await expect(spacetime.submitProof(provider, 8, proof, c)).to.be.revertedWithCustomError(spacetime, "ProofInvalid");
    for (const window of [6, 7, 8]) expect(await spacetime.isProven(provider, window)).to.equal(false);
    expect(await spacetime.isProven(outsider, 7)).to.equal(false);
    expect(await sibling.isProven(provider, 6)).to.equal(false);
  });

  it("refuses every changed word and c + p", async () => {
    const { spacetime, provider, prove } = lane;
    const { proof, c } = await prove(spacetime, provider, 9);
    for (let i = 0; i < 8; i++) {
      const changed = proof.map((word, k) => (k === i ? word + 1n : word));
      await expect(spacetime.submitProof(provider, 9, changed, c)).to.be.revertedWithCustomError(
        spacetime,
        "ProofInvalid",
      );
    }
    await expect(spacetime.submitProof(provider, 9, proof, c + 1n)).to.be.revertedWithCustomError(
      spacetime,
      "ProofInvalid",
    );
    await expect(spacetime.submitProof(provider, 9, proof, c + SCALAR_FIELD))
      .to.be.revertedWithCustomError(spacetime, "ProofNotAFieldElement")
      .withArgs(c + SCALAR_FIELD);
    await spacetime.submitProof(provider, 9, proof, c);
  });

  it("takes the proof from the block after the opening to the close, and never outside", async () => {
    const { spacetime, provider, networkHelpers, prove, goTo } = lane;
    const { proof, c } = await prove(spacetime, provider, 10);
    const opening = await spacetime.openingOf(provider, 10);
    const snapshot = await networkHelpers.takeSnapshot();
    await goTo(opening + WINDOW_LENGTH + 1n);
    await expect(spacetime.submitProof(provider, 10, proof, c))
      .to.be.revertedWithCustomError(spacetime, "WindowNotOpen")
      .withArgs(opening, opening + WINDOW_LENGTH, opening + WINDOW_LENGTH + 1n);
    await snapshot.restore();
    await goTo(opening + WINDOW_LENGTH);
    await spacetime.submitProof(provider, 10, proof, c);
    expect(await spacetime.isProven(provider, 10)).to.equal(true);

    await goTo(await spacetime.openingOf(provider, 11));
    await expect(spacetime.submitProof(provider, 11, proof, c)).to.be.revertedWithCustomError(
      spacetime,
      "WindowNotOpen",
    );
    await expect(spacetime.seedOf(provider, 12)).to.be.revert(lane.ethers);
  });

  it("answers for a window with the bag of its opening after more was added", async () => {
    const { spacetime, provider, add, goTo, prove } = lane;
    await goTo((await spacetime.openingOf(provider, 12)) + 1n);
    await add(spacetime, provider, [15, 15, 15], 100n);
    const { proof, c } = await prove(spacetime, provider, 12);
    await spacetime.submitProof(provider, 12, proof, c);
    expect(await spacetime.isProven(provider, 12)).to.equal(true);
  });
});
