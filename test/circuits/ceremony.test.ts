import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { groth16 } from "snarkjs";
import { readProverFolder } from "../../node/consensus/prover/folder.ts";
import { compileExactKernels } from "../../node/consensus/prover/groth16/kernels.ts";
import { createGroth16Prover } from "../../node/consensus/prover/groth16/prove.ts";
import { openZkey } from "../../node/consensus/prover/groth16/zkey.ts";
import { parseVerifyingKey, verifyingKeyHash } from "../../node/consensus/prover/verifying-key.ts";
import { openWitnessProgram } from "../../node/consensus/prover/witness.ts";
import { beacon } from "../../scripts/ceremony/beacon.ts";
import { contribute } from "../../scripts/ceremony/contribute.ts";
import { exportKey } from "../../scripts/ceremony/export.ts";
import { init } from "../../scripts/ceremony/init.ts";
import { checkListing } from "../../scripts/ceremony/listing.ts";
import { PINNED_POWERS_OF_TAU } from "../../scripts/ceremony/pinned-powers-of-tau.ts";
import { requireProfileCircuit } from "../../scripts/ceremony/profile-circuit.ts";
import type { Values, Verb } from "../../scripts/ceremony/verb.ts";
import { verify } from "../../scripts/ceremony/verify.ts";
import { readCircuitsFile } from "../../scripts/lib/circuits-file.ts";
import { root } from "./lib/circuit.ts";
import { BEACON, type LocalCeremony, localCeremony, TINY } from "./lib/local-ceremony.ts";
import { smallCircuit } from "./lib/small-circuit.ts";

const sha = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
const read = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const refusal = async (verb: Verb, values: Values) => {
  const error = await verb.run(values).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error, "it should have been refused").to.be.an("error");
  return error;
};

