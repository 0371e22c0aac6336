import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { compile } from "../../scripts/lib/circom.ts";
import { circuitOf, nameOf, readCircuitsFile } from "../../scripts/lib/circuits-file.ts";
import { readTrackedCounts } from "../../scripts/lib/constraint-counts.ts";
import { readR1cs } from "../../scripts/lib/r1cs.ts";
import { getScalar } from "../../scripts/lib/scalar-field.ts";
import { folderOf, openCircuit, root, statementOf } from "./lib/circuit.ts";
import { constraintSystem, isSatisfied, looseWires } from "./lib/constraint-system.ts";
import { smallCircuit } from "./lib/small-circuit.ts";
import { instances } from "./lib/templates.ts";

const readCircuit = (profile: string) => {
  const name = profile.startsWith("capacity") ? "capacity" : "spacetime";
  return readR1cs(readFileSync(path.join(folderOf(profile), `${name}.r1cs`)));
};

/** Built before the tests run. The long tests compile every profile, without a key. */
const BUILT = ["test", "dev", "capacity-test"];

async function compiledCount(profile: string): Promise<number> {
  const { circuit, profile: size } = circuitOf(readCircuitsFile(root), profile);
  mkdirSync(path.join(root, "build"), { recursive: true });
  const folder = mkdtempSync(path.join(root, "build/compiled-"));
  try {
    await compile(root, circuit, size, folder);
    return readR1cs(readFileSync(path.join(folder, `${nameOf(circuit)}.r1cs`))).constraints;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The instance that a main file makes, with the digest's tag by its name. */
const instanceOf = (source: string) => /= (\w+\(.*\));/.exec(source)![1]!.replace(/\d{20,}/, "tag");

describe("constraints", () => {
  const { profiles: tracked, templates } = readTrackedCounts(root);

  for (const profile of BUILT) {
    it(`number ${tracked[profile]} in the ${profile} profile, as circuits/constraints.json says`, () => {
      expect(readCircuit(profile).constraints).to.equal(tracked[profile]);
    });
  }

  if (process.env.HOLDFAST_LONG === "1") {
    for (const profile of Object.keys(tracked)) {
      it(`number ${tracked[profile]} in the ${profile} profile when it is compiled anew`, async () => {
        expect(await compiledCount(profile)).to.equal(tracked[profile]);
      }).timeout(900_000);
    }
  }

  const small = new Map(instances().map(({ source }) => [instanceOf(source), source]));
  for (const [name, source] of small) {
    it(`number ${templates[name]} in ${name}, as circuits/constraints.json says`, async () => {
      const { r1cs } = await smallCircuit(source);
      expect(readR1cs(readFileSync(r1cs)).constraints).to.equal(templates[name]);
    });
  }

  it("are tracked for every template", () => {
    expect(Object.keys(templates)).to.deep.equal([...small.keys()]);
  });

  for (const [profile, log] of [
    ["production", 16],
    ["production-34", 17],
    ["capacity-production", 17],
  ] as const) {
    it(`leave room in 2^${log} for the public signals in the ${profile} profile, whose powers of tau must suffice`, () => {
      expect(tracked[profile]! + 4)
        .to.be.greaterThan(2 ** (log - 1))
        .and.at.most(2 ** log);
    });
  }

  it("are tracked for every profile, and a proof of one more challenge a window than 34 would need 2^18", () => {
    const { profiles, capacity } = readCircuitsFile(root);
    expect(Object.keys(tracked)).to.deep.equal(Object.keys({ ...profiles, ...capacity.profiles }));
    const perChallenge = (tracked["production-34"]! - tracked.production!) / 18;
    expect(tracked["production-34"]! + perChallenge).to.be.greaterThan(2 ** 17);
  });

  it("pin every wire: none can change alone, by any amount, with active and with inactive levels", async () => {
    const circuit = await openCircuit("test");
    const { input } = statementOf(
      [
        [8 ** 5 - 6, 5],
        [0o72, 2],
      ],
      circuit.D,
      99n,
    );
    const { values } = await circuit.witness(input);
    const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
    const wires = Array.from({ length: values.length / 32 }, (_, i) => getScalar(view, 32 * i));
    const r1cs = readCircuit("test");
    expect(wires).to.have.length(r1cs.wires);
    const system = constraintSystem(r1cs);
    expect(isSatisfied(system, wires)).to.equal(true);
    expect(looseWires(system, wires)).to.deep.equal([]);
  });
});
