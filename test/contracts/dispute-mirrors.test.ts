import { expect } from "chai";
import { network } from "hardhat";
import { bytesToHex, type Hex, hexToBytes, zeroHash } from "viem";
import { bindCount } from "../../node/data/data-root.ts";
import { createHashTree, leafHash, rootFromPath } from "../../node/data/hash-tree.ts";
import { GROUP_BYTES } from "../../node/data/layout.ts";
import { pattern } from "../fixtures/pattern.ts";
import { random } from "../fixtures/random.ts";
import vectors from "../fixtures/strict-download-vectors.json" with { type: "json" };
import { hexPath } from "./support/replica.ts";

const { ethers } = await network.create();
const harness = await ethers.deployContract("DownloadHarness");

describe("what the chain and the node compute of a disputed group", () => {
  it("masks as the shared vectors do", async () => {
    for (const { key, session, index, seed, leaf, maskedLeaf } of vectors.masks) {
      const group = pattern(GROUP_BYTES, seed);
      expect(await harness.leafOf(group)).to.equal(leaf);
      const masked: Hex = await harness.applied(key, session, index, group);
      expect(bytesToHex(leafHash(hexToBytes(masked)))).to.equal(maskedLeaf);
      expect(await harness.applied(key, session, index, masked)).to.equal(bytesToHex(group));
    }
  });

  it("agrees on every leaf of every tree of up to 20 groups, and on trees of the largest size", async () => {
    const { word } = random("trees");
    for (let groups = 1; groups <= 20; groups++) {
      const hashes = Array.from({ length: groups }, () => hexToBytes(word()));
      const tree = createHashTree(hashes);
      const dataRoot = bytesToHex(bindCount(groups, tree.root));
      for (let index = 0; index < groups; index++) {
        const path = hexPath(tree.path(index));
        expect(await harness.rootFrom(hashes[index]!, index, groups, path)).to.equal(dataRoot);
      }
    }
  });

  it("gives paths of any other shape the same answer: none", async () => {
    const { word, between } = random("shapes");
    let refused = 0;
    for (let run = 0; run < 300; run++) {
      const groups = between(1, run % 2 === 0 ? 40 : 2 ** 18);
      const index = between(0, groups);
      const leaf = word();
      const path = Array.from({ length: between(0, 19) }, () => word());
      const root = rootFromPath(
        hexToBytes(leaf),
        index,
        groups,
        path.map((hash) => hexToBytes(hash)),
      );
      const expected = root === undefined ? zeroHash : bytesToHex(bindCount(groups, root));
      expect(await harness.rootFrom(leaf, index, groups, path)).to.equal(expected);
      if (root === undefined) refused++;
    }
    expect(refused).to.be.within(100, 299);
  });
});
