import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { zKey } from "snarkjs";
import { HoldfastError } from "../../node/common/errors.ts";
import type { ListedKey } from "../../node/consensus/ceremony-keys.ts";
import { circuitOf, nameOf, readCircuitsFile } from "../lib/circuits-file.ts";
import { requireFree } from "./files.ts";
import { requireProfileCircuit } from "./profile-circuit.ts";
import { describeTranscript, isFinished, verifiedTranscript } from "./transcript.ts";
import { CIRCUIT_OPTIONS, required, type Values, type Verb } from "./verb.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

export const exportKey: Verb = {
  name: "export",
  summary:
    "Verifies a finished ceremony and writes a folder to prove with, its transcript and its line for circuits.json.",
  example:
    "npm run ceremony -- export --profile production --r1cs build/circuits/production/spacetime.r1cs --ptau powersOfTau28_hez_final_16.ptau --zkey final.zkey --out build/ceremony/production",
  options: {
    ...CIRCUIT_OPTIONS,
    profile: { type: "string", placeholder: "NAME", description: "the profile in circuits.json that the circuit is" },
    zkey: { type: "string", placeholder: "FILE", description: "the key after its beacon" },
    out: { type: "string", placeholder: "FOLDER", description: "a new folder" },
  },
  async run(values) {
    const [name, out] = [required(values, "profile"), required(values, "out")];
    const circuits = readCircuitsFile(ROOT);
    const {
      circuit,
      profile: { K, D },
    } = circuitOf(circuits, name);
    requireFree(out);
    const transcript = await verifiedTranscript(values);
    if (!isFinished(transcript)) {
      throw new HoldfastError(
        "CEREMONY_UNFINISHED",
        "The key needs at least one contribution and then the beacon before it can be exported.",
      );
    }
    const development = transcript.powersOfTau.local;
    if (!development) requireProfileCircuit(ROOT, name, transcript.r1cs.sha256);
    await writeFolder(
      out,
      nameOf(circuit),
      values,
      { profile: name, K, D, development },
      { profile: name, K, D, ...transcript },
    );
    const entry: ListedKey = {
      hash: transcript.verifyingKey.hash,
      K,
      D,
      transcript: `circuits/ceremonies/${name}.json`,
    };
    const advice = development
      ? "Made of local powers of tau: never list it."
      : `Copy ${path.join(out, "transcript.json")} to ${entry.transcript} and list in circuits/circuits.json, under ${circuit === circuits.capacity ? "capacity.verifyingKeys" : "verifyingKeys"}:\n${JSON.stringify(entry)}`;
    return {
      text: `${describeTranscript(transcript)}\n${out}: written\n${advice}`,
      data: { out, development, verifyingKey: entry, transcript },
    };
  },
};

/** A folder that a node takes as its proverDir, once the circuit's .wasm is in it; the same key gives the same bytes. */
async function writeFolder(out: string, circuit: string, values: Values, manifest: object, transcript: object) {
  const unfinished = `${out}.${process.pid}.tmp`;
  const write = (file: string, value: unknown) =>
    writeFileSync(path.join(unfinished, file), `${JSON.stringify(value, null, 2)}\n`);
  try {
    mkdirSync(unfinished, { recursive: true });
    const zkey = required(values, "zkey");
    copyFileSync(zkey, path.join(unfinished, `${circuit}.zkey`));
    const wasm = path.join(path.dirname(required(values, "r1cs")), `${circuit}.wasm`);
    if (existsSync(wasm)) copyFileSync(wasm, path.join(unfinished, `${circuit}.wasm`));
    write("verification_key.json", await zKey.exportVerificationKey(zkey));
    write("transcript.json", transcript);
    write("manifest.json", manifest);
    renameSync(unfinished, out);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
