/**
 * The verifier's equation under a key whose secrets the test knows: so it can make a valid proof of any claim, with any A and B,
 * and whatever is refused is refused for the one thing that is wrong with it.
 */

import { bn254 } from "@noble/curves/bn254.js";
import { expect } from "chai";
import { network } from "hardhat";
import { COORDINATE_FIELD } from "../../../node/consensus/prover/verifying-key.ts";
import { SCALAR_FIELD } from "../../../node/data/digest.ts";

type Claim = readonly [c: bigint, v: bigint, r: bigint];

const SECRETS = { alpha: 11n, beta: 13n, gamma: 17n, delta: 19n, ic: [23n, 29n, 31n, 37n] } as const;
const CLAIM: Claim = [41n, 43n, 47n];

const { Fr } = bn254.fields;

function g1(scalar: bigint): [bigint, bigint] {
  if (Fr.create(scalar) === 0n) return [0n, 0n];
  const { x, y } = bn254.G1.Point.BASE.multiply(Fr.create(scalar)).toAffine();
  return [x, y];
}

/** Imaginary parts first, as EIP-197 has them. */
function g2(scalar: bigint): [[bigint, bigint], [bigint, bigint]] {
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return [
    [x.c1, x.c0],
    [y.c1, y.c0],
  ];
}

/** A valid proof of the claim with A and B of the given logarithms: what remains is put into C. */
function prove([c, v, r]: Claim, a: bigint, b: bigint): bigint[] {
  const { alpha, beta, gamma, delta, ic } = SECRETS;
  const x = ic[0] + c * ic[1] + v * ic[2] + r * ic[3];
  const rest = Fr.create(a * b - alpha * beta - x * gamma);
  return [...g1(a), ...g2(b).flat(), ...g1(Fr.div(rest, delta))];
}

async function deploy() {
  const { ethers } = await network.create();
  const { alpha, beta, gamma, delta, ic } = SECRETS;
  const key = { alpha: g1(alpha), beta: g2(beta), gamma: g2(gamma), delta: g2(delta), ic: ic.map(g1) };
  const verifier = await ethers.deployContract("Groth16Verifier", [key, 2, 5]);
  const batch = await ethers.deployContract("BatchVerifier", [verifier]);
  /** What the verifier and a batch of one say, which must be the same. */
  return async (proof: bigint[], claim: Claim): Promise<boolean> => {
    const [c, v, r] = claim;
    const single: boolean = await verifier.verifySpacetime(proof, c, v, r);
    expect(await batch.verifyBatch([{ proof, c, v, r }] as never), "in a batch").to.equal(single);
    return single;
  };
}

describe("Groth16Verifier's equation", () => {
  it("holds for a proof of the claim with any A and B, and for no other claim", async () => {
    const verifies = await deploy();
    for (const [a, b] of [
      [1n, 1n],
      [5n, 7n],
      [SCALAR_FIELD - 1n, 3n],
    ] as const) {
      const proof = prove(CLAIM, a, b);
      expect(await verifies(proof, CLAIM)).to.equal(true);
      for (const i of [0, 1, 2]) {
        const other = CLAIM.map((signal, k) => (k === i ? signal + 1n : signal)) as unknown as Claim;
        expect(await verifies(proof, other), `input ${i}`).to.equal(false);
      }
    }
  });

  it("holds with A at infinity, and with inputs of nothing", async () => {
    const verifies = await deploy();
    expect(await verifies(prove(CLAIM, 0n, 7n), CLAIM)).to.equal(true);
    expect(await verifies(prove([0n, 0n, 0n], 5n, 7n), [0n, 0n, 0n])).to.equal(true);
  });

  it("takes every input under one name only: the same number plus the field's order is refused", async () => {
    const verifies = await deploy();
    const largest = SCALAR_FIELD - 1n;
    for (const i of [0, 1, 2]) {
      const plus = (added: bigint) => CLAIM.map((s, k) => (k === i ? s + added : s)) as unknown as Claim;
      expect(await verifies(prove(CLAIM, 5n, 7n), plus(SCALAR_FIELD)), `input ${i}`).to.equal(false);
      const edge = CLAIM.map((s, k) => (k === i ? largest : s)) as unknown as Claim;
      expect(await verifies(prove(edge, 5n, 7n), edge), `the largest input ${i}`).to.equal(true);
      const zero = CLAIM.map((s, k) => (k === i ? 0n : s)) as unknown as Claim;
      const named = CLAIM.map((s, k) => (k === i ? SCALAR_FIELD : s)) as unknown as Claim;
      expect(await verifies(prove(zero, 5n, 7n), named), `the order itself as input ${i}`).to.equal(false);
    }
  });

  it("takes every point under one name only: a coordinate plus its field's order is refused, and reverts nothing", async () => {
    const verifies = await deploy();
    const proof = prove(CLAIM, 5n, 7n);
    for (let word = 0; word < proof.length; word++) {
      const renamed = proof.map((value, i) => (i === word ? value + COORDINATE_FIELD : value));
      expect(await verifies(renamed, CLAIM), `word ${word}`).to.equal(false);
    }
  });
});
