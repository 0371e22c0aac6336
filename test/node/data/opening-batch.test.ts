import { expect } from "chai";
import { type CommitmentTree, createCommitmentBuilder, rootOf } from "../../../node/data/commitment.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { GROUP_BYTES } from "../../../node/data/layout.ts";
import { openElement, verifyOpening } from "../../../node/data/opening.ts";
import { findWrongOpening } from "../../../node/data/opening-batch.ts";
import { decodeOpening, encodeOpening, type OpeningBytes } from "../../../node/data/opening-codec.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";

const GROUPS = 40;
/** Neighbours that share every row, one, or none but the root's; one twice; the last. */
const INDICES = [0, 1, 9, 64, 511, 512, 5_000, 5_000, 12_345, 40 * 512 - 1, 2 ** 15 - 1];

describe("openings held to one root together", () => {
  const hash = createPoseidon8();
  const bytes = pattern(GROUPS * GROUP_BYTES, 9);
  let tree: CommitmentTree;
  let openings: OpeningBytes[];
  const find = (indices: readonly number[], list: readonly OpeningBytes[], root = rootOf(tree)) =>
    findWrongOpening(hash, root, tree.m, indices, list);

  before(async () => {
    const builder = createCommitmentBuilder(hash, GROUPS);
    builder.append(hash.groupNodes(bytes));
    tree = builder.finish();
    const read = (group: number) => bytes.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES);
    openings = await Promise.all(
      INDICES.map(async (index) => encodeOpening(await openElement(hash, tree, index, read))),
    );
  });

  it("are right where each alone is", () => {
    for (const [i, index] of INDICES.entries()) {
      expect(verifyOpening(hash, rootOf(tree), tree.m, decodeOpening(tree.m, index, openings[i]!))).to.equal(true);
    }
    expect(find(INDICES, openings)).to.equal(undefined);
    expect(find([], [])).to.equal(undefined);
  });

  it("name the one with a flipped bit, in every row and in the leaf", () => {
    for (const i of INDICES.keys()) {
      const { leaf, rows } = openings[i]!;
      const wrong: OpeningBytes[] = [
        { leaf: flipBit(leaf, 247), rows },
        { leaf: flipBit(leaf, 0), rows },
        { leaf, rows: rows.subarray(1) },
        ...Array.from({ length: rows.length / 32 }, (_, node) => ({ leaf, rows: flipBit(rows, node * 256 + 255) })),
      ];
      for (const other of wrong) expect(find(INDICES, openings.with(i, other)), `opening ${i}`).to.equal(i);
    }
  });

  it("are wrong under another root, for another index, and with a node above the prime", () => {
    expect(find(INDICES, openings, flipBit(rootOf(tree), 255))).to.equal(0);
    for (const index of [-1, 2 ** 15, 0.5, 2, 5_001]) {
      expect(find(INDICES.with(2, index), openings), `${index}`).to.equal(2);
    }
    const { leaf, rows } = openings[3]!;
    expect(find(INDICES, openings.with(3, { leaf, rows: new Uint8Array(rows).fill(255, 32, 64) }))).to.equal(3);
  });
});
