/** Reads what the compiler left in artifacts/: `npm run compile` makes it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Abi, Hex } from "viem";
import { HoldfastError } from "../../node/common/errors.ts";

export type Artifact = {
  readonly abi: Abi;
  readonly bytecode: Hex;
  readonly deployedBytecode: Hex;
  /** Where the constructor writes into the deployed code, in bytes. */
  readonly immutableReferences: Readonly<
    Record<string, readonly { readonly start: number; readonly length: number }[]>
  >;
};

const ARTIFACTS = path.resolve(import.meta.dirname, "../../artifacts");

/**
 * @param source Path of a Solidity file as the compiler names it, e.g. `contracts/Vault.sol`; its contract bears the file's name.
 * @throws HoldfastError NOT_COMPILED
 */
export function readArtifact(source: string): Artifact {
  const name = path.basename(source, ".sol");
  try {
    return JSON.parse(readFileSync(path.join(ARTIFACTS, source, `${name}.json`), "utf8"));
  } catch (cause) {
    throw new HoldfastError("NOT_COMPILED", `The contract ${name} is not compiled; run "npm run compile" first.`, {
      cause,
      details: { source },
    });
  }
}
