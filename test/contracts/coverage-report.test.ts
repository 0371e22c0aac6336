/** `npm run coverage`: what it asks for, and what it lets pass. */
import { expect } from "chai";
import { instrument } from "../../scripts/coverage/instrument.ts";
import { complaintsAbout, type Exemption } from "../../scripts/coverage/report.ts";
import { parseSources } from "../../scripts/instrument/syntax.ts";

const FILE = "contracts/Sample.sol";
const SOURCE = `// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

contract Sample {
    function f(uint256 a, uint256 b) external pure returns (uint256) {
        require(a != 0 && (b != 0 || a > 7), "no");
        if (a > b) return a;
        for (uint256 i = 0; i < b; ++i) a += i;
        while (true) if (a-- == 0) break;
        return a < 3 ? 3 : b;
    }
}
`;

const { source, probes } = instrument(FILE, SOURCE, parseSources({ [FILE]: SOURCE }).get(FILE)!, 1);
const reached = (except: readonly string[] = []) =>
  new Set(probes.filter(({ text }) => !except.includes(text)).map(({ tag }) => tag));
const exempt = (text: string, more: Partial<Exemption> = {}): Exemption => ({
  ...{ file: FILE, text, reason: "nobody can get there" },
  ...more,
});
/** So many places that one of them is less than 1 %. */
const many = [
  ...probes,
  ...Array.from({ length: 200 }, (_, i) => ({ ...probes[0]!, tag: 10_000 + i, text: `other(${i})` })),
];
const allBut = (text: string, side?: boolean) =>
  new Set(many.filter((probe) => probe.text !== text || probe.side !== side).map(({ tag }) => tag));

describe("coverage of the contracts", () => {
  it("counts every statement, and each part of every condition in both its ways", () => {
    const statements = probes.filter(({ side }) => side === undefined).map(({ text }) => text);
    expect(statements.sort()).to.deep.equal(
      [
        ...['require(a != 0 && (b != 0 || a > 7), "no")', "if (a > b) return a", "return a", "a += i"],
        ...["for (uint256 i = 0; i < b; ++i) a += i", "while (true) if (a-- == 0) break"],
        ...["if (a-- == 0) break", "break", "return a < 3 ? 3 : b"],
      ].sort(),
    );
    const ways = Map.groupBy(
      probes.filter(({ side }) => side !== undefined),
      ({ text }) => text,
    );
    expect([...ways.keys()].sort()).to.deep.equal(
      ["a != 0", "b != 0", "a > 7", "a > b", "i < b", "a-- == 0", "a < 3"].sort(),
    );
    for (const [text, sides] of ways) expect(new Set(sides.map(({ side }) => side)).size, text).to.equal(2);
    expect(new Set(probes.map(({ tag }) => tag)).size).to.equal(probes.length);
    for (const { line, text } of probes) expect(SOURCE.split("\n")[line - 1]).to.include(text.split("\n")[0]);
  });

  it("leaves Solidity that parses, with a marker for each of them", () => {
    parseSources({ [FILE]: source });
    const hits = source.match(/CoverageProbe\.hit\(\d+\)/g)!.length;
    const conditions = source.match(/CoverageProbe\.went\(/g)!.length;
    expect(hits + 2 * conditions).to.equal(probes.length);
  });

  it("is content when all is reached, and names the file, the line and the way of what is not", () => {
    expect(complaintsAbout(probes, reached(), [])).to.deep.equal([]);
    const complaints = complaintsAbout(many, allBut("a > b", false), []);
    expect(complaints).to.have.length(1);
    expect(complaints[0]).to.match(/^No test reaches contracts\/Sample\.sol:7 \(false\) a > b: /);
    expect(complaintsAbout(probes, new Set(), [])).to.have.length(probes.length);
  });

  it("lets pass what is exempt with a reason, one place for each exemption, and the way that it names alone", () => {
    const hits = allBut("a > b", false);
    expect(complaintsAbout(many, hits, [exempt("a > b", { side: false })])).to.deep.equal([]);
    expect(complaintsAbout(many, hits, [exempt("a > b", { side: true })])).to.have.length(2);
    expect(complaintsAbout(many, hits, [exempt("a > b", { side: false, file: "contracts/Other.sol" })])).to.have.length(
      2,
    );
    const [unreasoned] = complaintsAbout(many, hits, [exempt("a > b", { side: false, reason: " " })]);
    expect(unreasoned).to.match(/gives no reason/);
    const twice = [...many, { ...many.find(({ text, side }) => text === "a > b" && side === false)!, tag: 99_999 }];
    expect(complaintsAbout(twice, hits, [exempt("a > b", { side: false })])).to.have.length(1);
  });

  it("takes no exemption of what is reached, nor more than 1 % of them", () => {
    expect(complaintsAbout(many, new Set(many.map(({ tag }) => tag)), [exempt("break")])[0]).to.match(/take it out/);
    const most = Math.floor(many.length / 100);
    for (const count of [most, most + 1]) {
      const missed = many.slice(-count);
      const hits = new Set(many.slice(0, -count).map(({ tag }) => tag));
      const exemptions = missed.map(({ text }) => exempt(text));
      expect(complaintsAbout(many, hits, exemptions)).to.have.length(count - most);
    }
  });
});
