import { expect } from "chai";
import { type Candidate, type Ranked, rankPlacement } from "../../../node/incentive/placement.ts";
import { type FactorName, networkOf, type ProviderFacts, product } from "../../../node/incentive/score.ts";

const deal = { windows: 10, pieces: 4 };
const good: ProviderFacts = {
  ...{ proven: 100, missed: 0, served: 50, failed: 0 },
  ...{ freeBytes: 10n ** 9n, replicaBytes: 10n ** 6n, latencyMs: 20, network: "10.1.0.0/16" },
};
let next = 0;
const candidate = (facts: Partial<ProviderFacts> = {}, rest: Partial<Candidate> = {}): Candidate => ({
  ...{ provider: `0x${(++next).toString(16)}`, price: 100n, collateral: 1_000n, retrievalPrice: 1n },
  facts: { ...good, network: `10.${next}.0.0/16`, ...facts },
  ...rest,
});

/** Whether `better` is placed before `worse`, whichever comes first. */
function beats(better: Candidate, worse: Candidate): boolean {
  return [
    [better, worse],
    [worse, better],
  ].every((both) => rankPlacement(both, 1, deal)[0]!.candidate === better);
}

/** What is shown of one factor, in the order of the ranking. */
function linesOf(name: FactorName, ranked: readonly Ranked<Candidate>[]) {
  return ranked.map(({ candidate: { provider }, verdict, factors }) => {
    const { value, found } = factors.find((factor) => factor.name === name)!;
    return [provider, verdict, value, found];
  });
}

