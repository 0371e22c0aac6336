import { expect } from "chai";
import { drSample } from "../../../node/data/capacity-graph.ts";
import { greedyAttack, patientAttack, sectorGraph } from "../../../scripts/bench/lib/label-attack.ts";

describe("the greedy attack on a sector", () => {
  it("keeps one of every eleven labels of a chain for ten hashes, and asks for six on average", () => {
    const count = 11 * 20 + 1;
    const chain = Uint32Array.from({ length: 6 * count }, (_, at) => Math.max(0, Math.floor(at / 6) - 1));
    const { kept, meanHashes } = greedyAttack(chain, 10);
    expect(kept).to.equal(1 + 20); // the first label, then every eleventh
    expect(meanHashes).to.be.closeTo((20 * 55) / count, 1e-9); // 1 to 10 hashes for those between
  });

  it("runs on the graph that the contract asks for", () => {
    const graph = sectorGraph(8, 99n);
    for (const index of [1, 2, 100, 255]) {
      expect([...graph.subarray(6 * index, 6 * index + 6)]).to.deep.equal(drSample(99n)(index));
    }
  });

  it("keeps more than half of a sector for a hundred hashes, and less the more it may make again", () => {
    const graph = sectorGraph(12, 7n);
    const [ten, hundred] = [10, 100].map((most) => greedyAttack(graph, most)) as [Attack, Attack];
    expect(ten.kept / 2 ** 12).to.be.within(0.58, 0.66);
    expect(hundred.kept).to.be.within(2 ** 11, ten.kept - 1);
    expect(hundred.meanHashes).to.be.greaterThan(ten.meanHashes);
  });
});

describe("the patient attack on a sector", () => {
  it("keeps fewer labels than the greedy one, but more than half", () => {
    const graph = sectorGraph(12, 7n);
    for (const most of [10, 50]) {
      const { kept } = patientAttack(graph, most);
      expect(kept).to.be.within(2 ** 11, greedyAttack(graph, most).kept - 1);
    }
  });

  it("keeps of a chain what the order of the labels leaves it, and no more than ten hashes between", () => {
    const count = 111;
    const chain = Uint32Array.from({ length: 6 * count }, (_, at) => Math.max(0, Math.floor(at / 6) - 1));
    const { kept, meanHashes } = patientAttack(chain, 10);
    expect(kept).to.be.within(1 + 10, 20);
    expect(meanHashes).to.be.at.most(10);
  });
});

type Attack = ReturnType<typeof greedyAttack>;
