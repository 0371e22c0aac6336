import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { readR1cs } from "../../scripts/lib/r1cs.ts";
import { getScalar } from "../../scripts/lib/scalar-field.ts";
import { folderOf, openCircuit, root, statementOf } from "./lib/circuit.ts";
import { constraintSystem, isSatisfied, looseWires } from "./lib/constraint-system.ts";

const readCircuit = (profile: string) => readR1cs(readFileSync(path.join(folderOf(profile), "spacetime.r1cs")));

describe("constraints", () => {
  const tracked: Record<string, number> = JSON.parse(
    readFileSync(path.join(root, "circuits/constraints.json"), "utf8"),
  );

  for (const profile of ["test", "dev"]) {
    it(`number ${tracked[profile]} in the ${profile} profile, as circuits/constraints.json says`, () => {
      expect(readCircuit(profile).constraints).to.equal(tracked[profile]);
    });
  }

  it("are fewer than 2^16 in the production profile, for which the ceremony's powers of tau must suffice", () => {
    expect(tracked.production)
      .to.be.greaterThan(tracked.dev!)
      .and.lessThan(2 ** 16);
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
