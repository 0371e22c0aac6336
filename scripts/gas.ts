// Gas of the operations that users pay for, measured on the in-process chain with real proofs.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { measureBatch } from "./gas/batch.ts";
import { measureCapacity } from "./gas/capacity.ts";
import { measureChanges } from "./gas/changes.ts";
import { measureDisputes } from "./gas/disputes.ts";
import { measureMarket } from "./gas/market.ts";
import { measureOrders } from "./gas/orders.ts";
import { differences, excesses, formatTable, type GasTable, slopes } from "./gas/report.ts";
import { measureSubmitProof } from "./gas/submit-proof.ts";
import { buildProfiles } from "./lib/build-profiles.ts";
import { readCommandLine } from "./lib/command-line.ts";

const FILE = path.resolve(import.meta.dirname, "../gas.json");
const CIRCUITS = path.resolve(import.meta.dirname, "../build/circuits");
const BAGS = [1, 1_000, 10_000];

const USAGE = `npm run gas [-- options]

  --json     print one JSON object instead of a table
  --check    fail if a figure is more than 1 % away from gas.json
  --write    keep the figures in gas.json

Fails in any case if submitProof at 10,000 replicas is more than 2 % away from 1,000, or if a figure is above its limit
(scripts/gas/report.ts). The first run builds the circuit of the production profile: less than a minute, kept from then on.

Example: npm run -s gas -- --json`;

const { values: options } = readCommandLine(USAGE, {
  json: { type: "boolean" },
  write: { type: "boolean" },
  check: { type: "boolean" },
});

async function measure(): Promise<GasTable> {
  const report = (message: string) => console.error(`measuring ${message} ...`);
  const gas: Record<string, number> = {};
  for (const profile of ["dev", "production"]) {
    Object.assign(gas, await measureSubmitProof(path.join(CIRCUITS, profile), BAGS, report));
  }
  for (const { proofs, batch } of await measureBatch(path.join(CIRCUITS, "dev"), [1, 2, 4, 8], report)) {
    gas[`verifyBatch.proofs${proofs}`] = Number(batch);
  }
  Object.assign(
    gas,
    await measureMarket(report),
    await measureChanges(report),
    await measureOrders(report),
    await measureDisputes(report),
    await measureCapacity(path.join(CIRCUITS, "capacity-test"), report),
  );
  return gas;
}

buildProfiles(["dev", "production", "capacity-test"]);
const gas = await measure();
console.log(options.json ? JSON.stringify(gas) : formatTable(gas));
const failures = [...slopes(gas), ...excesses(gas)];
if (options.check) failures.push(...differences(gas, JSON.parse(readFileSync(FILE, "utf8"))));
for (const failure of failures) console.error(failure);
if (options.write && failures.length === 0) writeFileSync(FILE, `${JSON.stringify(gas, null, 2)}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
