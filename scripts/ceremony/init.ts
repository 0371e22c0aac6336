import { zKey } from "snarkjs";
import { requireFiles, writeWhole } from "./files.ts";
import { readPowersOfTau } from "./powers-of-tau.ts";
import { callSnarkjs } from "./snarkjs-call.ts";
import { CIRCUIT_OPTIONS, required, type Verb } from "./verb.ts";

export const init: Verb = {
  name: "init",
  summary: "Starts a ceremony: a key without contributions, made of the circuit and the public powers of tau.",
  example:
    "npm run ceremony -- init --r1cs build/circuits/production/spacetime.r1cs --ptau powersOfTau28_hez_final_16.ptau --out 0000.zkey",
  options: {
    ...CIRCUIT_OPTIONS,
    out: { type: "string", placeholder: "FILE", description: "the key to hand to the first contributor" },
  },
  async run(values) {
    const [r1cs, out] = [required(values, "r1cs"), required(values, "out")];
    requireFiles(r1cs);
    const { name, blake2b, local } = await readPowersOfTau(values);
    const circuitHash = await writeWhole(out, (file) =>
      callSnarkjs(
        `No key can be made of ${r1cs} and ${name}`,
        (logger) => zKey.newZKey(r1cs, required(values, "ptau"), file, logger),
        (result) => result instanceof Uint8Array,
      ),
    );
    const hash = Buffer.from(circuitHash as Uint8Array).toString("hex");
    return {
      text:
        `${out}: circuit hash ${hash}\n` +
        "Never prove with this key: anyone can forge for it. Hand it to the first contributor.",
      data: { out, circuitHash: hash, powersOfTau: { name, blake2b, local } },
    };
  },
};
