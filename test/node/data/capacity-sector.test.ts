import { expect } from "chai";
import { bytesToInteger } from "../../../node/common/bytes.ts";
import type { HoldfastError } from "../../../node/common/errors.ts";
import { drSample } from "../../../node/data/capacity-graph.ts";
import { commitSector, createSectorFiller, openLabel, sectorId } from "../../../node/data/capacity-sector.ts";
import { SCALAR_FIELD } from "../../../node/data/digest.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import vectors from "../../fixtures/capacity-vectors.json" with { type: "json" };
import { createReferencePoseidon } from "../../fixtures/reference-poseidon.ts";

const M = 13;
const NAME = {
  chainId: 31337n,
  capacity: "0x00000000000000000000000000000000000000c0",
  provider: "0x00000000000000000000000000000000000000b0",
  sector: 7n,
} as const;

describe("the graph of a sector", () => {
  it("gives the parents of the shared vectors", () => {
    for (const { id, index, parents } of vectors.parents) {
      expect(drSample(BigInt(id))(index), `label ${index}`).to.deep.equal(parents);
    }
  });

  it("has the label before among the six, and nothing but labels before", () => {
    const parentsOf = drSample(sectorId(NAME));
    for (let index = 1; index < 3_000; index++) {
      const parents = parentsOf(index);
      expect(parents).to.have.length(6);
      expect(parents[0]).to.equal(index - 1);
      for (const parent of parents) expect(parent).to.be.within(0, index - 1);
    }
    expect(() => parentsOf(0)).to.throw(RangeError);
  });

  it("reaches back over every scale alike: as often 2 to 4 places as half the sector", () => {
    const parentsOf = drSample(sectorId(NAME));
    const [first, tries, scales] = [2 ** 20 + 1, 6_000, 21];
    const found = new Array<number>(scales + 1).fill(0);
    for (let index = first; index < first + tries; index++) {
      // Distance 2^g is drawn from scale g and from g + 1: count it with the lower one.
      for (const parent of parentsOf(index).slice(1)) found[Math.ceil(Math.log2(index - parent))]!++;
    }
    expect(found[0]).to.equal(0);
    const expected = (5 * tries) / scales;
    // Scale 1 holds the distance 2 alone, and a third of scale 2, which is 2 to 4.
    expect(found[1]).to.be.within(1.1 * expected, 1.6 * expected);
    for (let scale = 5; scale < scales - 1; scale++)
      expect(found[scale]).to.be.within(0.85 * expected, 1.15 * expected);
    // The last scale is cut off at the first label, and lies where the one before it does.
    expect(found[scales - 1]).to.be.within(1.8 * expected, 2.2 * expected);
  });

  it("is another one for another sector", () => {
    expect(drSample(1n)(4_000)).to.not.deep.equal(drSample(2n)(4_000));
  });
});

describe("a sector", () => {
  const kernel = createPoseidon8();
  const id = sectorId(NAME);
  const labels = new Uint8Array(2 ** M * 32);
  const group = (number: number) => labels.slice(number * 512 * 32, (number + 1) * 512 * 32);

  before(() => createSectorFiller(kernel, id, labels).fill(2 ** M));

  it("has the id, labels and root of the shared vectors", () => {
    const { name, labels: some, root } = vectors.sector;
    expect(id.toString()).to.equal(name);
    for (const [index, label] of Object.entries(some)) {
      expect(bytesToInteger(labels.subarray(Number(index) * 32, (Number(index) + 1) * 32)).toString()).to.equal(label);
    }
    expect(bytesToInteger(commitSector(kernel, labels).levels.at(-1)!).toString()).to.equal(root);
  });

  it("is made of circomlib's Poseidon over id, place and parents", async () => {
    const reference = await createReferencePoseidon();
    const again = new Uint8Array(512 * 32);
    createSectorFiller(reference, id, again).fill(512);
    expect(Buffer.from(again).equals(Buffer.from(group(0)))).to.equal(true);
  });

  it("is the same in pieces, and goes on from where it was stopped", () => {
    const pieces = new Uint8Array(1_024 * 32);
    const first = createSectorFiller(kernel, id, pieces);
    first.fill(300);
    expect(first.filled).to.equal(300);
    const second = createSectorFiller(kernel, id, pieces, 300);
    second.fill(10_000);
    expect(second.filled).to.equal(1_024);
    expect(Buffer.from(pieces).equals(Buffer.from(labels.subarray(0, 1_024 * 32)))).to.equal(true);
  });

  it("has another id for any other chain, contract, provider or number", () => {
    const others = [{ chainId: 1n }, { capacity: NAME.provider }, { provider: NAME.capacity }, { sector: 8n }] as const;
    const ids = [id, ...others.map((other) => sectorId({ ...NAME, ...other }))];
    expect(new Set(ids).size).to.equal(5);
    for (const one of ids) expect(one < SCALAR_FIELD).to.equal(true);
  });

  it("opens a label with its parents, and says which group is damaged", async () => {
    const tree = commitSector(kernel, labels);
    const { openings } = await openLabel(kernel, id, tree, 6_000, group);
    expect(openings.map(({ index }) => index)).to.deep.equal([6_000, ...drSample(id)(6_000)]);
    for (const { index, leaf } of openings) {
      expect(leaf).to.equal(bytesToInteger(labels.subarray(index * 32, (index + 1) * 32)));
    }
    const damaged = (change: (bytes: Uint8Array) => Uint8Array) =>
      openLabel(kernel, id, tree, 6_000, (number) => (number === 11 ? change(group(number)) : group(number))).then(
        () => "opened",
        (error: HoldfastError) => `${error.code} ${error.details.group}`,
      );
    expect(await damaged((bytes) => bytes.fill(1, 0, 1))).to.equal("ROTTEN_GROUP 11");
    expect(await damaged((bytes) => bytes.fill(255, 32, 64))).to.equal("ROTTEN_GROUP 11"); // not in the field
    expect(await damaged((bytes) => bytes.subarray(1))).to.equal("ROTTEN_GROUP 11");
  });
});