describe("the score of a provider", () => {
  it("falls with every factor: price, collateral, misses, failures, room and latency", () => {
    expect(beats(candidate(), candidate({}, { price: 110n })), "price").to.equal(true);
    expect(beats(candidate(), candidate({}, { collateral: 500n })), "collateral").to.equal(true);
    expect(beats(candidate(), candidate({ proven: 90, missed: 10 })), "history").to.equal(true);
    expect(beats(candidate(), candidate({ proven: 0 })), "no history").to.equal(true);
    expect(beats(candidate(), candidate({ failed: 1 })), "retrieval").to.equal(true);
    expect(beats(candidate(), candidate({ freeBytes: 2n * 10n ** 6n })), "space").to.equal(true);
    expect(beats(candidate(), candidate({ latencyMs: 900 })), "latency").to.equal(true);
  });

  it("is the product of the factors that are shown, the same for all, each at most 1", () => {
    const worst = { proven: 0, missed: 256, served: 0, failed: 50, freeBytes: 0n, latencyMs: 60_000 };
    const lanes = [candidate({}, { operator: "0xe" }), candidate({ missed: 9 }, { operator: "0xe" })];
    const all = [
      candidate(),
      candidate(worst, { price: 250n, collateral: 0n }),
      candidate({}, { price: 999n }),
      ...lanes,
    ];
    const ranked = rankPlacement(all, 2, deal);
    expect(ranked.map(({ verdict }) => verdict)).to.deep.equal([
      "chosen",
      "chosen",
      "spare",
      "same operator",
      "too dear",
    ]);
    for (const { score, factors } of ranked) {
      expect(factors.map(({ name }) => name)).to.deep.equal([
        "price",
        "collateral",
        "history",
        "retrieval",
        "space",
        "latency",
        "operator",
        "network",
      ]);
      expect(product(factors)).to.be.closeTo(score, 1e-12);
      for (const { name, value } of factors) expect(value > 0 || name === "operator", name).to.equal(true);
      for (const { name, value } of factors) expect(value <= 1, name).to.equal(true);
    }
  });

  it("lets a cheap price not outweigh a lane that misses half of its windows", () => {
    expect(beats(candidate(), candidate({ proven: 50, missed: 50 }, { price: 40n }))).to.equal(true);
  });

  it("spreads a file over networks before it takes two of one", () => {
    const near = [candidate({ network: "a" }), candidate({ network: "a" }), candidate({ network: "a" })];
    const far = candidate({ network: "b", latencyMs: 950 });
    const ranked = rankPlacement([...near, far], 2, deal);
    expect(ranked.slice(0, 2).map(({ candidate: { facts } }) => facts!.network)).to.deep.equal(["a", "b"]);
    expect(ranked.map(({ verdict }) => verdict)).to.deep.equal(["chosen", "chosen", "spare", "spare"]);
  });

  it("keeps gougers and second lanes of an operator out, and says so", () => {
    const lanes = [candidate({}, { operator: "0xe" }), candidate({ missed: 9 }, { operator: "0xE" })];
    const dear = candidate({}, { price: 10_000n });
    const ranked = rankPlacement([dear, ...lanes, candidate(), candidate()], 5, deal);
    const verdicts = new Map(ranked.map(({ candidate: { provider }, verdict }) => [provider, verdict]));
    expect(verdicts.get(dear.provider)).to.equal("too dear");
    expect(verdicts.get(lanes[0]!.provider)).to.equal("chosen");
    expect(verdicts.get(lanes[1]!.provider)).to.equal("same operator");
  });

  it("shows which network a provider is in, and who was chosen there before it", () => {
    const near = Array.from({ length: 5 }, (_, i) => candidate({ network: "a" }, { price: 100n + BigInt(i) }));
    const far = candidate({ network: "b" }, { price: 1_000n });
    const [a, b, c, d] = near.map(({ provider }) => provider);
    const ranked = rankPlacement([...near, far], 4, deal);
    expect(linesOf("network", ranked)).to.deep.equal([
      [a, "chosen", 1, "a, where none was chosen before it"],
      [b, "chosen", 1 / 2, `a, where ${a} was chosen before it`],
      [c, "chosen", 1 / 3, `a, where ${a}, ${b} were chosen before it`],
      [d, "chosen", 1 / 4, `a, where ${a}, ${b}, ${c} were chosen before it`],
      [near[4]!.provider, "spare", 1 / 5, `a, where ${a}, ${b}, ${c} and 1 more were chosen before it`],
      [far.provider, "too dear", 1, "b, where none was chosen before it"],
    ]);
  });

  it("lets one elsewhere substitute before a better one that is where the chosen are", () => {
    const near = [candidate({ network: "a" }), candidate({ network: "a" })];
    const far = candidate({ network: "b", latencyMs: 950 });
    const ranked = rankPlacement([...near, far], 1, deal);
    expect(ranked.map(({ candidate: { facts } }) => facts!.network)).to.deep.equal(["a", "b", "a"]);
  });

  it("shows whose lane a provider is and which other of the operator's is better", () => {
    const [best, worse, alone] = [
      candidate({}, { operator: "0xE" }),
      candidate({ missed: 9 }, { operator: "0xe" }),
      candidate({}, { operator: "0xF", price: 101n }),
    ];
    const itself = candidate({}, { price: 102n });
    const [head, second] = [candidate({}, { price: 103n }), candidate({}, { price: 104n })];
    const led = { ...second, operator: head.provider };
    expect(linesOf("operator", rankPlacement([worse, best, alone, itself, led, head], 4, deal))).to.deep.equal([
      [best.provider, "chosen", 1, "0xE, the best of its 2 lanes"],
      [alone.provider, "chosen", 1, "0xF"],
      [itself.provider, "chosen", 1, "its own"],
      [head.provider, "chosen", 1, "its own, the best of its 2 lanes"],
      [worse.provider, "same operator", 0, `0xe, whose lane ${best.provider} is better`],
      [led.provider, "same operator", 0, `${head.provider}, whose lane ${head.provider} is better`],
    ]);
  });

  it("gives two runs the same order", () => {
    const all = Array.from({ length: 6 }, () => candidate({ network: "n" }));
    const order = (list: readonly Candidate[]) => rankPlacement(list, 3, deal).map((one) => one.candidate.provider);
    expect(order(all.toReversed())).to.deep.equal(order(all));
  });
});

describe("the network of a provider", () => {
  it("is its /16, its /32 or its domain", () => {
    expect(networkOf(["/ip4/10.20.30.40/tcp/4001"])).to.equal("10.20.0.0/16");
    expect(networkOf(["/ip6/2001:0db8::1/tcp/4001"])).to.equal("2001:db8::/32");
    expect(networkOf(["/ip6/::1/tcp/1"])).to.equal("0:0::/32");
    expect(networkOf(["/dns4/a.b.Example.org/tcp/1", "/ip4/1.2.3.4/tcp/1"])).to.equal("example.org");
    expect(networkOf([])).to.equal("unknown");
  });
});
