import { expect } from "chai";
import { closedWindows, closeOf, nextOpening, openingOf, openWindow, phaseOf } from "../../../node/data/windows.ts";
import vectors from "../../fixtures/spacetime-vectors.json" with { type: "json" };

const provider = "0x00000000000000000000000000000000000000aa";
const schedule = { genesis: 1_000n, period: 30n, windowLength: 24n };

describe("windows", () => {
  it("give the shared vectors", () => {
    for (const vector of vectors.windows) {
      const address = vector.provider as `0x${string}`;
      const [genesis, period, windowLength] = [vector.genesis, vector.period, vector.windowLength].map(BigInt);
      const given = { genesis: genesis!, period: period!, windowLength: windowLength! };
      expect(phaseOf(address, given.period)).to.equal(BigInt(vector.phase));
      expect(nextOpening(given, address, BigInt(vector.block))).to.equal(vector.nextOpening);
      expect(closedWindows(given, address, BigInt(vector.block))).to.equal(vector.closedWindows);
    }
  });

  it("are open from the block after the opening to the close, and never in between windows", () => {
    const first = openingOf(schedule, provider, 0);
    for (let block = first - 40n; block < first + 100n; block++) {
      const window = openWindow(schedule, provider, block);
      const inside = [0, 1, 2, 3].find(
        (k) => block > openingOf(schedule, provider, k) && block <= closeOf(schedule, provider, k),
      );
      expect(window).to.equal(inside);
    }
  });
});
