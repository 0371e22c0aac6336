import { expect } from "chai";
import { network } from "hardhat";
import { COORDINATE_FIELD, verifyingKeyHash } from "../../../node/consensus/prover/verifying-key.ts";
import { SCALAR_FIELD } from "../../../node/data/digest.ts";
import { testKey } from "./proven-lane.ts";

const NO_PROOF = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
const ON_CURVE = [1n, 2n];

describe("Groth16Verifier", () => {
  it("tells its key's hash and its circuit's profile", async () => {
    const { ethers } = await network.create();
    const key = testKey();
    const verifier = await ethers.deployContract("Groth16Verifier", [key, 2, 5]);
    expect(await verifier.verifyingKeyHash()).to.equal(verifyingKeyHash(key));
    expect([...(await verifier.profile())]).to.deep.equal([2n, 5n]);
  });

  it("answers false to points off the curve, outside the field, at infinity, and to inputs outside the field", async () => {
    const { ethers } = await network.create();
    const key = testKey();
    const verifier = await ethers.deployContract("Groth16Verifier", [key, 2, 5]);
    const [beta, off, big] = [key.beta.flat(), [1n, 3n], [1n, 2n ** 256n - 1n]];
    for (const proof of [
      NO_PROOF,
      [...ON_CURVE, ...beta, ...ON_CURVE],
      [...off, ...beta, ...ON_CURVE],
      [...big, ...beta, ...ON_CURVE],
      [...ON_CURVE, ...beta, ...off],
      [...ON_CURVE, ...beta, ...big],
      [...ON_CURVE, 1n, 2n, 3n, 4n, ...ON_CURVE],
    ]) {
      expect(await verifier.verifySpacetime(proof, 1, 2, 3)).to.equal(false);
    }
    for (const [c, v, r] of [
      [SCALAR_FIELD, 0n, 0n],
      [0n, SCALAR_FIELD, 0n],
      [0n, 0n, 2n ** 256n - 1n],
    ] as const) {
      expect(await verifier.verifySpacetime(NO_PROOF, c, v, r)).to.equal(false);
    }
  });

  it("says nothing when the call has too little gas to add up its inputs", async () => {
    const { ethers } = await network.create();
    const verifier = await ethers.deployContract("Groth16Verifier", [testKey(), 2, 5]);
    await expect(verifier.verifySpacetime(NO_PROOF, 1, 2, 3, { gasLimit: 35_000 })).to.be.revert(ethers);
  });

  it("cannot be deployed with gamma = delta or -delta, under which A = alpha, B = beta, C = -X or X passes for any input", async () => {
    const { ethers } = await network.create();
    const key = testKey();
    const factory = await ethers.getContractFactory("Groth16Verifier");
    const [x, y] = key.gamma;
    const negative = [x, y.map((part) => COORDINATE_FIELD - part)];
    for (const delta of [key.gamma, negative]) {
      await expect(factory.deploy({ ...key, delta }, 2, 5)).to.be.revertedWithCustomError(
        factory,
        "VerifierGammaEqualsDelta",
      );
    }
  });

  it("cannot be deployed with the point at infinity, under which nothing binds what it stands for", async () => {
    const { ethers } = await network.create();
    const infinity = [
      [0n, 0n],
      [0n, 0n],
    ];
    const factory = await ethers.getContractFactory("Groth16Verifier");
    for (const name of ["beta", "gamma", "delta"]) {
      const deployed = factory.deploy({ ...testKey(), [name]: infinity }, 2, 5);
      await expect(deployed, name).to.be.revertedWithCustomError(factory, "VerifierMalformedKey");
    }
  });

  it("cannot be deployed with a point that the curve does not have, anywhere in the key", async () => {
    const { ethers } = await network.create();
    const key = testKey();
    const factory = await ethers.getContractFactory("Groth16Verifier");
    const swapped = ([x, y]: (typeof key)["beta"]) => [
      [x[1], x[0]],
      [y[1], y[0]],
    ];
    const wrong = [
      { ...key, alpha: [1n, 3n] },
      { ...key, beta: swapped(key.beta) },
      { ...key, gamma: swapped(key.gamma) },
      { ...key, delta: swapped(key.delta) },
      ...[0, 1, 2, 3].map((i) => ({ ...key, ic: key.ic.map((point, k) => (k === i ? [1n, 3n] : point)) })),
    ];
    for (const bad of wrong) {
      await expect(factory.deploy(bad, 2, 5)).to.be.revertedWithCustomError(factory, "VerifierMalformedKey");
    }
  });
});

describe("DevelopmentVerifier", () => {
  it("works on both ids that local chains have", async () => {
    for (const chainId of [31337, 1337]) {
      const { ethers } = await network.create({ override: { chainId } });
      const verifier = await ethers.deployContract("DevelopmentVerifier", [testKey(), 2, 5]);
      expect(await verifier.verifySpacetime(NO_PROOF, 1, 2, 3), `${chainId}`).to.equal(false);
    }
  });

  it("cannot be deployed off the local chains", async () => {
    const { ethers } = await network.create({ override: { chainId: 1 } });
    const factory = await ethers.getContractFactory("DevelopmentVerifier");
    await expect(factory.deploy(testKey(), 2, 5))
      .to.be.revertedWithCustomError(factory, "VerifierNotALocalChain")
      .withArgs(1);
  });

  it("answers no call on another chain, should its code ever get there", async () => {
    const local = await network.create();
    const deployed = await local.ethers.deployContract("DevelopmentVerifier", [testKey(), 2, 5]);
    const code = await local.ethers.provider.getCode(deployed);
    const elsewhere = await network.create({ override: { chainId: 10 } });
    await elsewhere.provider.request({ method: "hardhat_setCode", params: [await deployed.getAddress(), code] });
    const moved = await elsewhere.ethers.getContractAt("DevelopmentVerifier", await deployed.getAddress());
    await expect(moved.verifySpacetime(NO_PROOF, 1, 2, 3))
      .to.be.revertedWithCustomError(moved, "VerifierNotALocalChain")
      .withArgs(10);
    expect(await deployed.verifySpacetime(NO_PROOF, 1, 2, 3)).to.equal(false);
  });
});
