/** What turns a witness into a proof on the prover's thread. Whoever asks verifies what comes out. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type File, type Groth16Proof, groth16 } from "snarkjs";
import { bytesToInteger } from "../../common/bytes.ts";
import { HoldfastError } from "../../common/errors.ts";
import { SCALAR_FIELD } from "../../data/digest.ts";
import { compileExactKernels } from "./groth16/kernels.ts";
import { createGroth16Prover } from "./groth16/prove.ts";
import type { Zkey } from "./groth16/zkey.ts";
import type { EngineName, ThreadParameters } from "./messages.ts";
import type { Witness } from "./witness.ts";

export type Engine = { readonly name: EngineName; prove(witness: Witness): Promise<Groth16Proof> };

/** More threads than that wait for memory and for each other more than they compute. */
const MOST_THREADS = 8;

/** Throws HoldfastError PROVING_KEY_INVALID for a key that contradicts itself. */
export function startEngine({ zkey: file, prover = "holdfast" }: ThreadParameters, zkey: Zkey): Engine {
  const modules = prover === "holdfast" ? compileExactKernels() : undefined;
  if (modules === undefined) return snarkjsEngine(file);
  try {
    const own = createGroth16Prover(zkey, modules, Math.min(availableParallelism(), MOST_THREADS));
    return { name: "holdfast", prove: ({ values }) => own.prove(values, [randomScalar(), randomScalar()]) };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new HoldfastError("PROVING_KEY_INVALID", `${file} is no proving key; build the circuits again.`, { cause });
  }
}

/** Integer arithmetic throughout, so it is right on any machine. */
function snarkjsEngine(file: string): Engine {
  const zkey: File = { type: "mem", data: readFileSync(file) };
  return {
    name: "snarkjs",
    prove: async ({ file: witness }) => (await groth16.prove(zkey, { type: "mem", data: witness })).proof,
  };
}

/** 384 bits of randomness leave a bias of 2^-130. */
function randomScalar(): bigint {
  return bytesToInteger(randomBytes(48)) % SCALAR_FIELD;
}
