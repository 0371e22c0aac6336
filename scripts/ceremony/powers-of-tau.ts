/** Which powers of tau a ceremony may start from. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { HoldfastError } from "../../node/common/errors.ts";
import { requireFiles } from "./files.ts";
import { PINNED_POWERS_OF_TAU } from "./pinned-powers-of-tau.ts";
import { required, type Values } from "./verb.ts";

export type PowersOfTau = {
  /** Its published name if it is a public file, else the name it was given. */
  readonly name: string;
  readonly blake2b: string;
  /** Not a public file: whoever made it may know tau, and with it forge any proof. */
  readonly local: boolean;
};

/**
 * Identifies the file behind --ptau by its content; its name proves nothing.
 * @throws HoldfastError CEREMONY_PTAU unless it is pinned or --local-ptau says that security does not matter.
 */
export async function readPowersOfTau(values: Values): Promise<PowersOfTau> {
  const file = required(values, "ptau");
  requireFiles(file);
  const hash = createHash("blake2b512");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  const blake2b = hash.digest("hex");
  const pinned = Object.entries(PINNED_POWERS_OF_TAU).find(([, known]) => known === blake2b)?.[0];
  if (pinned !== undefined) return { name: pinned, blake2b, local: false };
  if (values["local-ptau"] === true) return { name: path.basename(file), blake2b, local: true };
  throw new HoldfastError(
    "CEREMONY_PTAU",
    `${file} is none of the public powers of tau; download one that snarkjs's README lists, e.g. powersOfTau28_hez_final_16.ptau.`,
    { details: { file, blake2b } },
  );
}
