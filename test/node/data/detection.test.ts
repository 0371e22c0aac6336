import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { HoldfastError } from "../../../node/common/errors.ts";
import { type Bag, countsOf, draw, insert } from "../../../node/data/bag.ts";
import { detectionProbability, freeDraws, leastChallenges } from "../../../node/data/detection.ts";
import { detectionTable } from "../../../scripts/detection-table.ts";
import { random } from "../../fixtures/random.ts";

describe("detection", () => {
  it("is what the chain's own draws do: the share of windows in which one of the free draws hits what is lost", () => {
    const bag: Bag = new Map();
    for (let i = 1; i <= 4; i++) insert(bag, 13, `0x${i.toString(16).padStart(64, "0")}`);
    const [counts, seeds, challenges, windows] = [countsOf(bag), random("detection"), 6, 4_000];
    let noticed = 0;
    for (let window = 0; window < windows; window++) {
      const seed = seeds.word();
      const hit = Array.from({ length: freeDraws(challenges) }, (_, j) => draw(seed, j, counts)).some(
        // Half of one of four replicas of the same size: an eighth of the lane.
        ({ index, element }) => index === 2 && element < 2n ** 12n,
      );
      if (hit) noticed++;
    }
    const expected = detectionProbability({ lost: 1 / 8, challenges, windows: 1 });
    const deviation = Math.sqrt((expected * (1 - expected)) / windows);
    expect(noticed / windows).to.be.closeTo(expected, 4 * deviation);
  });

  it("counts only the draws that pins cannot take away: K - floor(K / 4)", () => {
    expect([1, 3, 4, 16, 34].map(freeDraws)).to.deep.equal([1, 3, 3, 12, 26]);
    expect(detectionProbability({ lost: 0.5, challenges: 4, windows: 1 })).to.equal(1 - 1 / 8);
  });

  it("keeps the digits of a tiny loss, where 1 - (1 - x)^n would be zero", () => {
    expect(detectionProbability({ lost: 1e-18, challenges: 16, windows: 1 })).to.be.closeTo(12e-18, 1e-24);
  });

  it("is certain when everything is lost, and grows with the loss, K and windows", () => {
    expect(detectionProbability({ lost: 1, challenges: 1, windows: 1 })).to.equal(1);
    const at = (lost: number, challenges: number, windows: number) =>
      detectionProbability({ lost, challenges, windows });
    expect(at(0.02, 16, 7)).to.be.greaterThan(at(0.01, 16, 7));
    expect(at(0.01, 34, 7)).to.be.greaterThan(at(0.01, 16, 7));
    expect(at(0.01, 16, 8)).to.be.greaterThan(at(0.01, 16, 7));
  });

  it("needs the K that leastChallenges gives and no less", () => {
    for (const lost of [0.003, 0.01, 0.05, 0.5]) {
      for (const windows of [7, 30, 365]) {
        for (const target of [0.5, 0.9, 0.99]) {
          const parameters = { lost, windows, target };
          if (detectionProbability({ lost, windows, challenges: 255 }) < target) continue;
          const challenges = leastChallenges(parameters);
          expect(detectionProbability({ lost, windows, challenges })).to.be.at.least(target);
          // One less has as many free draws where the quarter for pins is a whole number: then two less have fewer.
          const less = challenges % 4 === 0 ? challenges - 2 : challenges - 1;
          if (less > 0) expect(detectionProbability({ lost, windows, challenges: less })).to.be.below(target);
        }
      }
    }
  });

  it("says what 255 challenges reach when no K reaches the target", () => {
    expect(() => leastChallenges({ lost: 0.001, windows: 1, target: 0.99 }))
      .to.throw(HoldfastError, "255 challenges notice a loss of 0.001 within 1 windows with probability 0.175 only")
      .with.property("code", "DETECTION");
  });

  it("refuses shares outside 0 to 1, certainty as a target, and K outside a byte", () => {
    for (const lost of [0, -0.1, 1.1, Number.NaN]) {
      expect(() => detectionProbability({ lost, challenges: 4, windows: 1 })).to.throw(HoldfastError);
    }
    for (const challenges of [0, 256, 1.5]) {
      expect(() => detectionProbability({ lost: 0.1, challenges, windows: 1 })).to.throw(HoldfastError);
    }
    expect(() => leastChallenges({ lost: 0.1, windows: 1, target: 1 })).to.throw(HoldfastError, "Certainty");
  });

  it("is printed in circuits/README.md as the script computes it", () => {
    const readme = readFileSync(path.resolve(import.meta.dirname, "../../../circuits/README.md"), "utf8");
    expect(readme).to.contain(detectionTable());
  });
});
