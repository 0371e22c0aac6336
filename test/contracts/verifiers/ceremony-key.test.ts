/** The verifier contract under a key that comes out of a ceremony, with nothing of scripts/dev-setup.ts. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { curves, groth16 } from "snarkjs";
import { proofWords } from "../../../node/consensus/prover/proof.ts";
import { openWitnessProgram } from "../../../node/consensus/prover/witness.ts";
import { readVerifyingKey } from "../../../scripts/lib/verifying-key.ts";
import { type LocalCeremony, localCeremony } from "../../circuits/lib/local-ceremony.ts";

describe("Groth16Verifier under the key of a ceremony", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-test-"));
  const at = (name: string) => path.join(folder, "exported", name);
  let circuit: LocalCeremony["circuit"];

  const deploy = async () => {
    const { ethers } = await network.create();
    return ethers.deployContract("Groth16Verifier", [readVerifyingKey(at("verification_key.json")), 2, 5]);
  };

  before(async () => {
    ({ circuit } = await localCeremony(folder));
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    // snarkjs keeps its threads, and Hardhat's runner waits for them.
    await ((await curves.getCurveFromName("bn128")) as { terminate(): Promise<void> }).terminate();
  });

  it("answers the hash of the transcript, and has the same bytes of code whoever deploys it from the export", async () => {
    const [verifier, again] = [await deploy(), await deploy()];
    const { verifyingKey } = JSON.parse(readFileSync(at("transcript.json"), "utf8"));
    expect(await verifier.verifyingKeyHash()).to.equal(verifyingKey.hash);
    expect(await again.getDeployedCode()).to.equal(await verifier.getDeployedCode());
  });

  it("takes a proof of that key for its own public signals only", async () => {
    const { file } = await (await openWitnessProgram(readFileSync(circuit.wasm)))({ r: "3", x: "5" });
    const { proof } = await groth16.prove(at("spacetime.zkey"), { type: "mem", data: file });
    const verifier = await deploy();
    expect(await verifier.verifySpacetime([...proofWords(proof)], 25n, 80n, 3n)).to.equal(true);
    expect(await verifier.verifySpacetime([...proofWords(proof)], 25n, 81n, 3n)).to.equal(false);
  });
});
