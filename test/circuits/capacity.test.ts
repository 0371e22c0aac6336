import { expect } from "chai";
import { bytesToInteger } from "../../node/common/bytes.ts";
import type { HoldfastError } from "../../node/common/errors.ts";
import { buildCapacityInput } from "../../node/consensus/prover/capacity-input.ts";
import { capacityDigest, capacityVector } from "../../node/data/capacity-challenge.ts";
import { drSample } from "../../node/data/capacity-graph.ts";
import { commitSector, createSectorFiller, type LabelOpening, openLabel } from "../../node/data/capacity-sector.ts";
import { rootOf } from "../../node/data/commitment.ts";
import { horner, SCALAR_FIELD } from "../../node/data/digest.ts";
import { createPoseidon8 } from "../../node/data/kernels/poseidon.ts";
import { openCircuit, signalsOf } from "./lib/circuit.ts";
import { labelStatement } from "./lib/labels.ts";
import { hash as reference, value } from "./lib/tree.ts";

const M = 13;
const ID = value("sector");
const POINT = 0xabcdefn;

describe("capacity circuit", () => {
  const kernel = createPoseidon8();
  const labels = new Uint8Array(2 ** M * 32);
  let circuit: Awaited<ReturnType<typeof openCircuit>>;

  const group = (sector: Uint8Array) => (number: number) => sector.slice(number * 512 * 32, (number + 1) * 512 * 32);
  const openings = (sector: Uint8Array, indices: readonly number[]): Promise<LabelOpening[]> => {
    const tree = commitSector(kernel, sector);
    return Promise.all(indices.map((index) => openLabel(kernel, ID, tree, index, group(sector))));
  };
  const rootNumber = (sector: Uint8Array) => bytesToInteger(rootOf(commitSector(kernel, sector)));

  /** The public signals, or undefined if the circuit refuses the inputs. */
  async function outcome(opened: readonly LabelOpening[]): Promise<string[] | undefined> {
    return signals(buildCapacityInput(opened, POINT, circuit));
  }

  async function signals(input: Readonly<Record<string, unknown>>): Promise<string[] | undefined> {
    try {
      return signalsOf(await circuit.witness(input));
    } catch (error) {
      expect((error as HoldfastError).details.reason).to.match(/^Error in template /);
      return undefined;
    }
  }

  before(async () => {
    circuit = await openCircuit("capacity-test", "capacity");
    createSectorFiller(kernel, ID, labels).fill(2 ** M);
  });

  it("accepts the labels of a sector, with the digest and the value that the contract's vector has", async () => {
    const { K, D } = circuit;
    const asked = [0, 2 ** M - 1]; // the first has no parents, so that the second is asked for in its place
    const root = rootNumber(labels);
    const w = capacityVector(
      asked.map((index) => ({ root, id: ID, m: M, index })),
      D,
    );
    const expected = [capacityDigest(w, K, D), horner(w, POINT), POINT].map(String);
    expect(await outcome(await openings(labels, [1, 2 ** M - 1]))).to.deep.equal(expected);
  });

  it("accepts trees of every depth, as the mirrors say", async () => {
    for (const depths of [
      [1, 2],
      [3, 1],
    ]) {
      const { input, expected } = labelStatement(depths, circuit.D, POINT);
      expect(await signals(input)).to.deep.equal(expected);
    }
  });

  it("refuses a label that its parents do not give, though its path leads to the root", async () => {
    const wrong = labels.slice();
    wrong[5_000 * 32 + 31]! ^= 1;
    expect(await outcome(await openings(wrong, [1, 4_000]))).to.be.an("array");
    expect(await outcome(await openings(wrong, [1, 5_000]))).to.equal(undefined);
  });

  it("refuses a parent out of another tree", async () => {
    const other = labels.slice();
    other[31]! ^= 1; // another label 0, hence another root
    const [first, second] = await openings(labels, [7, 5_000]);
    const [foreign] = await openings(other, [5_000]);
    for (let n = 1; n < 7; n++) {
      const mixed = { id: ID, openings: second!.openings.with(n, foreign!.openings[n]!) };
      expect(await outcome([first!, mixed]), `parent ${n}`).to.equal(undefined);
    }
  });

  it("refuses another sector's id, another place for the label, and a changed order of parents", async () => {
    const [first, second] = await openings(labels, [7, 5_000]);
    expect(await outcome([{ ...first!, id: ID + 1n }, second!])).to.equal(undefined);
    const swapped = second!.openings.with(1, second!.openings[2]!).with(2, second!.openings[1]!);
    expect(second!.openings[1]!.leaf).to.not.equal(second!.openings[2]!.leaf);
    expect(await outcome([first!, { id: ID, openings: swapped }])).to.equal(undefined);
    const input = buildCapacityInput([first!, second!], POINT, circuit);
    for (let n = 0; n < 7; n++) {
      const index = input.index.map((row, i) => (i === 1 ? row.with(n, String(Number(row[n]) ^ 1)) : row));
      expect(await signals({ ...input, index }), `index ${n}`).to.equal(undefined);
    }
  });

  it("tells by its digest a label whose parents are not the graph's: those the contract computes", async () => {
    const { K, D } = circuit;
    // One label made of its neighbour six times: consistent in itself, and cheaper to make again.
    const cheap = labels.slice();
    const index = 5_000;
    const before = bytesToInteger(cheap.subarray((index - 1) * 32, index * 32));
    const label = reference([ID, BigInt(index), ...new Array<bigint>(6).fill(before)]);
    cheap.set(Buffer.from(label.toString(16).padStart(64, "0"), "hex"), index * 32);
    const [first, other] = await openings(cheap, [7, index - 1]);
    const tree = commitSector(kernel, cheap);
    const [own] = (await openLabel(kernel, ID, tree, index, group(cheap))).openings;
    const forged = { id: ID, openings: [own!, ...new Array(6).fill(other!.openings[0]!)] };
    const made = await outcome([first!, forged]);
    const root = bytesToInteger(rootOf(tree));
    const asked = [7, index].map((place) => ({ root, id: ID, m: M, index: place }));
    expect(made?.[0])
      .to.be.a("string")
      .and.not.equal(capacityDigest(capacityVector(asked, D), K, D).toString());
    expect(drSample(ID)(index)).to.not.deep.equal(new Array(6).fill(index - 1));
  });

  it("refuses every changed sibling of a path", async () => {
    const { input } = labelStatement([2, 2], circuit.D, POINT);
    for (let n = 0; n < 7; n++) {
      for (const level of [0, 1]) {
        const changed = structuredClone(input) as unknown as { children: string[][][][] };
        const row = changed.children[0]![n]![level]!;
        row[0] = ((BigInt(row[0]!) + 1n) % SCALAR_FIELD).toString();
        // Not even another root for all: the other six paths lead to the first one.
        expect(await signals(changed), `path ${n}, level ${level}`).to.equal(undefined);
      }
    }
  });
});
