import { randomBytes } from "node:crypto";
import { zKey } from "snarkjs";
import { readContributions } from "./contributions.ts";
import { requireFiles, writeWhole } from "./files.ts";
import { callSnarkjs } from "./snarkjs-call.ts";
import { requireOpen, STEP_OPTIONS } from "./step.ts";
import { required, type Verb } from "./verb.ts";

export const contribute: Verb = {
  name: "contribute",
  summary: "Mixes a secret of this machine into the key and forgets it; one honest contributor makes the key safe.",
  example: 'npm run ceremony -- contribute --in 0000.zkey --out 0001.zkey --name "Ada, 2026-11-21"',
  options: {
    ...STEP_OPTIONS,
    name: { type: "string", placeholder: "TEXT", description: "who contributes, at most 64 bytes; stays in the key" },
  },
  async run(values) {
    const [source, out, name] = [required(values, "in"), required(values, "out"), required(values, "name")];
    requireFiles(source);
    requireOpen(source, name);
    await writeWhole(out, (file) =>
      callSnarkjs(
        `Nothing can be contributed to ${source}`,
        // snarkjs mixes in 64 random bytes of its own; these are a second source in case that one is broken.
        (logger) => zKey.contribute(source, file, name, randomBytes(64).toString("hex"), logger),
        (hash) => hash instanceof Uint8Array,
      ),
    );
    const { hash } = readContributions(out).contributions.at(-1)!;
    return {
      text: `${out}: contribution hash ${hash}\nPublish that hash; whoever checks the ceremony looks for it.`,
      data: { out, name, hash },
    };
  },
};
