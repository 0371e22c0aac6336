import { expect } from "chai";
import { detectionProbability } from "../../../node/data/detection.ts";
import { defaultTerms } from "../../../node/interface/client/put-plan.ts";
import { failure } from "../network/hosts.ts";

const shape = { n: 5, k: 3, windows: 12, challenges: 16 };
const failed = (detection: { lost: number; target: number }) =>
  failure((async () => defaultTerms({ ...shape, detection }))());

describe("a deal's least K", () => {
  it("is what the market draws, where the client has no target", () => {
    expect(defaultTerms(shape).minChallenges).to.equal(16);
  });

  it("is the least that notices the loss within the deal as surely as the client wants, and one less would not do", () => {
    const detection = { lost: 0.1, target: 0.99 };
    const challenges = defaultTerms({ ...shape, detection }).minChallenges;
    const surely = (K: number) => detectionProbability({ lost: 0.1, challenges: K, windows: 12 });
    expect(surely(challenges)).to.be.at.least(0.99);
    expect(surely(challenges - 1)).to.be.below(0.99);
    expect(challenges).to.equal(5);
  });

  it("is lower for a longer deal, and higher for a smaller loss", () => {
    const least = (windows: number, lost: number) =>
      defaultTerms({ ...shape, windows, detection: { lost, target: 0.99 } }).minChallenges;
    expect([least(12, 0.1), least(60, 0.1), least(12, 0.05)]).to.deep.equal([5, 1, 10]);
  });

  it("that the market does not draw refuses the deal before anything is sent, and says both figures", async () => {
    const error = await failed({ lost: 0.01, target: 0.99 });
    expect(error.code).to.equal("MARKET_DRAWS_LESS");
    expect(error.details).to.deep.equal({ expected: 51, found: 16 });
  });

  it("cannot be had for certain, nor for a loss of nothing", async () => {
    expect((await failed({ lost: 0.5, target: 1 })).code).to.equal("DETECTION");
    expect((await failed({ lost: 0, target: 0.5 })).code).to.equal("DETECTION");
  });
});
