import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { TypedDataEncoder } from "ethers";
import { extensionTypes, handOverTypes } from "../../node/data/change-messages.ts";
import { offerTypes } from "../../node/data/terms.ts";
import { readSolidity } from "../../scripts/lib/solidity-facts.ts";
import { typesDocument } from "../../scripts/lib/types-document.ts";

const root = path.resolve(import.meta.dirname, "../..");

describe("docs/types.md", () => {
  it("says what the code says; renew it with `node scripts/generate-types-doc.ts`", () => {
    expect(readFileSync(path.join(root, "docs/types.md"), "utf8")).to.equal(typesDocument(root));
  });

  it("rests on messages that contract and node spell alike", () => {
    const { typehashes } = readSolidity(root, []);
    const spell = (name: string, types: Readonly<Record<string, readonly { name: string; type: string }[]>>) =>
      TypedDataEncoder.from(
        Object.fromEntries(Object.entries(types).map(([key, list]) => [key, [...list]])),
      ).encodeType(name);
    expect(typehashes.get("OFFER_TYPEHASH")).to.equal(spell("Offer", offerTypes));
    expect(typehashes.get("EXTENSION_TYPEHASH")).to.equal(spell("Extension", extensionTypes));
    expect(typehashes.get("HAND_OVER_TYPEHASH")).to.equal(spell("HandOver", handOverTypes));
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