describe("ceremony", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-test-"));
  const at = (name: string) => path.join(folder, name);
  const value = BEACON;
  let circuit: LocalCeremony["circuit"];
  let ground: LocalCeremony["ground"];
  let published: LocalCeremony["published"];

  before(async () => {
    ({ circuit, ground, published } = await localCeremony(folder));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("verifies from circuit and powers of tau to the last step, and names every contribution by its published hash", async () => {
    const { data } = await verify.run({
      ...ground,
      zkey: at("final.zkey"),
      transcript: at("exported/transcript.json"),
    });
    expect(data.finished).to.equal(true);
    const { contributions, powersOfTau, r1cs } = data.transcript as ReturnType<typeof read>;
    expect(contributions.map(({ name, hash }: Record<string, string>) => [name, hash])).to.deep.equal([
      ["Ada", published[0]],
      ["Grace", published[1]],
      ["block 1", published[2]],
    ]);
    expect(contributions[2].beacon).to.deep.equal({ value, iterations: 10 });
    expect(powersOfTau.local).to.equal(true);
    expect(r1cs.sha256).to.equal(sha(circuit.r1cs));
  });

  it("says of a key without its beacon that it is valid so far, and does not export it", async () => {
    const { data } = await verify.run({ ...ground, zkey: at("2.zkey") });
    expect(data.finished).to.equal(false);
    const { code } = await refusal(exportKey, { ...ground, profile: "test", zkey: at("2.zkey"), out: at("early") });
    expect(code).to.equal("CEREMONY_UNFINISHED");
  });

  it("does not export a key that has the beacon and no contribution, nor takes anything after a beacon", async () => {
    await beacon.run({ in: at("0.zkey"), out: at("alone.zkey"), value, name: "block 1" });
    const zkey = at("alone.zkey");
    const { code } = await refusal(exportKey, { ...ground, profile: "test", zkey, out: at("empty") });
    expect(code).to.equal("CEREMONY_UNFINISHED");
    for (const verb of [contribute, beacon]) {
      const error = await refusal(verb, { in: at("final.zkey"), out: at("late.zkey"), name: "Eve", value });
      expect(error.code).to.equal("CEREMONY_FINISHED");
    }
  });

  it("exports a verifying key, bit by bit the same from the same key, whose hash stands in the line for circuits.json", async () => {
    const { data } = await exportKey.run({ ...ground, profile: "test", zkey: at("final.zkey"), out: at("again") });
    for (const file of ["verification_key.json", "transcript.json", "manifest.json", "spacetime.zkey"]) {
      expect(sha(at(`again/${file}`)), file).to.equal(sha(at(`exported/${file}`)));
    }
    const hash = verifyingKeyHash(parseVerifyingKey(read(at("again/verification_key.json"))));
    expect(data.verifyingKey).to.deep.equal({ hash, K: 2, D: 5, transcript: "circuits/ceremonies/test.json" });
    expect(read(at("again/transcript.json")).verifyingKey.hash).to.equal(hash);
  });

  it("exports a capacity profile as a folder that its prover reads, named after its own circuit", async () => {
    for (const ending of ["r1cs", "wasm"] as const) copyFileSync(circuit[ending], at(`capacity.${ending}`));
    const [out, r1cs] = [at("filled"), at("capacity.r1cs")];
    const { data } = await exportKey.run({ ...ground, r1cs, profile: "capacity-test", zkey: at("final.zkey"), out });
    const { zkey, wasm, verificationKey, ...manifest } = readProverFolder(out, "capacity");
    expect(manifest).to.deep.equal({ K: 2, D: 5, development: true });
    expect(sha(zkey)).to.equal(sha(at("final.zkey")));
    expect(sha(wasm)).to.equal(sha(circuit.wasm));
    expect(data.verifyingKey).to.deep.equal({
      hash: verifyingKeyHash(parseVerifyingKey(read(verificationKey))),
      ...{ K: 2, D: 5, transcript: "circuits/ceremonies/capacity-test.json" },
    });
    const unknown = await refusal(exportKey, { ...ground, profile: "none", zkey: at("final.zkey"), out: at("never") });
    expect(unknown.message).to.match(/no circuit profile "none"; choose from .*capacity-production/);
  });

  it("marks a folder made of local powers of tau as a development key", () => {
    expect(read(at("exported/manifest.json"))).to.deep.equal({ profile: "test", K: 2, D: 5, development: true });
  });

  it("gives anyone the same last key from the same beacon", async () => {
    await beacon.run({ in: at("2.zkey"), out: at("repeated.zkey"), value, name: "block 1" });
    expect(sha(at("repeated.zkey"))).to.equal(sha(at("final.zkey")));
    await beacon.run({ in: at("2.zkey"), out: at("other.zkey"), value: value.replace("8f", "8e"), name: "block 1" });
    expect(sha(at("other.zkey"))).to.not.equal(sha(at("final.zkey")));
  });

  it("makes a key that proves, and whose proofs the exported verifying key takes", async () => {
    const { file } = await (await openWitnessProgram(readFileSync(circuit.wasm)))({ r: "3", x: "5" });
    const made = await groth16.prove(at("exported/spacetime.zkey"), { type: "mem", data: file });
    expect(made.publicSignals).to.deep.equal(["25", "80", "3"]);
    const key = read(at("exported/verification_key.json"));
    expect(await groth16.verify(key, made.publicSignals, made.proof)).to.equal(true);
    expect(await groth16.verify(key, ["25", "81", "3"], made.proof)).to.equal(false);
  });

  it("makes a key of stock snarkjs that Holdfast's own prover proves with", async () => {
    const { values } = await (await openWitnessProgram(readFileSync(circuit.wasm)))({ r: "3", x: "5" });
    const zkey = openZkey(at("exported/spacetime.zkey"));
    const prover = createGroth16Prover(zkey, compileExactKernels()!, 2);
    zkey.close();
    try {
      const proof = await prover.prove(values, [11n, 13n]);
      const key = read(at("exported/verification_key.json"));
      expect(await groth16.verify(key, ["25", "80", "3"], proof)).to.equal(true);
      expect(await groth16.verify(key, ["25", "81", "3"], proof)).to.equal(false);
    } finally {
      await prover.close();
    }
  });

  describe("refuses to verify", () => {
    it("a key in which one bit of a contribution, of its proof or of a point was changed", async () => {
      const bytes = readFileSync(at("final.zkey"));
      const name = bytes.indexOf("Grace");
      // Behind the points: in the transcript hash; 300 bytes before the name: in the contributor's proof; at 600: in a point.
      for (const offset of [name - 20, name - 300, 600]) {
        const tampered = Buffer.from(bytes);
        tampered[offset]! ^= 1;
        writeFileSync(at("tampered.zkey"), tampered);
        const { code } = await refusal(verify, { ...ground, zkey: at("tampered.zkey") });
        expect(code, `byte ${offset}`).to.equal("CEREMONY_REFUSED");
      }
    });

    it("a beacon whose value was changed after the fact", async () => {
      const bytes = readFileSync(at("final.zkey"));
      bytes[bytes.lastIndexOf(Buffer.from(value, "hex"))]! ^= 1;
      writeFileSync(at("tampered.zkey"), bytes);
      const { code, message } = await refusal(verify, { ...ground, zkey: at("tampered.zkey") });
      expect(code).to.equal("CEREMONY_REFUSED");
      expect(message).to.contain("Key of the beacon does not match");
    });

    it("a valid key that leaves a published contribution out", async () => {
      await beacon.run({ in: at("1.zkey"), out: at("short.zkey"), value, name: "block 1" });
      expect((await verify.run({ ...ground, zkey: at("short.zkey") })).data.finished).to.equal(true);
      const transcript = at("exported/transcript.json");
      const { code, details } = await refusal(verify, { ...ground, zkey: at("short.zkey"), transcript });
      expect(code).to.equal("CEREMONY_TRANSCRIPT");
      expect(details.part).to.equal("contributions");
    });

    it("a transcript in which any part was changed", async () => {
      const transcript = read(at("exported/transcript.json"));
      for (const part of ["powersOfTau", "r1cs", "circuitHash", "contributions", "zkey", "verifyingKey"]) {
        const changed = JSON.stringify({ ...transcript, [part]: undefined });
        writeFileSync(at("tampered.json"), changed);
        const values = { ...ground, zkey: at("final.zkey"), transcript: at("tampered.json") };
        expect((await refusal(verify, values)).details.part).to.equal(part);
      }
    });

    it("a key of another circuit", async () => {
      const { r1cs } = await smallCircuit(TINY.replace("c * r + x", "c * r + 2 * x"));
      expect((await refusal(verify, { ...ground, r1cs, zkey: at("final.zkey") })).code).to.equal("CEREMONY_REFUSED");
    });

    it("files that are no keys, or are cut", async () => {
      writeFileSync(at("cut.zkey"), readFileSync(at("final.zkey")).subarray(0, -100));
      for (const zkey of [circuit.r1cs, at("cut.zkey")]) {
        expect((await refusal(verify, { ...ground, zkey })).code).to.equal("CEREMONY_KEY");
      }
    });
  });

  describe("powers of tau", () => {
    it("made here are refused by every verb that reads them, unless --local-ptau is given", async () => {
      const values = { ...ground, "local-ptau": false, profile: "test", zkey: at("final.zkey"), out: at("never") };
      for (const verb of [init, verify, exportKey]) {
        expect((await refusal(verb, values)).code, verb.name).to.equal("CEREMONY_PTAU");
      }
    });

    it("are known by content, not by name: a changed file is another file", async () => {
      const renamed = at("powersOfTau28_hez_final_08.ptau");
      writeFileSync(renamed, readFileSync(ground.ptau));
      const values = { r1cs: circuit.r1cs, ptau: renamed, out: at("never") };
      const { code, details } = await refusal(init, values);
      expect(code).to.equal("CEREMONY_PTAU");
      appendFileSync(renamed, "\0");
      expect((await refusal(init, values)).details.blake2b).to.not.equal(details.blake2b);
    });

    it("are pinned as snarkjs's own README lists them, for 2^8 to 2^28 constraints", () => {
      const readme = readFileSync(path.join(root, "node_modules/snarkjs/README.md"), "utf8");
      const table = [...readme.matchAll(/\[(powersOfTau28_hez_final\w*\.ptau)\]\([^)]*\) *\| *([0-9a-f]{128}) *\|/g)];
      expect(table).to.have.length(21);
      expect(PINNED_POWERS_OF_TAU).to.deep.equal(Object.fromEntries(table.map(([, name, hash]) => [name, hash])));
    });
  });

  it("exports a circuit only under the profile that it is: another K would be listed for it", () => {
    const profile = path.join(root, "build/circuits/test/spacetime.r1cs");
    const capacity = path.join(root, "build/circuits/capacity-test/capacity.r1cs");
    expect(() => requireProfileCircuit(root, "test", sha(profile))).to.not.throw();
    expect(() => requireProfileCircuit(root, "capacity-test", sha(capacity))).to.not.throw();
    for (const [name, file] of [
      ["test", circuit.r1cs],
      ["test", capacity],
      ["dev", profile],
      ["capacity-test", profile],
    ] as const) {
      expect(() => requireProfileCircuit(root, name, sha(file)))
        .to.throw(`The circuit is not the one of profile ${name}`)
        .with.property("code", "CEREMONY_CIRCUIT");
    }
  });

  it("lists a key only with a transcript that is about it and starts from public powers of tau", () => {
    const circuits = readCircuitsFile(root);
    for (const circuit of [circuits, circuits.capacity]) {
      for (const key of circuit.verifyingKeys) checkListing(root, circuit, key);
    }

    const exported = read(at("exported/transcript.json"));
    const key = { hash: exported.verifyingKey.hash, K: 2, D: 5, transcript: "listed.json" };
    const list = (transcript: object, entry = key) => {
      writeFileSync(at("listed.json"), JSON.stringify(transcript));
      return () => checkListing(folder, circuits, entry);
    };
    const blake2b = PINNED_POWERS_OF_TAU["powersOfTau28_hez_final_16.ptau"];
    const real = { ...exported, powersOfTau: { ...exported.powersOfTau, blake2b } };
    expect(list(real)).to.not.throw();
    expect(list(exported)).to.throw("its powers of tau are none of the public ones");
    expect(list({ ...real, profile: "capacity-test" })).to.throw(
      "the profile capacity-test, which is not one of spacetime",
    );
    expect(list(real, { ...key, K: 16 })).to.throw("listed.json is about K = 2, D = 5");
    expect(list(real, { ...key, hash: `0x${"11".repeat(32)}` })).to.throw("listed.json is about the key 0x");
    expect(list(real, { ...key, transcript: "none.json" })).to.throw("none.json cannot be read");
  });

  it("never overwrites a file, and leaves none behind when it fails", async () => {
    const before = sha(at("1.zkey"));
    expect((await refusal(contribute, { in: at("0.zkey"), out: at("1.zkey"), name: "Eve" })).code).to.equal(
      "CEREMONY_FILE",
    );
    expect(sha(at("1.zkey"))).to.equal(before);
    const big = path.join(root, "build/circuits/test/spacetime.r1cs");
    const { message } = await refusal(init, { ...ground, r1cs: big, out: at("big.zkey") });
    expect(message).to.contain("circuit too big for this power of tau ceremony");
    expect(() => readFileSync(at("big.zkey"))).to.throw("ENOENT");
  });

  it("answers a wrong command line with one sentence and exit code 2, on stdout only JSON", () => {
    const run = (...argv: string[]) =>
      spawnSync(process.execPath, ["scripts/ceremony.ts", ...argv], { cwd: root, encoding: "utf8" });
    const wrong = run("beacon", "--in", "a", "--out", "b", "--name", "c", "--value", "xyz", "--json");
    expect(wrong.status).to.equal(2);
    expect(wrong.stderr).to.equal("error: --value needs 1 to 255 bytes in hex. (USAGE)\n");
    expect(JSON.parse(wrong.stdout).error.code).to.equal("USAGE");
    const help = run("contribute", "--help");
    expect(help.status).to.equal(0);
    expect(help.stdout).to.contain("Example:\n  npm run ceremony -- contribute --in 0000.zkey");
  });
});
