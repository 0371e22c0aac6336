import { expect } from "chai";
import type { Groth16Proof } from "snarkjs";
import type { Witness } from "../../node/consensus/prover/witness.ts";
import { SCALAR_FIELD } from "../../node/data/digest.ts";
import { type Circuit, openCircuit, statementOf } from "./lib/circuit.ts";

describe("spacetime proof", () => {
  let circuit: Circuit;
  let witness: Witness;
  let proof: Groth16Proof;
  let signals: string[];

  /** The assignment with one bit of one wire flipped. */
  const withFlippedWire = (wire: number): Uint8Array => {
    const file = Uint8Array.from(witness.file);
    file[file.length - witness.values.length + 32 * wire]! ^= 1;
    return file;
  };

  before(async () => {
    circuit = await openCircuit("test");
    const { input, expected } = statementOf(
      [
        [12345, 5],
        [500, 3],
      ],
      circuit.D,
      SCALAR_FIELD - 1n,
    );
    witness = await circuit.witness(input);
    const made = await circuit.prove(witness.file);
    expect(made.publicSignals).to.deep.equal(expected);
    ({ proof, publicSignals: signals } = made);
  });

  it("verifies for its digest, value and point", async () => {
    expect(await circuit.verify(signals, proof)).to.equal(true);
  });

  it("does not verify when any public signal differs, nor when the order does", async () => {
    for (const [i, signal] of signals.entries()) {
      const changed = signals.with(i, ((BigInt(signal) + 1n) % SCALAR_FIELD).toString());
      expect(await circuit.verify(changed, proof), `signal ${i}`).to.equal(false);
    }
    expect(await circuit.verify([signals[1]!, signals[0]!, signals[2]!], proof)).to.equal(false);
  });

  it("does not verify for another name of the same signal, above the field", async () => {
    for (const [i, signal] of signals.entries()) {
      const alias = signals.with(i, (BigInt(signal) + SCALAR_FIELD).toString());
      expect(await circuit.verify(alias, proof), `signal ${i}`).to.equal(false);
    }
  });

  it("does not verify with any of its points replaced by another point of the curve", async () => {
    const { pi_a, pi_c } = proof;
    expect(await circuit.verify(signals, { ...proof, pi_a: pi_c })).to.equal(false);
    expect(await circuit.verify(signals, { ...proof, pi_c: pi_a })).to.equal(false);
    expect(await circuit.verify(signals, { ...proof, pi_b: circuit.key.vk_beta_2 as Groth16Proof["pi_b"] })).to.equal(
      false,
    );
  });

  it("does not verify when it was made from an assignment that breaks a constraint", async () => {
    const forged = await circuit.prove(withFlippedWire(1000));
    expect(forged.publicSignals).to.deep.equal(signals);
    expect(await circuit.verify(signals, forged.proof)).to.equal(false);
  });

  it("does not verify for a claimed digest that the prover put into the assignment", async () => {
    const forged = await circuit.prove(withFlippedWire(1));
    expect(forged.publicSignals[0]).to.not.equal(signals[0]);
    expect(await circuit.verify(forged.publicSignals, forged.proof)).to.equal(false);
  });

  it("differs each time, so that its bytes identify nothing", async () => {
    const second = await circuit.prove(witness.file);
    expect(second.proof).to.not.deep.equal(proof);
    expect(await circuit.verify(signals, second.proof)).to.equal(true);
  });
});
