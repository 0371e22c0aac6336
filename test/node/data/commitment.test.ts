import { expect } from "chai";
import { bytesToInteger, concatBytes, integerToBytes } from "../../../node/common/bytes.ts";
import { toHex } from "../../../node/common/hex.ts";
import {
  type CommitmentTree,
  createCommitmentBuilder,
  decodeTree,
  encodeTree,
  levelSizes,
  rootOf,
} from "../../../node/data/commitment.ts";
import { createPoseidon8, type Poseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { classOfGroups, depthOfClass, GROUP_BYTES } from "../../../node/data/layout.ts";
import {
  type Opening,
  openElement,
  RottenGroupError,
  spreadElements,
  verifyOpening,
} from "../../../node/data/opening.ts";
import { decodeOpening, encodeOpening } from "../../../node/data/opening-codec.ts";
import { zeroNode } from "../../../node/data/zero-nodes.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";
import { createReferencePoseidon } from "../../fixtures/reference-poseidon.ts";

type Reference = Awaited<ReturnType<typeof createReferencePoseidon>>;

/** The root by the definition, over all 2^m elements, nothing skipped. */
function rootByDefinition(hash: Reference, bytes: Uint8Array): Uint8Array {
  const m = classOfGroups(bytes.length / GROUP_BYTES);
  let nodes: Uint8Array = new Uint8Array(2 ** m * 32);
  nodes.set(spreadElements(bytes));
  for (let level = 0; level < depthOfClass(m); level++) {
    const padded = new Uint8Array(Math.ceil(nodes.length / 256) * 256);
    padded.set(nodes);
    nodes = hash.parents(padded);
  }
  return nodes;
}

function build(hash: Pick<Poseidon8, "parents" | "groupNodes">, bytes: Uint8Array, sizes: number[]): CommitmentTree {
  const builder = createCommitmentBuilder(hash, bytes.length / GROUP_BYTES);
  const nodes = hash.groupNodes(bytes);
  let at = 0;
  for (let i = 0; at < nodes.length; i++) {
    const next = at + 32 * sizes[i % sizes.length]!;
    builder.append(nodes.subarray(at, next));
    at = next;
  }
  return builder.finish();
}

describe("commitment", () => {
  let hash: Reference;
  before(async () => {
    hash = await createReferencePoseidon();
  });

  it("has the zero nodes that Poseidon gives", () => {
    for (let level = 0; level < 8; level++) {
      const row = concatBytes(...Array.from({ length: 8 }, () => zeroNode(level)));
      expect(toHex(hash.parents(row))).to.equal(toHex(zeroNode(level + 1)));
    }
  });

  it("equals the definition over all padded elements, however the groups arrive", () => {
    for (const [groups, root] of [
      [1, "0x0bec2ada36fddcdb274ef35702f6efc6427aa89251a5bfc73aff7711eb6c239e"],
      [9, "0x26976cfd039d552182818f34607775474fed193788277b0a331d4bc41b3e7a58"],
      [17, "0x055b40ff6b5f11adb1697622330e5e516af445602ce9b5f4bee7909a15a300bf"],
    ] as const) {
      const bytes = pattern(groups * GROUP_BYTES, groups);
      expect(toHex(rootByDefinition(hash, bytes))).to.equal(root);
      expect(toHex(rootOf(build(createPoseidon8(), bytes, [groups])))).to.equal(root);
      for (const sizes of [[1], [3, 5], [16], [groups]])
        expect(toHex(rootOf(build(hash, bytes, sizes)))).to.equal(root);
    }
  });

  it("pads whole subtrees and absent children right when m is 13, 14, 15 or 16", () => {
    // Over arbitrary group nodes, which spares the slow reference the elements.
    for (const groups of [1, 8, 15, 16, 17, 32, 33, 64, 65, 127, 128]) {
      const m = classOfGroups(groups);
      const nodes = spreadElements(pattern(31 * groups, groups));
      let level: Uint8Array = concatBytes(nodes, ...Array.from({ length: 2 ** (m - 9) - groups }, () => zeroNode(3)));
      for (let i = 3; i < depthOfClass(m); i++) {
        const padded = new Uint8Array(Math.ceil(level.length / 256) * 256);
        padded.set(level);
        level = hash.parents(padded);
      }
      const builder = createCommitmentBuilder(hash, groups);
      builder.append(nodes.subarray(0, 32));
      builder.append(nodes.subarray(32));
      expect(toHex(rootOf(builder.finish())), `${groups} groups`).to.equal(toHex(level));
    }
  });

  it("stores one node per group and an eighth of that per level above", () => {
    expect(levelSizes(1)).to.deep.equal([1, 1, 1]);
    expect(levelSizes(17)).to.deep.equal([17, 3, 1]);
    expect(levelSizes(65)).to.deep.equal([65, 9, 2, 1]);
    expect(levelSizes(2 ** 18)).to.deep.equal([2 ** 18, 2 ** 15, 2 ** 12, 2 ** 9, 2 ** 6, 2 ** 3, 1]);
  });

  it("refuses too few and too many groups", () => {
    const builder = createCommitmentBuilder(hash, 2);
    builder.append(new Uint8Array(32));
    expect(() => builder.finish()).to.throw("over 2 groups, got 1");
    expect(() => builder.append(new Uint8Array(96))).to.throw("over 2 groups, got 4");
    expect(() => builder.append(new Uint8Array(31))).to.throw("over 2 groups");
  });

  it("reads back what it wrote and refuses a tree of another length", () => {
    const tree = build(hash, pattern(9 * GROUP_BYTES), [9]);
    expect(decodeTree(9, encodeTree(tree))).to.deep.equal(tree);
    expect(() => decodeTree(10, encodeTree(tree))).to.throw("The tree of 10 groups has");
  });

  describe("opening", () => {
    const groups = 9;
    const bytes = pattern(groups * GROUP_BYTES, 9);
    const read = (group: number) => bytes.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES);
    let tree: CommitmentTree;
    before(() => {
      tree = build(hash, bytes, [16]);
    });

    it("holds the element's own bytes and verifies against the root, in bytes and in padding", async () => {
      for (const index of [0, 1, 7, 8, 511, 512, 513, 4095, 4096, 4607, 4608, 5000, 8191]) {
        const opening = await openElement(hash, tree, index, read);
        const inBytes = index < groups * 512;
        expect(opening.leaf).to.equal(inBytes ? bytesToInteger(bytes.subarray(index * 31, index * 31 + 31)) : 0n);
        expect(opening.depth).to.equal(5);
        expect(verifyOpening(hash, rootOf(tree), tree.m, opening)).to.equal(true);
      }
    });

    it("does not verify for any other index, leaf, class, root or sibling", async () => {
      const root = rootOf(tree);
      const opening = await openElement(hash, tree, 1234, read);
      const bad: Opening[] = [
        { ...opening, index: 1235 },
        { ...opening, index: 1234 + 8192 },
        { ...opening, index: -1 },
        { ...opening, leaf: opening.leaf + 1n },
        { ...opening, depth: 6 },
        { ...opening, rows: opening.rows.slice(0, 4) },
        ...opening.rows.flatMap((row, level) =>
          row.map((value, i) => ({ ...opening, rows: opening.rows.with(level, row.with(i, value + 1n)) })),
        ),
      ];
      for (const other of bad) expect(verifyOpening(hash, root, tree.m, other)).to.equal(false);
      expect(verifyOpening(hash, root, 16, opening)).to.equal(false);
      expect(verifyOpening(hash, flipBit(root, 255), tree.m, opening)).to.equal(false);
    });

    it("does not take an element above 31 bytes or a node above the prime for its residue", async () => {
      const prime = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
      const opening = await openElement(hash, tree, 1234, read);
      const digit = 1234 % 8;
      const sibling = (digit + 1) % 8;
      const lifted = opening.rows[0]!.with(sibling, opening.rows[0]![sibling]! + prime);
      expect(verifyOpening(hash, rootOf(tree), tree.m, { ...opening, rows: opening.rows.with(0, lifted) })).to.equal(
        false,
      );
      const leaf = opening.leaf + prime;
      const rows = opening.rows.with(0, opening.rows[0]!.with(digit, leaf));
      expect(verifyOpening(hash, rootOf(tree), tree.m, { ...opening, leaf, rows })).to.equal(false);
    });

    it("does not take a 32-byte element, even of a tree that was built over one", () => {
      for (const [leaf, valid] of [
        [2n ** 248n - 1n, true],
        [2n ** 248n, false],
      ] as const) {
        const rows: bigint[][] = [];
        let node: bigint = leaf;
        for (let level = 0; level < 5; level++) {
          const row = [node, 1n, 2n, 3n, 4n, 5n, 6n, 7n];
          rows.push(row);
          node = bytesToInteger(hash.parents(concatBytes(...row.map((value) => integerToBytes(value, 32)))));
        }
        const opening = { leaf, index: 0, depth: 5, rows };
        expect(verifyOpening(hash, integerToBytes(node, 32), 13, opening)).to.equal(valid);
      }
    });

    it("names the rotten group for a flipped bit anywhere in it and for a short read", async () => {
      for (const bit of [0, 8 * GROUP_BYTES - 1]) {
        const rot = (group: number) => flipBit(read(group), bit);
        const failure = await openElement(hash, tree, 3 * 512 + 40, rot).catch((error: unknown) => error);
        expect(failure).to.be.instanceOf(RottenGroupError).with.property("group", 3);
      }
      const failure = await openElement(hash, tree, 0, () => new Uint8Array(5)).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(RottenGroupError).with.property("group", 0);
    });

    it("notices a damaged stored tree before a proof is made of it", async () => {
      for (let level = 1; level < tree.levels.length; level++) {
        const levels = tree.levels.with(level, flipBit(tree.levels[level]!, 77));
        const failure = await openElement(hash, { ...tree, levels }, 600, read).catch((error: unknown) => error);
        expect(failure).to.have.property("code", "ROTTEN_TREE");
      }
      // A sibling's node, then the node of the opened group itself: its bytes are right, so the tree is to blame.
      for (const bit of [0, 7, 8 * 32 + 5]) {
        const damaged = { ...tree, levels: tree.levels.with(0, flipBit(tree.levels[0]!, bit)) };
        for (const kernel of [hash, createPoseidon8()]) {
          const failure = await openElement(kernel, damaged, 600, read).catch((error: unknown) => error);
          expect(failure, `bit ${bit}`).to.have.property("code", "ROTTEN_TREE");
        }
      }
    });

    it("travels as bytes and comes back equal, and is refused when bytes are missing", async () => {
      const opening = await openElement(hash, tree, 4607, read);
      const bytes = encodeOpening(opening);
      expect(decodeOpening(13, 4607, bytes)).to.deep.equal(opening);
      expect(() => decodeOpening(13, 4607, { ...bytes, rows: bytes.rows.subarray(32) })).to.throw("has 5 rows");
      expect(() => decodeOpening(16, 4607, bytes)).to.throw("has 6 rows");
      expect(() => decodeOpening(13, 4607, { ...bytes, leaf: new Uint8Array(32) })).to.throw("has 5 rows");
    });

    it("refuses an index outside the padded tree", async () => {
      const failure = await openElement(hash, tree, 8192, read).catch((error: unknown) => error);
      expect(failure).to.have.property("code", "BAD_INDEX");
    });
  });

  it("reads elements big-endian", () => {
    const element = Uint8Array.from({ length: 31 }, (_, i) => i + 1);
    expect(bytesToInteger(spreadElements(element))).to.equal(bytesToInteger(element));
    expect(spreadElements(element)).to.deep.equal(integerToBytes(bytesToInteger(element), 32));
  });
});
