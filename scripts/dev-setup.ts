/**
 * Makes a Groth16 proving key for development straight from a circuit.
 *
 * Whoever runs this could forge proofs, so its keys are worthless as security; circuits/README.md has the way to a real
 * one. Everything else about them is real: stock snarkjs proves and verifies with them.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { readCommandLine, refuse } from "./lib/command-line.ts";
import { openPool } from "./lib/fixed-base-pool.ts";
import { keyScalars, type Secrets } from "./lib/qap.ts";
import { readR1cs } from "./lib/r1cs.ts";
import { R } from "./lib/scalar-field.ts";
import { zkeyBytes } from "./lib/zkey.ts";

const THREADS = 2;

/**
 * Four independent secrets out of one seed of at least 32 bytes. delta has to be drawn on its own: where it equals
 * gamma, which is 1, A = alpha, B = beta, C = -vk_x verifies for any public signals, without knowing any secret.
 */
export function drawSecrets(seed: Uint8Array): Secrets {
  const draw = (name: string) => {
    const digest = createHash("sha512").update(seed).update(`holdfast/dev-setup/v1/${name}`).digest("hex");
    return (BigInt(`0x${digest}`) % (R - 2n)) + 2n;
  };
  return { tau: draw("tau"), alpha: draw("alpha"), beta: draw("beta"), delta: draw("delta") };
}

/** The bytes of a zkey. The same circuit and secrets give the same bytes. `progress` gets a fraction from 0 to 1. */
export async function devSetup(
  r1csBytes: Uint8Array,
  secrets: Secrets,
  progress: (fraction: number) => void = () => {},
): Promise<Uint8Array> {
  const r1cs = readR1cs(r1csBytes);
  const { wires, publicSignals } = r1cs;
  const scalars = keyScalars(r1cs, secrets);
  const { alpha, beta, delta } = secrets;
  const total = 4 * wires + scalars.h.length + 6;
  const pool = openPool(THREADS, (points) => progress(points / total));
  try {
    const points = {
      alpha1: await pool.multiply("G1", [alpha]),
      beta1: await pool.multiply("G1", [beta]),
      beta2: await pool.multiply("G2", [beta]),
      gamma2: await pool.multiply("G2", [1n]),
      delta1: await pool.multiply("G1", [delta]),
      delta2: await pool.multiply("G2", [delta]),
      publicWires: await pool.multiply("G1", scalars.publicWires),
      a: await pool.multiply("G1", scalars.a),
      b1: await pool.multiply("G1", scalars.b),
      b2: await pool.multiply("G2", scalars.b),
      privateWires: await pool.multiply("G1", scalars.privateWires),
      h: await pool.multiply("G1", scalars.h),
    };
    return zkeyBytes({ wires, publicSignals, domainLog: scalars.domainLog }, points, scalars.coefficients);
  } finally {
    await pool.close();
  }
}

const USAGE = `node scripts/dev-setup.ts IN.r1cs OUT.zkey [--seed HEX]

A key for development only: its maker can forge proofs.

  --seed HEX    at least 32 bytes; the same circuit and seed give the same key, byte for byte. Random unless told.

Example: node scripts/dev-setup.ts build/circuits/dev/spacetime.r1cs /tmp/spacetime.zkey`;

async function main(): Promise<void> {
  const { values, positionals } = readCommandLine(USAGE, { seed: { type: "string" } }, 2);
  const [source, target] = positionals;
  if (source === undefined || target === undefined)
    refuse("Two files are needed: the circuit, and where its key goes.");
  const seed = values.seed ?? randomBytes(32).toString("hex");
  if (!/^(?:[0-9a-f]{2}){32,}$/i.test(seed)) refuse("--seed must be at least 32 bytes in hex.");
  const started = performance.now();
  const zkey = await devSetup(readFileSync(source), drawSecrets(Buffer.from(seed, "hex")), reporter());
  const unfinished = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(unfinished, zkey);
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { force: true });
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${target}: ${zkey.length} bytes in ${seconds} s; for development only, its maker can forge proofs`);
}

/** One line every quarter. */
function reporter(): (fraction: number) => void {
  let quarter = 0;
  return (fraction) => {
    if (Math.floor(fraction * 4) <= quarter) return;
    quarter = Math.floor(fraction * 4);
    console.log(`${25 * quarter} %`);
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
