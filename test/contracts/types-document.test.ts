import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { TypedDataEncoder } from "ethers";
import { offerTypes } from "../../node/data/terms.ts";
import { readSolidity } from "../../scripts/lib/solidity-facts.ts";
import { typesDocument } from "../../scripts/lib/types-document.ts";

const root = path.resolve(import.meta.dirname, "../..");

describe("docs/types.md", () => {
  it("says what the code says; renew it with `node scripts/generate-types-doc.ts`", () => {
    expect(readFileSync(path.join(root, "docs/types.md"), "utf8")).to.equal(typesDocument(root));
  });

  it("rests on an Offer that contract and node spell alike", () => {
    const { typehashes } = readSolidity(root, []);
    const spelled = TypedDataEncoder.from({ Offer: [...offerTypes.Offer] }).encodeType("Offer");
    expect(typehashes.get("OFFER_TYPEHASH")).to.equal(spelled);
  });

  // They run in the market's storage by delegatecall.
  for (const part of ["DealOpening", "DealChanges"]) {
    it(`gives ${part} the same slots as the market, as far as it goes`, () => {
      const { storage } = readSolidity(root, ["StorageMarket", part]);
      const whole = storage.get("StorageMarket")!;
      const shared = storage.get(part)!;
      expect(shared.length).to.be.greaterThan(5);
      expect(whole.slice(0, shared.length)).to.deep.equal(shared);
      expect(whole.slice(shared.length).map(({ label }) => label)).to.deep.equal([
        "_authority",
        "_consumingSchedule",
        "_paused",
      ]);
    });
  }
});
