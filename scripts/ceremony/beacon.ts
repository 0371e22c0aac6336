import { zKey } from "snarkjs";
import { UsageError } from "../../node/application/cli/usage-error.ts";
import { readContributions } from "./contributions.ts";
import { requireFiles, writeWhole } from "./files.ts";
import { callSnarkjs } from "./snarkjs-call.ts";
import { requireOpen, STEP_OPTIONS } from "./step.ts";
import { required, type Verb } from "./verb.ts";

const ITERATIONS = "10";

export const beacon: Verb = {
  name: "beacon",
  summary: "Ends the contributions with public randomness that was announced before its value existed.",
  example:
    'npm run ceremony -- beacon --in 0005.zkey --out final.zkey --value 0x8f3a...e1 --name "hash of block 25000000"',
  options: {
    ...STEP_OPTIONS,
    value: { type: "string", placeholder: "HEX", description: "1 to 255 bytes, e.g. the hash of a block named before" },
    name: { type: "string", placeholder: "TEXT", description: "where the value comes from; stays in the key" },
    iterations: {
      type: "string",
      placeholder: "N",
      description: `the value is hashed 2^N times, 10 to 63; ${ITERATIONS} unless told`,
    },
  },
  async run(values) {
    const [source, out, name] = [required(values, "in"), required(values, "out"), required(values, "name")];
    const value = required(values, "value").replace(/^0x/, "").toLowerCase();
    if (!/^(?:[0-9a-f]{2}){1,255}$/.test(value)) throw new UsageError("--value needs 1 to 255 bytes in hex.");
    const iterations = Number(values.iterations ?? ITERATIONS);
    if (!Number.isInteger(iterations) || iterations < 10 || iterations > 63) {
      throw new UsageError(`--iterations needs a whole number from 10 to 63, got "${values.iterations}".`);
    }
    requireFiles(source);
    requireOpen(source, name);
    await writeWhole(out, (file) =>
      callSnarkjs(
        `${source} cannot be ended`,
        (logger) => zKey.beacon(source, file, name, value, iterations, logger),
        (hash) => hash instanceof Uint8Array,
      ),
    );
    const { hash } = readContributions(out).contributions.at(-1)!;
    return {
      text: `${out}: beacon hash ${hash}\nAnyone gets the same bytes from ${source} and this value.`,
      data: { out, name, hash, value, iterations },
    };
  },
};
