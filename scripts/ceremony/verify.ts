import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { HoldfastError } from "../../node/common/errors.ts";
import { requireFiles } from "./files.ts";
import { describeTranscript, isFinished, type Transcript, verifiedTranscript } from "./transcript.ts";
import { CIRCUIT_OPTIONS, type Verb } from "./verb.ts";

export const verify: Verb = {
  name: "verify",
  summary:
    "Checks every step from the public powers of tau to a key; with --transcript also that it is the listed one.",
  example:
    "npm run ceremony -- verify --r1cs build/circuits/production/spacetime.r1cs --ptau powersOfTau28_hez_final_16.ptau --zkey final.zkey --transcript circuits/ceremonies/production.json",
  options: {
    ...CIRCUIT_OPTIONS,
    zkey: { type: "string", placeholder: "FILE", description: "the key to check" },
    transcript: { type: "string", placeholder: "FILE", description: "what `export` wrote: every hash must be equal" },
  },
  async run(values) {
    const found = await verifiedTranscript(values);
    const finished = isFinished(found);
    if (typeof values.transcript === "string") compare(values.transcript, found);
    return {
      text: `${describeTranscript(found)}\n${finished ? "The ceremony is finished and valid." : "Valid so far; the ceremony is not finished: it needs a contribution, then the beacon."}`,
      data: { finished, transcript: found },
    };
  },
};

/** A key can be valid and yet not the published one: a coordinator may have left a contribution out. */
function compare(file: string, found: Transcript): void {
  requireFiles(file);
  let listed: Partial<Transcript>;
  try {
    listed = Object(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new HoldfastError("CEREMONY_FILE", `${file} is no transcript; check the file.`, { cause });
  }
  for (const part of Object.keys(found) as (keyof Transcript)[]) {
    if (isDeepStrictEqual(listed[part], found[part])) continue;
    throw new HoldfastError(
      "CEREMONY_TRANSCRIPT",
      `The key is not the one of ${file}: ${part} differs; get the key that belongs to the transcript.`,
      { details: { part, expected: listed[part], found: found[part] } },
    );
  }
}
