// The repository's own tools: what they say to whoever asks how, and to whoever mistypes.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect } from "chai";

const ROOT = path.resolve(import.meta.dirname, "../..");
const TOOLS = [
  ...[
    "build-circuits",
    "coverage",
    "demo",
    "detection-table",
    "dev-setup",
    "devnet",
    "fuzz-bugs",
    "gas",
    "mutants",
    "package",
  ],
  ...["test", "bench capacity", "bench client", "bench kernels", "bench proofs"],
];

function run(line: string): { status: number | null; stdout: string; stderr: string } {
  const [tool, ...words] = line.split(" ");
  const command = [path.join(ROOT, `scripts/${tool}.ts`), ...words];
  return spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8" });
}

describe("a tool of this repository", function () {
  this.timeout(60_000);

  for (const tool of TOOLS) {
    it(`${tool} has help with an example`, () => {
      const { status, stdout, stderr } = run(`${tool} --help`);
      expect(status, stderr).to.equal(0);
      expect(stdout).to.match(/^Example: /m);
    });
  }

  const refused: readonly (readonly [string, RegExp])[] = [
    ["mutants --count many", /^--count must be a whole number above 0, not "many"/],
    ["gas --wirte", /^Unknown option '--wirte'\. See --help\.$/],
    ["bench capacity --core-hour free", /^--core-hour must be a number above 0, not "free"/],
    ["demo one two", /^"two" is one word too many/],
    ["dev-setup only.r1cs", /^Two files are needed/],
    ["dev-setup in.r1cs out.zkey --seed 1234", /^--seed must be at least 32 bytes/],
    ["build-circuits", /^Name a profile/],
  ];
  for (const [line, sentence] of refused) {
    it(`says what is wrong with "${line}"`, () => {
      const { status, stderr, stdout } = run(line);
      expect(stderr.trimEnd()).to.match(sentence);
      expect(stderr.trimEnd().split("\n")).to.have.length(1);
      expect({ status, stdout }).to.deep.equal({ status: 1, stdout: "" });
    });
  }
});
