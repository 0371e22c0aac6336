import { expect } from "chai";
import { choosePlacement, GOUGING_FACTOR, retrievalLimit } from "../../../node/incentive/placement.ts";

const candidate = (provider: string, price: bigint, retrievalPrice = 0n) => ({
  provider,
  price,
  retrievalPrice,
  collateral: 0n,
});
const deal = { windows: 10, pieces: 100 };

describe("placement", () => {
  it("orders by what the whole deal and one retrieval cost", () => {
    const chosen = choosePlacement([candidate("0xa", 5n, 1n), candidate("0xb", 10n, 0n)], 2, deal);
    expect(chosen.map(({ provider }) => provider)).to.deep.equal(["0xb", "0xa"]);
  });

  it("takes a provider once, however often it answers", () => {
    expect(() => choosePlacement([candidate("0xA", 1n), candidate("0xa", 1n)], 2, deal)).to.throw(/2 different/);
  });

  it("takes the cheapest lane of an operator and no other, and an operator's own lane counts as one of them", () => {
    const lanes = [
      { ...candidate("0xa", 3n), operator: "0xE" },
      { ...candidate("0xb", 2n), operator: "0xe" },
      candidate("0xe", 4n),
      candidate("0xc", 5n),
    ];
    expect(choosePlacement(lanes, 2, deal).map(({ provider }) => provider)).to.deep.equal(["0xb", "0xc"]);
    expect(() => choosePlacement(lanes, 3, deal)).to.throw(/3 different providers and 2/);
  });

  it("leaves out who asks more than a few times the median", () => {
    const dear = candidate("0xd", 10n * GOUGING_FACTOR + 1n);
    const fair = ["0xa", "0xb", "0xc"].map((provider) => candidate(provider, 10n));
    expect(choosePlacement([dear, ...fair], 3, deal)).to.not.include(dear);
    expect(() => choosePlacement([dear, ...fair], 4, deal)).to.throw(/4 different/);
  });

  it("says how many it found when there are none", () => {
    expect(() => choosePlacement([], 1, deal)).to.throw(/0 made an acceptable quote/);
  });
});

describe("the most that a retrieval pays per piece", () => {
  it("follows the k cheapest, so that n - k providers who name any price are not paid it", () => {
    expect(retrievalLimit([10n ** 30n, 5n, 4n, 10n ** 30n, 6n], 3)).to.equal(6n * GOUGING_FACTOR);
  });

  it("is what the dearest allows when no more than k answer", () => {
    expect(retrievalLimit([5n, 50n], 3)).to.equal(50n * GOUGING_FACTOR);
    expect(retrievalLimit([], 3)).to.equal(0n);
  });
});
