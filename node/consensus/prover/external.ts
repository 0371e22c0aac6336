/** A native prover, e.g. rapidsnark's: `PROGRAM <zkey> <wtns> <proof.json> <public.json>`, exit code 0. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Groth16Proof } from "snarkjs";
import { HoldfastError } from "../../common/errors.ts";
import { COORDINATE_FIELD } from "./verifying-key.ts";

/**
 * The proof is whatever the program wrote, in shape: the caller verifies it.
 * Throws HoldfastError EXTERNAL_PROVER if the program cannot be run, fails, or writes no proof.
 */
export async function runExternalProver(
  program: string,
  zkey: string,
  witness: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<{ proof: Groth16Proof; publicSignals: string[] }> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-prover-"));
  try {
    const [wtns, proof, signals] = ["witness.wtns", "proof.json", "public.json"].map((name) => path.join(folder, name));
    await writeFile(wtns!, witness, { mode: 0o600 });
    await promisify(execFile)(program, [zkey, wtns!, proof!, signals!], { signal });
    return {
      proof: proofOf(JSON.parse(await readFile(proof!, "utf8"))),
      publicSignals: texts(JSON.parse(await readFile(signals!, "utf8")), 3),
    };
  } catch (cause) {
    signal?.throwIfAborted();
    const message = `The external prover ${program} gave no proof; run it by hand, or prove without it.`;
    throw new HoldfastError("EXTERNAL_PROVER", message, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function proofOf(json: unknown): Groth16Proof {
  const { pi_a, pi_b, pi_c } = Object(json);
  const [x, y] = Array.isArray(pi_b) ? pi_b : [];
  const [ax, ay] = texts(pi_a, 2);
  const [cx, cy] = texts(pi_c, 2);
  const [x0, x1] = texts(x, 2);
  const [y0, y1] = texts(y, 2);
  return {
    pi_a: [ax!, ay!, "1"],
    pi_b: [
      [x0!, x1!],
      [y0!, y1!],
      ["1", "0"],
    ],
    pi_c: [cx!, cy!, "1"],
    protocol: "groth16",
    curve: "bn128",
  };
}

function texts(value: unknown, count: number): string[] {
  const found: unknown[] = Array.isArray(value) ? value.slice(0, count) : [];
  if (found.length === count && found.every(isCoordinate)) return found as string[];
  throw new TypeError(`${JSON.stringify(value)} is not ${count} numbers below the field`);
}

function isCoordinate(text: unknown): boolean {
  return typeof text === "string" && /^[0-9]{1,78}$/.test(text) && BigInt(text) < COORDINATE_FIELD;
}
