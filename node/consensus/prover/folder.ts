/** Finds what a prover needs in a folder that scripts/build-circuits.ts filled. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { HoldfastError } from "../../common/errors.ts";
import type { ProverKeys } from "./messages.ts";

export type ProverFolder = ProverKeys & {
  /** Openings a proof, and the most levels a tree may have. */
  readonly K: number;
  readonly D: number;
  /** True if whoever made the key can forge proofs: for local chains only. */
  readonly development: boolean;
};

/**
 * @param circuit Which statement's keys the folder should hold.
 * @throws HoldfastError PROVER_FILES if it holds no built circuit.
 */
export function readProverFolder(folder: string, circuit: "spacetime" | "capacity" = "spacetime"): ProverFolder {
  try {
    const { K, D, development } = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8"));
    if (![K, D].every((value) => Number.isInteger(value) && value > 0) || typeof development !== "boolean") {
      throw new TypeError("manifest.json lacks K, D or development");
    }

    const at = (name: string) => path.join(folder, name);
    const keys = {
      zkey: at(`${circuit}.zkey`),
      wasm: at(`${circuit}.wasm`),
      verificationKey: at("verification_key.json"),
    };
    return { ...keys, K, D, development };
  } catch (cause) {
    const message = `${folder} holds no built circuit; build it with: node scripts/build-circuits.ts dev`;
    throw new HoldfastError("PROVER_FILES", message, { cause });
  }
}
