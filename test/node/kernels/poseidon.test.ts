import { expect } from "chai";
import { createPoseidon8, type Poseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { GROUP_BYTES } from "../../../node/data/layout.ts";
import { derivePoseidonForm } from "../../../scripts/kernels/poseidon-form.ts";
import { createReference, P, seededBytes, splitBytes, splitEights, toBigInt, toNode } from "./poseidon-reference.ts";

/** Published with circomlib's constants (go-iden3-crypto, poseidon_test.go). */
const ONE_TO_EIGHT = 18604317144381847857886385684060986177838410221561136253933256952257712543953n;
const LONG = process.env.HOLDFAST_LONG === "1";
const RANDOM_TUPLES = LONG ? 100_000 : 3_000;

function parentsOf(hasher: Poseidon8, tuples: bigint[][]): bigint[] {
  return splitBytes(hasher.parents(Buffer.concat(tuples.flat().map(toNode))), 32).map(toBigInt);
}

/** Values whose limbs are all zeros, all ones or at a carry, in both limb widths. */
function edgeValues(): bigint[] {
  const powers = [29n, 51n, 58n, 64n, 102n, 128n, 153n, 192n, 204n, 232n, 248n, 253n].map((bits) => 1n << bits);
  return [0n, 1n, 2n, P - 1n, P - 2n, (P - 1n) / 2n, (P + 1n) / 2n, ...powers, ...powers.map((power) => power - 1n)];
}

/** What is added to the eight inputs before the first S-box. */
const firstConstants = derivePoseidonForm().roundConstants(0).slice(1);

describe("Poseidon(8)", function () {
  this.timeout(LONG ? 900_000 : 60_000);
  let reference: (inputs: bigint[]) => bigint;
  before(async () => {
    reference = await createReference();
  });

  for (const kind of ["fma", "integer"] as const) {
    describe(`${kind} kernel`, () => {
      const hasher = createPoseidon8({ integer: kind === "integer" });

      before(function () {
        if (hasher.kind !== kind) this.skip(); // a processor without fused multiply-add; fallback.test.ts has that case
      });

      it("gives the published hash of 1 to 8", () => {
        expect(parentsOf(hasher, [[1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]])).to.deep.equal([ONE_TO_EIGHT]);
      });

      it("equals circomlibjs on values at the edges of the field and of its limbs", () => {
        const edges = edgeValues();
        const uniform = edges.map((edge) => Array<bigint>(8).fill(edge));
        const single = edges.flatMap((edge) =>
          [0, 3, 7].map((at) => Array.from({ length: 8 }, (_, j) => (j === at ? edge : 0n))),
        );
        const mixed = edges.map((_, i) => Array.from({ length: 8 }, (_, j) => edges[(i * 5 + j * 7) % edges.length]!));
        // What enters an S-box is input plus constant, unreduced: aim for the edges there, and for p itself.
        const aimed = [...edges, P].map((edge) => firstConstants.map((constant) => (edge - constant + P) % P));
        const tuples = [...uniform, ...single, ...mixed, ...aimed];
        expect(parentsOf(hasher, tuples)).to.deep.equal(tuples.map(reference));
      });

      it(`equals circomlibjs on ${RANDOM_TUPLES} random tuples`, () => {
        const step = 1_000;
        for (let done = 0; done < RANDOM_TUPLES; done += step) {
          const random = splitBytes(seededBytes(`tuples ${done}`, step * 256), 32).map((bytes) => toBigInt(bytes) % P);
          const tuples = splitEights(random);
          expect(parentsOf(hasher, tuples), `tuples from ${done}`).to.deep.equal(tuples.map(reference));
        }
      });

      it("gives the same parents whatever the number of tuples in a call", () => {
        const nodes = Buffer.concat(
          splitBytes(seededBytes("counts", 256 * 1_995), 32).map((bytes) => toNode(toBigInt(bytes) % P)),
        );
        const all = hasher.parents(nodes);
        for (const count of [0, 1, 2, 3, 991, 992, 993, 1_985]) {
          expect(hasher.parents(nodes.subarray(0, 256 * count))).to.deep.equal(all.subarray(0, 32 * count));
        }
      });

      it("gives the depth-3 root that circomlibjs gives for a group", () => {
        const group = seededBytes("group", GROUP_BYTES);
        group.fill(0xff, 0, 31); // the largest element
        group.fill(0, 31, 62); // the smallest
        let level = splitBytes(group, 31).map(toBigInt);
        while (level.length > 1) level = splitEights(level).map(reference);
        expect(toBigInt(hasher.groupNodes(group))).to.equal(level[0]);
      });

      it("gives every group the same node alone and in a batch of any size", () => {
        const groups = seededBytes("groups", 35 * GROUP_BYTES);
        const alone = Buffer.concat(splitBytes(groups, GROUP_BYTES).map((group) => hasher.groupNodes(group)));
        for (const count of [0, 1, 2, 15, 16, 17, 33, 35]) {
          const nodes = hasher.groupNodes(groups.subarray(0, count * GROUP_BYTES));
          expect(Buffer.from(nodes).equals(alone.subarray(0, 32 * count)), `${count} groups`).to.equal(true);
        }
      });

      it("refuses a node that is p or more and says which", () => {
        for (const outside of [P, P + 1n, (1n << 256n) - 1n, P + (1n << 192n)]) {
          const nodes = Buffer.alloc(256 * 1_000);
          nodes.set(toNode(outside), 32 * 7_950);
          expect(() => hasher.parents(nodes))
            .to.throw()
            .that.deep.includes({ code: "NOT_A_FIELD_ELEMENT", details: { index: 7_950 } });
        }
      });

      it("refuses a length that is not a whole number of tuples or groups", () => {
        expect(() => hasher.parents(new Uint8Array(255)))
          .to.throw()
          .with.property("code", "KERNEL_INPUT_LENGTH");
        expect(() => hasher.groupNodes(new Uint8Array(GROUP_BYTES + 1)))
          .to.throw()
          .with.property("code", "KERNEL_INPUT_LENGTH");
      });
    });
  }

  it("keeps two hashers of one thread apart", () => {
    const one = createPoseidon8();
    const other = createPoseidon8();
    const group = seededBytes("one", GROUP_BYTES);
    const node = one.groupNodes(group);
    other.groupNodes(seededBytes("other", GROUP_BYTES));
    expect(one.groupNodes(group)).to.deep.equal(node);
  });
});
