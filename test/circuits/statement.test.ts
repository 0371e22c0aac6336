import { expect } from "chai";
import type { HoldfastError } from "../../node/common/errors.ts";
import { SCALAR_FIELD } from "../../node/data/digest.ts";
import {
  type Circuit,
  copyOf,
  type MutableInput,
  openCircuit,
  type Statement,
  signalsOf,
  statementOf,
} from "./lib/circuit.ts";
import { hash, value } from "./lib/tree.ts";

describe("spacetime circuit", () => {
  let circuit: Circuit;
  // One tree of full depth and one of depth 3, so that active and inactive levels are both there.
  const places: [number, number][] = [
    [8 ** 5 - 6, 5],
    [0o172, 3],
  ];
  let statement: Statement;

  /** The public signals, or undefined if the circuit refuses the inputs. */
  async function outcome(change: (input: MutableInput) => void): Promise<string[] | undefined> {
    const input = copyOf(statement.input);
    change(input);
    try {
      return signalsOf(await circuit.witness(input));
    } catch (error) {
      // Only a broken constraint counts: the program names its line, a malformed input has another reason.
      expect((error as HoldfastError).details.reason).to.match(/^Error in template /);
      return undefined;
    }
  }

  const siblings = (name: string): bigint[] => Array.from({ length: 8 }, (_, i) => value(`${name} ${i}`));
  const plusOne = (text: string) => ((BigInt(text) + 1n) % SCALAR_FIELD).toString();

  before(async () => {
    circuit = await openCircuit("test");
    statement = statementOf(places, circuit.D, 0xabcdefn);
  });

  it("accepts openings that lead to their roots, with the digest, the value and the point as public signals", async () => {
    expect(await outcome(() => {})).to.deep.equal(statement.expected);
  });

  it("accepts every depth from 1 to D and the first and last index of each", async () => {
    for (let depth = 1; depth <= circuit.D; depth++) {
      const { input, expected } = statementOf(
        [
          [0, depth],
          [8 ** depth - 1, depth],
        ],
        circuit.D,
        7n,
      );
      expect(signalsOf(await circuit.witness(input))).to.deep.equal(expected);
    }
  });

  it("refuses every single change of a leaf, an index, a flag or a sibling of an active level", async () => {
    for (const [i, [index, depth]] of places.entries()) {
      const changes: [string, (input: MutableInput) => void][] = [
        ["leaf", (input) => (input.leaf[i] = plusOne(input.leaf[i]!))],
        ["index + 1", (input) => (input.index[i] = String(index + 1))],
        ["index + 8^depth", (input) => (input.index[i] = String(index + 8 ** depth))],
        ["negative index", (input) => (input.index[i] = (SCALAR_FIELD - 1n).toString())],
      ];
      for (let level = 0; level < circuit.D; level++) {
        changes.push([
          `flag ${level}`,
          (input) => (input.active[i]![level] = input.active[i]![level] === "1" ? "0" : "1"),
        ]);
        changes.push([`flag ${level} = 2`, (input) => (input.active[i]![level] = "2")]);
      }
      for (const [name, change] of changes) {
        expect(await outcome(change), `opening ${i}: ${name}`).to.equal(undefined);
      }
      for (let level = 0; level < depth; level++) {
        const digit = Math.floor(index / 8 ** level) % 8;
        for (let child = 0; child < 8; child++) {
          const signals = await outcome((input) => {
            input.children[i]![level]![child] = plusOne(input.children[i]![level]![child]!);
          });
          const name = `opening ${i}: child ${child} of level ${level}`;
          // A node of the path breaks the level below; a sibling at the top leads to another root, hence another digest.
          if (child === digit || level < depth - 1) expect(signals, name).to.equal(undefined);
          else expect(signals?.[0], name).to.be.a("string").that.does.not.equal(statement.expected[0]);
        }
      }
    }
  });

  it("ignores the siblings of inactive levels", async () => {
    const signals = await outcome((input) => {
      for (const row of input.children[1]!.slice(3)) row.fill("12345");
    });
    expect(signals).to.deep.equal(statement.expected);
  });

  // In the next three everything but the one rule holds: a circuit without that rule accepts these inputs.
  it("refuses a tree without levels, whose root would be any value", async () => {
    const change = (input: MutableInput) => {
      input.active[1]!.fill("0");
      input.index[1] = "0";
    };
    expect(await outcome(change)).to.equal(undefined);
  });

  it("refuses flags with a gap, though the path leads on above it", async () => {
    const [lower, upper] = [siblings("lower"), siblings("upper")];
    upper[5] = hash(lower);
    const change = (input: MutableInput) => {
      input.leaf[1] = lower[2]!.toString();
      input.index[1] = String(2 + 5 * 64);
      input.active[1] = ["1", "0", "1", "0", "0"];
      input.children[1]![0] = lower.map(String);
      input.children[1]![2] = upper.map(String);
    };
    expect(await outcome(change)).to.equal(undefined);
  });

  it("refuses a flag of 2, which would make a root of no tree and a level out of nothing", async () => {
    const [lower, upper] = [siblings("lower"), siblings("upper")];
    upper[0] = hash(lower);
    const change = (input: MutableInput) => {
      input.leaf[1] = lower[2]!.toString();
      input.index[1] = "2";
      input.active[1] = ["1", "2", "0", "0", "0"];
      input.children[1]![0] = lower.map(String);
      input.children[1]![1] = upper.map(String);
    };
    expect(await outcome(change)).to.equal(undefined);
  });

  it("refuses an index whose bits reach above the depth, even where the path would lead to the root", async () => {
    // Level 3 is inactive for the second opening: nothing but the rule on its digit sees this bit.
    expect(await outcome((input) => (input.index[1] = String(0o172 + 8 ** 3)))).to.equal(undefined);
    expect(await outcome((input) => (input.index[1] = String(0o172 + 8 ** 5)))).to.equal(undefined);
  });

  it("moves the value but not the digest with the point", async () => {
    const other = statementOf(places, circuit.D, 0xabcdf0n);
    expect(other.expected[0]).to.equal(statement.expected[0]);
    expect(other.expected[1]).to.not.equal(statement.expected[1]);
    expect(await outcome((input) => (input.r = String(0xabcdf0)))).to.deep.equal(other.expected);
  });

  it("tells the order of the openings apart", async () => {
    const swapped = statementOf([places[1]!, places[0]!], circuit.D, 0xabcdefn);
    expect(signalsOf(await circuit.witness(swapped.input))).to.deep.equal(swapped.expected);
    expect(swapped.expected[0]).to.not.equal(statement.expected[0]);
  });
});
