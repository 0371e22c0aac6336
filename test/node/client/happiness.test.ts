import { expect } from "chai";
import { type Address, stringToHex, zeroAddress } from "viem";
import type { ProviderView } from "../../../node/consensus/registry.ts";
import { happinessOf } from "../../../node/interface/client/happiness.ts";
import type { SlotProgress } from "../../../node/interface/client/put-plan.ts";

const address = (index: number): Address => `0x${index.toString(16).padStart(40, "0")}`;
const view = (index: number, change: Partial<ProviderView> = {}): ProviderView => ({
  provider: address(index),
  profile: { peerId: "0x12", addresses: "", region: stringToHex("DE", { size: 2 }), capacity: 1n },
  ask: { storagePrice: 1n, retrievalPrice: 1n, minWindows: 1, maxWindows: 9, minM: 13, maxM: 20, accepting: true },
  ...{ stake: 1n, offerEpoch: 7n, suspended: false, operator: zeroAddress },
  ...change,
});
const slots = [1, 2, 3].map(
  (index) =>
    ({ slot: index - 1, placed: { quote: { provider: address(index), epoch: 7n } } }) as unknown as SlotProgress,
);

describe("the happiness of a placement", () => {
  it("counts every slot while its provider stands alone and by its offer", () => {
    expect(happinessOf([view(1), view(2), view(3)], slots)).to.deep.equal({ happy: 3, reasons: [] });
  });

  it("does not count who left, was suspended or revoked its offers since it quoted", () => {
    for (const changed of [[], [view(3, { suspended: true })], [view(3, { offerEpoch: 8n })]]) {
      const { happy, reasons } = happinessOf([view(1), view(2), ...changed], slots);
      expect(happy).to.equal(2);
      expect(reasons).to.have.length(1);
      expect(reasons[0]).to.include(`slot 2, ${address(3)}`);
    }
  });

  it("counts an operator once, its own lane among them", () => {
    const operator = address(1);
    const { happy } = happinessOf([view(1), view(2, { operator }), view(3, { operator: address(9) })], slots);
    expect(happy).to.equal(2);
  });
});
