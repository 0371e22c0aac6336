import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { buildBn128, type WasmCurve } from "ffjavascript";
import { type Groth16Proof, groth16, type VerificationKey, zKey } from "snarkjs";
import { devSetup, drawSecrets } from "../../scripts/dev-setup.ts";
import { type Circuit, folderOf, openCircuit, statementOf } from "./lib/circuit.ts";

const text = (value: unknown): unknown => (Array.isArray(value) ? value.map(text) : String(value));

/** A = alpha, B = beta, C = -vk_x: made of the public key alone, for any public signals. */
function forge(curve: WasmCurve, key: VerificationKey, signals: readonly bigint[]): Groth16Proof {
  const { G1 } = curve;
  const points = key.IC.map((point) => G1.fromObject(point.map(BigInt)));
  const sum = signals.reduce((all, signal, i) => G1.add(all, G1.timesScalar(points[i + 1]!, signal)), points[0]!);
  return {
    pi_a: key.vk_alpha_1,
    pi_b: key.vk_beta_2,
    pi_c: text(G1.toObject(G1.toAffine(G1.neg(sum)))),
    protocol: "groth16",
    curve: "bn128",
  } as Groth16Proof;
}

describe("forgery without secrets", () => {
  // Claims that no prover could make: nobody knows openings with these digests.
  const claims = [
    [1n, 2n, 3n],
    [0n, 0n, 0n],
    [123456789n, 987654321n, 5n],
  ];
  let curve: WasmCurve;
  let circuit: Circuit;

  before(async () => {
    curve = await buildBn128(true);
    circuit = await openCircuit("test");
  });

  it("verifies for any claim under a key whose delta equals gamma, which accepts honest proofs as well", async () => {
    const r1cs = readFileSync(path.join(folderOf("test"), "spacetime.r1cs"));
    const data = await devSetup(r1cs, { ...drawSecrets(new Uint8Array(32)), delta: 1n });
    const key = await zKey.exportVerificationKey({ type: "mem", data });
    expect(key.vk_delta_2).to.deep.equal(key.vk_gamma_2);

    const { input } = statementOf(
      [
        [1, 1],
        [2, 2],
      ],
      circuit.D,
      4n,
    );
    const witness = (await circuit.witness(input)).file;
    const honest = await groth16.prove({ type: "mem", data }, { type: "mem", data: witness });
    expect(await groth16.verify(key, honest.publicSignals, honest.proof)).to.equal(true);
    for (const claim of claims) {
      expect(await groth16.verify(key, claim.map(String), forge(curve, key, claim))).to.equal(true);
    }
  });

  it("does not verify under the keys that the build makes, whose delta is their own", async () => {
    for (const { key } of [circuit, await openCircuit("dev")]) {
      expect(key.vk_delta_2).to.not.deep.equal(key.vk_gamma_2);
      for (const claim of claims) {
        expect(await groth16.verify(key, claim.map(String), forge(curve, key, claim))).to.equal(false);
      }
    }
  });
});
