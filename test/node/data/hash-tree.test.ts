import { expect } from "chai";
import { fromHex, toHex } from "../../../node/common/hex.ts";
import {
  createHashTree,
  createHashTreeBuilder,
  hashTreeRoot,
  leafHash,
  rootFromPath,
} from "../../../node/data/hash-tree.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";

describe("hash tree", () => {
  it("gives the roots of the certificate-transparency reference vectors", () => {
    const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const hashes = leaves.map((leaf) => leafHash(fromHex(`0x${leaf}`)));
    const roots = new Map([
      [1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
      [2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
      [3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"],
      [8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
    ]);
    for (const [size, root] of roots) {
      expect(toHex(hashTreeRoot(hashes.slice(0, size)))).to.equal(`0x${root}`);
      expect(toHex(createHashTree(hashes.slice(0, size)).root)).to.equal(`0x${root}`);
    }
  });

  it("proves every leaf of every tree of 1 to 40 leaves, at its own place only", () => {
    for (let size = 1; size <= 40; size++) {
      const hashes = Array.from({ length: size }, (_, i) => pattern(32, 100 * size + i));
      const tree = createHashTree(hashes);
      expect(toHex(tree.root)).to.equal(toHex(hashTreeRoot(hashes)));
      for (let leaf = 0; leaf < size; leaf++) {
        const path = tree.path(leaf);
        for (let index = -1; index <= size; index++) {
          const root = rootFromPath(hashes[leaf]!, index, size, path);
          const same = root !== undefined && toHex(root) === toHex(tree.root);
          expect(same, `leaf ${leaf} of ${size} at ${index}`).to.equal(index === leaf);
        }
        const bent = rootFromPath(flipBit(hashes[leaf]!, 3), leaf, size, path);
        expect(bent && toHex(bent)).to.not.equal(toHex(tree.root));
      }
    }
  });

  it("refuses to be empty and to prove a leaf it does not have", () => {
    expect(() => createHashTree([])).to.throw("at least one leaf");
    expect(() => createHashTreeBuilder().root()).to.throw("at least one leaf");
    expect(() => createHashTree([pattern(32)]).path(1)).to.throw("leaves 0 to 0, got 1");
  });
});
