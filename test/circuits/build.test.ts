import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { encodeAbiParameters, keccak256 } from "viem";
import { verifyingKeyHash } from "../../node/consensus/prover/verifying-key.ts";
import { cacheKey, outputsOf, readManifest } from "../../scripts/lib/circuit-cache.ts";
import { profileOf, readCircuitsFile } from "../../scripts/lib/circuits-file.ts";
import { readVerifyingKey, verifyingKeyJson } from "../../scripts/lib/verifying-key.ts";
import { folderOf, root } from "./lib/circuit.ts";

const build = (...profiles: string[]) =>
  spawnSync(process.execPath, ["scripts/build-circuits.ts", ...profiles], { cwd: root, encoding: "utf8" });

describe("building circuits", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-test-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("says one line and changes nothing when all is built", () => {
    const before = readFileSync(path.join(folderOf("test"), "manifest.json"), "utf8");
    const { status, stdout } = build("test");
    expect(status).to.equal(0);
    expect(stdout).to.equal("circuit test: 4734 constraints, up to date\n");
    expect(readFileSync(path.join(folderOf("test"), "manifest.json"), "utf8")).to.equal(before);
  });

  it("names the profiles there are when asked for another, and builds nothing", () => {
    for (const name of ["prod", "constructor", "../dev"]) {
      const { status, stderr } = build(name);
      expect(status).to.equal(1);
      expect(stderr).to.equal(
        `There is no circuit profile "${name}"; choose from test, dev, production, production-34, capacity-test, capacity-dev, capacity-production.\n`,
      );
    }
    expect(build().status).to.equal(1);
  });

  it("does not take a folder with a missing or a shortened file for a built circuit", () => {
    for (const name of outputsOf("spacetime")) {
      const copy = path.join(folder, name);
      cpSync(folderOf("test"), copy, { recursive: true });
      expect(readManifest(copy)?.profile).to.equal("test");
      truncateSync(path.join(copy, name), 100);
      expect(readManifest(copy), name).to.equal(undefined);
      rmSync(path.join(copy, name));
      expect(readManifest(copy), name).to.equal(undefined);
    }
  });

  it("takes a change of any template, of the key generator, of K or of the tag for another circuit", () => {
    for (const name of ["circuits", "scripts"])
      cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    const circuits = readCircuitsFile(folder);
    const profile = profileOf(circuits, "test");
    const keys = [cacheKey(folder, circuits, profile)];
    expect(cacheKey(root, circuits, profile)).to.equal(keys[0]);
    for (const file of ["circuits/lib/level.circom", "circuits/spacetime.circom", "scripts/lib/qap.ts"]) {
      appendFileSync(path.join(folder, file), "\n");
      keys.push(cacheKey(folder, circuits, profile));
    }
    keys.push(cacheKey(folder, circuits, { ...profile, K: 3 }));
    keys.push(cacheKey(folder, { ...circuits, digestTag: "0x10000" }, profile));
    expect(new Set(keys).size).to.equal(6);
  });

  it("exports the verifying key in the order of the precompile", () => {
    const file = path.join(folderOf("test"), "verification_key.json");
    const json = JSON.parse(readFileSync(file, "utf8"));
    const key = readVerifyingKey(file);
    expect(key.ic).to.have.length(4);
    expect(key.beta[0]).to.deep.equal([BigInt(json.vk_beta_2[0][1]), BigInt(json.vk_beta_2[0][0])]);
    // The generator of G2, which gamma is, as EIP-197 gives it: imaginary parts first.
    expect(key.gamma[0][0]).to.equal(11559732032986387107991004021392285783925812861821192530917403151452391805634n);
    expect(JSON.parse(verifyingKeyJson(key)).alpha).to.deep.equal(json.vk_alpha_1.slice(0, 2));
  });

  it("hashes the verifying key as Solidity's abi.encode of the struct does", () => {
    const key = readVerifyingKey(path.join(folderOf("test"), "verification_key.json"));
    const components = [
      { name: "alpha", type: "uint256[2]" },
      { name: "beta", type: "uint256[2][2]" },
      { name: "gamma", type: "uint256[2][2]" },
      { name: "delta", type: "uint256[2][2]" },
      { name: "ic", type: "uint256[2][4]" },
    ] as const;
    const encoded = encodeAbiParameters([{ type: "tuple", components }], [key]);
    expect(verifyingKeyHash(key)).to.equal(keccak256(encoded));
  });
});
