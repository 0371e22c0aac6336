import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { openWitnessProgram } from "../../node/consensus/prover/witness.ts";
import { readR1cs } from "../../scripts/lib/r1cs.ts";
import { getScalar, R } from "../../scripts/lib/scalar-field.ts";
import { root } from "./lib/circuit.ts";
import {
  type ConstraintSystem,
  constraintSystem,
  isSatisfied,
  looseWires,
  movableWires,
} from "./lib/constraint-system.ts";
import { smallCircuit } from "./lib/small-circuit.ts";
import { instances } from "./lib/templates.ts";
import { value } from "./lib/tree.ts";

/** Signals that may take other values in a valid assignment, by template; each with the reason why that is no harm. */
const FREE: Readonly<Record<string, Readonly<Record<string, string>>>> = {};

/** The statements themselves, too large to evaluate again for every try. */
const WHOLE: ReadonlySet<string> = new Set(["SpacetimeProof", "CapacityProof"]);

type Compiled = {
  readonly system: ConstraintSystem;
  /** Wires that the inputs dictate. */
  readonly given: ReadonlySet<number>;
  readonly nameOf: (wire: number) => string;
  readonly assign: (inputs: Readonly<Record<string, unknown>>) => Promise<bigint[]>;
};

/** Without optimisation: every signal of the source is a wire, none is folded away before it can be looked at. */
async function compiled(source: string): Promise<Compiled> {
  const { r1cs: file, wasm, sym } = await smallCircuit(source, "--O0");
  const r1cs = readR1cs(readFileSync(file));
  const names = new Map(
    readFileSync(sym, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(","))
      .map(([, wire, , name]) => [Number(wire), name!.replace(/^main\./, "")]),
  );
  const program = await openWitnessProgram(readFileSync(wasm));
  return {
    system: constraintSystem(r1cs),
    given: new Set(Array.from({ length: r1cs.inputs }, (_, i) => 1 + r1cs.outputs + i)),
    nameOf: (wire) => names.get(wire)!,
    assign: async (inputs) => {
      const { values } = await program(inputs);
      const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
      return Array.from({ length: values.length / 32 }, (_, i) => getScalar(view, 32 * i));
    },
  };
}

describe("the hunt for what circuits leave open", () => {
  for (const { template, source, inputs } of instances()) {
    describe(template, () => {
      let circuit: Compiled;

      before(async () => {
        circuit = await compiled(source);
      });

      for (const [name, input] of Object.entries(inputs)) {
        it(`lets no signal take any other value alone, inputs and outputs among them, with ${name}`, async () => {
          const values = await circuit.assign(input);
          expect(values).to.have.length(circuit.system.wires);
          expect(isSatisfied(circuit.system, values)).to.equal(true);
          const loose = looseWires(circuit.system, values).map(circuit.nameOf);
          expect(loose).to.deep.equal(Object.keys(FREE[template] ?? {}));
        });

        it(`lets no signals move together while its inputs stay, with ${name}`, async () => {
          const moved = movableWires(circuit.system, await circuit.assign(input), circuit.given);
          expect(moved.map(circuit.nameOf)).to.deep.equal(Object.keys(FREE[template] ?? {}));
        });
      }
    });
  }

  it("looks at every template there is", () => {
    const files = readdirSync(path.join(root, "circuits"), { recursive: true, encoding: "utf8" });
    const templates = files
      .filter((file) => file.endsWith(".circom"))
      .flatMap((file) => [
        ...readFileSync(path.join(root, "circuits", file), "utf8").matchAll(/^template (?:custom )?(\w+)/gm),
      ])
      .map(([, name]) => name);
    expect(instances().map(({ template }) => template)).to.have.members(templates as string[]);
  });

  it("agrees with trying values one by one: one more, 0, 1, p - 1 and a random one", async () => {
    for (const { template, source, inputs } of instances().filter(({ template }) => !WHOLE.has(template))) {
      const { system, assign } = await compiled(source);
      const values = await assign(Object.values(inputs)[0]!);
      // A share of the wires: each try evaluates the whole system.
      for (let wire = 1; wire < values.length; wire += Math.ceil(values.length / 12)) {
        for (const other of [values[wire]! + 1n, 0n, 1n, R - 1n, value(`mutation ${wire}`)]) {
          const changed = (other - values[wire]!) % R !== 0n;
          if (changed) expect(isSatisfied(system, values.with(wire, other)), `${template} ${wire}`).to.equal(false);
        }
      }
    }
  });

  describe("finds", () => {
    it("a hint that nothing constrains", async () => {
      const circuit = await compiled(`template Hint() {
        signal input in; signal output half; signal output out;
        half <-- in / 2;
        out <== in * 3;
      }
      component main = Hint();`);
      const values = await circuit.assign({ in: 6n });
      expect(looseWires(circuit.system, values).map(circuit.nameOf)).to.deep.equal(["half"]);
      expect(movableWires(circuit.system, values, circuit.given).map(circuit.nameOf)).to.deep.equal(["half"]);
    });

    it("a flag that should be a bit and is only multiplied by zero", async () => {
      const circuit = await compiled(`template Flag() {
        signal input in; signal input flag; signal output out;
        out <== flag * (in - 5) + 1;
      }
      component main = Flag();`);
      const values = await circuit.assign({ in: 5n, flag: 1n });
      expect(looseWires(circuit.system, values).map(circuit.nameOf)).to.deep.equal(["flag"]);
    });

    it("two hints of which only the sum is constrained, though neither can change alone", async () => {
      const circuit = await compiled(`template PairOfHints() {
        signal input in; signal output left; signal output right;
        left <-- in - 1;
        right <-- 1;
        left + right === in;
      }
      component main = PairOfHints();`);
      const values = await circuit.assign({ in: 6n });
      expect(looseWires(circuit.system, values)).to.deep.equal([]);
      expect(movableWires(circuit.system, values, circuit.given).map(circuit.nameOf)).to.deep.equal(["left", "right"]);
    });

    it("a constraint that was forgotten in a template of ours", async () => {
      const level = readFileSync(path.join(root, "circuits/lib/level.circom"), "utf8").split(/^pragma .*$/m)[1]!;
      const broken = level.replace("parent <== current", "parent <-- current");
      expect(broken).to.not.equal(level);
      const circuit = await compiled(`${broken}\ncomponent main = Level();`);
      const { inputs } = instances().find(({ template }) => template === "Level")!;
      const values = await circuit.assign(inputs.active!);
      expect(movableWires(circuit.system, values, circuit.given).map(circuit.nameOf)).to.deep.equal(["parent"]);
    });
  });
});
