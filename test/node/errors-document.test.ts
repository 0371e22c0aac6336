import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { errorsDocument, errorUses, possibleCodes } from "../../scripts/lib/errors-document.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** Words with an underscore that are no codes of errors: one of S3's, an answer of the status page. */
const OTHER_WORDS = ["FULL_OBJECT", "NOT_FOUND"];

describe("docs/errors.md", () => {
  it("says what the code says; renew it with `node scripts/generate-errors-doc.ts`", () => {
    expect(readFileSync(path.join(root, "docs/errors.md"), "utf8")).to.equal(errorsDocument(root));
  });

  it("misses no code: every upper-case word with an underscore is listed or known to be something else", () => {
    const listed = new Set(errorUses(root).map(({ code }) => code));
    const missing = [...possibleCodes(root).keys()].filter((code) => !listed.has(code));
    expect(missing.sort()).to.deep.equal(OTHER_WORDS);
    expect(listed.size).to.be.greaterThan(100);
  });

  it("gives almost every code a sentence, which says more than its name", () => {
    const said = new Set(errorUses(root).flatMap(({ code, sentence }) => ((sentence?.length ?? 0) > 15 ? [code] : [])));
    const silent = new Set(errorUses(root).flatMap(({ code }) => (said.has(code) ? [] : [code])));
    expect([...silent].length).to.be.lessThan(12);
  });
});
