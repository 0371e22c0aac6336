// The floors of the house (docs/design.md section 5): imports only go down.

import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

const root = path.resolve(import.meta.dirname, "..");
const floors = ["common", "physical", "data", "network", "consensus", "incentive", "interface", "application"];

/** Every relative import of a source, static or dynamic, as paths from the root. */
function importsOf(file: string): string[] {
  const source = readFileSync(path.join(root, file), "utf8");
  const found = source.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|new URL\(\s*)"(\.{1,2}\/[^"]*)"/g);
  return [...found].map(([, target]) => path.normalize(path.join(path.dirname(file), target!)));
}

const sources = (folder: string) =>
  globSync(`${folder}/**/*.{ts,mjs}`, { cwd: root }).filter((file) => !file.endsWith(".as.ts"));
const floorOf = (file: string) => floors.indexOf(file.split(path.sep)[1]!);

describe("the floors of the node", () => {
  const files = sources("node");

  it("are the only folders under node/", () => {
    const folders = new Set(files.map((file) => file.split(path.sep)[1]!));
    expect([...folders].filter((folder) => !floors.includes(folder))).to.deep.equal([]);
    expect(files.length).to.be.greaterThan(20);
  });

  for (const floor of floors) {
    it(`${floor} imports only from its own floor and those below`, () => {
      const upward = files
        .filter((file) => floorOf(file) === floors.indexOf(floor))
        .flatMap((file) =>
          importsOf(file)
            .filter((target) => target.startsWith(`node${path.sep}`) && floorOf(target) > floorOf(file))
            .map((target) => `${file} -> ${target}`),
        );
      expect(upward).to.deep.equal([]);
    });
  }

  it("never import scripts, tests or contracts; of the circuits only their list of profiles", () => {
    const outward = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => /^(?:scripts|test|contracts|artifacts|circuits)\b/.test(target))
        .filter((target) => target !== path.join("circuits", "circuits.json"))
        .map((target) => `${file} -> ${target}`),
    );
    expect(outward).to.deep.equal([]);
  });

  it("name modules by URL in a way that holds for the published JavaScript too", () => {
    const fixed = files.filter((file) => /new URL\(\s*"[^"]*\.ts"/.test(readFileSync(path.join(root, file), "utf8")));
    expect(fixed).to.deep.equal([]);
  });

  it("below the application know nothing of the process they run in", () => {
    const ambient = files
      .filter((file) => floorOf(file) < floors.indexOf("application"))
      .filter((file) => !file.endsWith("worker.ts")) // there process.exit() ends a thread
      .filter((file) =>
        /\bprocess\.(?:env|argv|exit|std\w+)\b|\bconsole\./.test(readFileSync(path.join(root, file), "utf8")),
      );
    expect(ambient).to.deep.equal([]);
  });

  it("have no file that only passes on what others export", () => {
    const barrels = files.filter((file) =>
      /^\s*export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s+from\s/m.test(readFileSync(path.join(root, file), "utf8")),
    );
    expect(barrels).to.deep.equal([]);
  });
});

describe("what lies beside the node", () => {
  it("scripts never import tests", () => {
    const found = sources("scripts").flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith("test"))
        .map((target) => `${file} -> ${target}`),
    );
    expect(found).to.deep.equal([]);
  });

  it("contracts that are deployed never import mocks", () => {
    const found = globSync("contracts/**/*.sol", { cwd: root })
      .filter((file) => !file.startsWith(path.join("contracts", "mocks")))
      .filter((file) => /import[^;]*"[^"]*mocks\//.test(readFileSync(path.join(root, file), "utf8")));
    expect(found).to.deep.equal([]);
  });

  it("an import that goes up would be found", () => {
    const planted = path.join("node", "data", "terms.ts");
    const up = path.normalize(path.join(path.dirname(planted), "../consensus/chain.ts"));
    expect(floorOf(up) > floorOf(planted)).to.equal(true);
    expect(importsOf(path.join("node", "consensus", "chain.ts"))).to.include(planted);
  });
});
