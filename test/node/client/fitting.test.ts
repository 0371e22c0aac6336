import { expect } from "chai";
import { stringToHex, zeroAddress } from "viem";
import type { ProviderView } from "../../../node/consensus/registry.ts";
import { fits } from "../../../node/interface/client/quotes.ts";

const view: ProviderView = {
  provider: `0x${"aa".repeat(20)}`,
  profile: { peerId: "0x12", addresses: "", region: stringToHex("DE", { size: 2 }), capacity: 1n },
  ask: {
    storagePrice: 1n,
    retrievalPrice: 1n,
    minWindows: 10,
    maxWindows: 100,
    minM: 14,
    maxM: 20,
    accepting: true,
  },
  stake: 1n,
  offerEpoch: 0n,
  suspended: false,
  operator: zeroAddress,
};
const needs = { m: 15, groups: 40, windows: 50, pieces: 3, slots: 5 };

describe("a provider worth asking for a quote", () => {
  it("takes the size and the length at both ends of its ask, anywhere", () => {
    for (const m of [14, 20]) expect(fits(view, { ...needs, m })).to.equal(true);
    for (const windows of [10, 100]) expect(fits(view, { ...needs, windows })).to.equal(true);
  });

  it("names one of the countries that the client wants", () => {
    expect(fits(view, { ...needs, regions: ["FR", "DE"] })).to.equal(true);
    expect(fits(view, { ...needs, regions: ["FR"] })).to.equal(false);
    const nowhere = { ...view, profile: { ...view.profile, region: "0x0000" as const } };
    expect(fits(nowhere, { ...needs, regions: ["DE"] })).to.equal(false);
    expect(fits(nowhere, needs)).to.equal(true);
  });

  for (const [what, change, provider] of [
    ["a smaller size than it asks for", { m: 13 }, {}],
    ["a larger size", { m: 21 }, {}],
    ["a shorter deal", { windows: 9 }, {}],
    ["a longer deal", { windows: 101 }, {}],
    ["anything while it pauses", {}, { ask: { ...view.ask, accepting: false } }],
    ["anything while it is suspended", {}, { suspended: true }],
  ] as const) {
    it(`is not one for ${what}`, () => {
      expect(fits({ ...view, ...provider }, { ...needs, ...change })).to.equal(false);
    });
  }
});
