// Lines and branches of contracts/ that the contract tests reach.
//
// The contracts are copied and every statement and condition in them says that it was reached, through the marker that
// Hardhat's own coverage collects; so a condition counts in both its ways, which Hardhat's report does not know.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { instrument, PROBE_FILE, PROBE_SOURCE, type Probe } from "./coverage/instrument.ts";
import { complaintsAbout, type Exemption, printReport } from "./coverage/report.ts";
import { readHits } from "./instrument/hits.ts";
import { makeShadow, ROOT, readSources } from "./instrument/shadow.ts";
import { parseSources } from "./instrument/syntax.ts";
import { readCommandLine } from "./lib/command-line.ts";
import { contractTests } from "./lib/contract-tests.ts";

const NOT_COVERED = /^contracts\/(mocks|interfaces)\//;

const USAGE = `npm run coverage [-- FILE ...]

Fails if anything is missed that scripts/coverage/exempt.json does not list with a reason. With files: what these tests reach, and no
judgement.

Example: npm run coverage -- test/contracts/vault.test.ts`;

const { positionals: files } = readCommandLine(USAGE, {}, Infinity);
const sources = Object.fromEntries(Object.entries(readSources()).filter(([file]) => !NOT_COVERED.test(file)));
const { folder } = makeShadow(
  "coverage",
  "{ allowUnlimitedContractSize: true }",
  'coverage: { skipFiles: ["contracts/**", "test/**"] },',
);
const trees = parseSources(sources);
const probes: Probe[] = [];
for (const [file, source] of Object.entries(sources)) {
  const done = instrument(file, source, trees.get(file)!, probes.length + 1);
  probes.push(...done.probes);
  writeFileSync(path.join(folder, file), done.source);
}
writeFileSync(path.join(folder, PROBE_FILE), PROBE_SOURCE);
console.log(
  `${probes.length} places to reach in ${Object.keys(sources).length} files; compiling and running the tests`,
);

// What a gas figure is about is not what runs here.
const tests = files.length > 0 ? files : contractTests(folder).filter((file) => !/gas\.test\.ts$/.test(file));
const hardhat = path.join(ROOT, "node_modules/.bin/hardhat");
const run = spawnSync(hardhat, ["test", "mocha", ...tests, "--coverage"], { cwd: folder, stdio: "inherit" });

const hits = readHits(folder);
printReport(probes, hits);
if (files.length === 0) {
  const exemptions = JSON.parse(readFileSync(path.join(ROOT, "scripts/coverage/exempt.json"), "utf8")) as Exemption[];
  const complaints = complaintsAbout(probes, hits, exemptions);
  // What runs before a test fails proves nothing.
  if (run.status !== 0) complaints.push("Tests fail in the instrumented copy, whose contracts are larger and dearer.");
  for (const complaint of complaints) console.error(complaint);
  console.log(`${exemptions.length} exempt; ${complaints.length === 0 ? "good" : "not good"}`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}
