import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { type R1cs, readR1cs } from "../../scripts/lib/r1cs.ts";
import { getScalar, R } from "../../scripts/lib/scalar-field.ts";
import { folderOf, openCircuit, root, statementOf } from "./lib/circuit.ts";

const readCircuit = (profile: string) => readR1cs(readFileSync(path.join(folderOf(profile), "spacetime.r1cs")));

/** For every wire: would the constraints still hold if this wire alone were `change` larger? */
function looseWires(r1cs: R1cs, wires: readonly bigint[], change: bigint): number[] {
  const sums = [0, 1, 2].map(() => new Array<bigint>(r1cs.constraints).fill(0n));
  const uses = new Map<number, Map<number, [bigint, bigint, bigint]>>();
  r1cs.terms((matrix, constraint, wire, value) => {
    sums[matrix]![constraint] = (sums[matrix]![constraint]! + value * wires[wire]!) % R;
    const rows = uses.get(wire) ?? new Map<number, [bigint, bigint, bigint]>();
    uses.set(wire, rows);
    const row = rows.get(constraint) ?? [0n, 0n, 0n];
    rows.set(constraint, row);
    row[matrix as 0 | 1 | 2] += value;
  });
  const holds = (a: bigint, b: bigint, c: bigint) => (a * b - c) % R === 0n;
  const [a, b, c] = sums as [bigint[], bigint[], bigint[]];
  expect(a.every((value, i) => holds(value, b[i]!, c[i]!))).to.equal(true, "the unchanged assignment");
  return wires.flatMap((_, wire) => {
    const rows = [...(uses.get(wire) ?? [])];
    const stillHolds = rows.every(([i, [x, y, z]]) =>
      holds(a[i]! + x * change, b[i]! + y * change, c[i]! + z * change),
    );
    return stillHolds ? [wire] : [];
  });
}

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

  it("pin every wire: none can change alone, by 1 or by another amount, with active and with inactive levels", async () => {
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
    expect(looseWires(r1cs, wires, 1n)).to.deep.equal([]);
    expect(looseWires(r1cs, wires, 0xdeadbeefn)).to.deep.equal([]);
  });
});
