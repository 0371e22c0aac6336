/** The transcript of a ceremony: everything that must be compared to know that a verifying key comes from it. */
import { zKey } from "snarkjs";
import { parseVerifyingKey, verifyingKeyHash } from "../../node/consensus/prover/verifying-key.ts";
import { type Contribution, readContributions } from "./contributions.ts";
import { requireFiles, sha256OfFile } from "./files.ts";
import { readPowersOfTau } from "./powers-of-tau.ts";
import { callSnarkjs } from "./snarkjs-call.ts";
import { required, type Values } from "./verb.ts";

export type Transcript = {
  readonly powersOfTau: { readonly name: string; readonly blake2b: string; readonly local: boolean };
  readonly r1cs: { readonly sha256: string };
  /** snarkjs's: over the powers of tau and every point that the circuit makes of them. */
  readonly circuitHash: string;
  readonly contributions: readonly Contribution[];
  readonly zkey: { readonly sha256: string };
  readonly verifyingKey: { readonly hash: string };
};

/**
 * Checks a key from the ground up: the powers of tau are the pinned ones, the key without contributions is rebuilt from
 * them and the circuit, and every step from there to the given key is proven by its contributor.
 * @throws HoldfastError CEREMONY_PTAU, CEREMONY_FILE, CEREMONY_KEY, CEREMONY_REFUSED
 */
export async function verifiedTranscript(values: Values): Promise<Transcript> {
  const [r1cs, zkey] = [required(values, "r1cs"), required(values, "zkey")];
  requireFiles(r1cs, zkey);
  const powersOfTau = await readPowersOfTau(values);
  const { circuitHash, contributions } = readContributions(zkey);
  await callSnarkjs(
    `${zkey} is not what its transcript says`,
    (logger) => zKey.verifyFromR1cs(r1cs, required(values, "ptau"), zkey, logger),
    (valid) => valid === true,
  );
  const key = parseVerifyingKey(await zKey.exportVerificationKey(zkey));
  return {
    powersOfTau,
    r1cs: { sha256: await sha256OfFile(r1cs) },
    circuitHash,
    contributions,
    zkey: { sha256: await sha256OfFile(zkey) },
    verifyingKey: { hash: verifyingKeyHash(key) },
  };
}

/** Somebody contributed, and the beacon came last and once: before that the last contributor could have chosen the key. */
export function isFinished({ contributions }: Transcript): boolean {
  const beacons = contributions.filter(({ beacon }) => beacon !== undefined).length;
  return contributions.length > 1 && beacons === 1 && contributions.at(-1)?.beacon !== undefined;
}

/** One line a step, for people. */
export function describeTranscript(transcript: Transcript): string {
  const { powersOfTau, r1cs, circuitHash, contributions, verifyingKey } = transcript;
  return [
    `powers of tau   ${powersOfTau.name}${powersOfTau.local ? " (LOCAL: for tests only)" : ""}`,
    `circuit         sha256 ${r1cs.sha256}`,
    `circuit hash    ${circuitHash}`,
    ...contributions.map(({ name, hash, beacon }, i) => {
      const kind = beacon === undefined ? `contribution ${i + 1}` : "beacon";
      const value = beacon === undefined ? "" : ` = ${beacon.value}, hashed 2^${beacon.iterations} times`;
      return `${kind.padEnd(15)} ${name}${value}\n${" ".repeat(16)}${hash}`;
    }),
    `verifying key   ${verifyingKey.hash}`,
  ].join("\n");
}
