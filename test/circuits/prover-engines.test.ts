import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { groth16 } from "snarkjs";
import { readProverFolder } from "../../node/consensus/prover/folder.ts";
import { compileExactKernels } from "../../node/consensus/prover/groth16/kernels.ts";
import { createGroth16Prover, type Groth16Prover } from "../../node/consensus/prover/groth16/prove.ts";
import { openZkey } from "../../node/consensus/prover/groth16/zkey.ts";
import { createProver } from "../../node/consensus/prover/prover.ts";
import { SCALAR_FIELD } from "../../node/data/digest.ts";
import { type Circuit, folderOf, openCircuit, signalsOf, statementOf } from "./lib/circuit.ts";

const files = readProverFolder(folderOf("test"));
const places: [number, number][] = [
  [4095, 5],
  [0, 1],
];
const { input, expected } = statementOf(places, files.D, 271828n);

/** What a fresh Node with these engine flags proves with, and which signals. Throws if there is no valid proof. */
function proveWith(...flags: string[]): { engine: string; publicSignals: string[] } {
  const script = `(async () => {
    const { createProver } = await import(${JSON.stringify(new URL("../../node/consensus/prover/prover.ts", import.meta.url).href)});
    const prover = await createProver(${JSON.stringify(files)});
    const { publicSignals } = await prover.prove(${JSON.stringify(input)});
    console.log(JSON.stringify({ engine: prover.engine, publicSignals: publicSignals.map(String) }));
    await prover.close();
    process.exit(0);
  })()`;
  return JSON.parse(execFileSync(process.execPath, [...flags, "--eval", script]).toString());
}

describe("engines of the prover", function () {
  this.timeout(120_000);

  it("are Holdfast's own unless snarkjs is asked for, and both prove the same statement", async () => {
    for (const prover of ["holdfast", "snarkjs"] as const) {
      const made = await createProver({ ...files, prover });
      try {
        expect(made.engine).to.equal(prover);
        expect((await made.prove(input)).publicSignals.map(String)).to.deep.equal(expected);
      } finally {
        await made.close();
      }
    }
    const byDefault = await createProver(files);
    await byDefault.close();
    expect(byDefault.engine).to.equal("holdfast");
  });

  it("work in the engine's baseline and its optimising compiler", () => {
    for (const flag of ["--liftoff-only", "--no-liftoff"]) {
      expect(proveWith(flag)).to.deep.equal({ engine: "holdfast", publicSignals: expected });
    }
  });

  it("give way to snarkjs's integers where a multiply-add rounds twice, or there is no SIMD", function () {
    if (process.arch !== "x64") this.skip(); // V8 has switches for instructions of x86-64 alone
    for (const flag of ["--no-enable-fma3", "--no-enable-sse4-1"]) {
      expect(proveWith(flag)).to.deep.equal({ engine: "snarkjs", publicSignals: expected });
    }
  });
});

describe("Holdfast's proofs", function () {
  this.timeout(120_000);
  let circuit: Circuit;
  let prover: Groth16Prover;

  before(async () => {
    circuit = await openCircuit("test");
    const zkey = openZkey(files.zkey);
    prover = createGroth16Prover(zkey, compileExactKernels()!, 2);
    zkey.close();
  });

  after(() => prover.close());

  it("verify by snarkjs with any blinding, the edges included", async () => {
    const { values } = await circuit.witness(input);
    const key = JSON.parse(readFileSync(files.verificationKey, "utf8"));
    for (const blinding of [
      [0n, 0n],
      [1n, SCALAR_FIELD - 1n],
      [SCALAR_FIELD - 1n, 0n],
      [2n ** 200n + 5n, 2n ** 253n],
    ] as const) {
      const proof = await prover.prove(values, blinding);
      expect(await groth16.verify(key, expected, proof), blinding.join()).to.equal(true);
    }
  });

  it("differ with the blinding and with nothing else", async () => {
    const { values } = await circuit.witness(input);
    const proof = await prover.prove(values, [3n, 4n]);
    expect(await prover.prove(values, [3n, 4n])).to.deep.equal(proof);
    expect((await prover.prove(values, [3n, 5n])).pi_b).to.not.deep.equal(proof.pi_b);
    expect((await prover.prove(values, [4n, 4n])).pi_a).to.not.deep.equal(proof.pi_a);
  });

  it("of another statement do not verify for this one, nor do those of a witness with one wire changed", async () => {
    const other = await circuit.witness(statementOf(places, files.D, 1n).input);
    const proof = await prover.prove(other.values, [5n, 6n]);
    expect(await circuit.verify(expected, proof)).to.equal(false);
    expect(await circuit.verify(signalsOf(other), proof)).to.equal(true);
    const { values } = await circuit.witness(input);
    for (const wire of [4, 100, values.length / 32 - 1]) {
      const changed = values.slice();
      changed[32 * wire]! ^= 1;
      const broken = await prover.prove(changed, [5n, 6n]);
      expect(await circuit.verify(expected, broken), `wire ${wire}`).to.equal(false);
    }
  });
});
