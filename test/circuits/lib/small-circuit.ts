/** Circuits of a few constraints for tests, compiled once and then found by the hash of all they are made of. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { compileMain } from "../../../scripts/lib/circom.ts";
import { root } from "./circuit.ts";

const CACHE = path.join(root, "build/test-circuits");

/** Paths of the compiler's outputs; `sym` has the signals' names. */
export type SmallCircuit = { readonly r1cs: string; readonly wasm: string; readonly sym: string };

/**
 * @param source what follows the pragma of a main file; it may include files of circuits/ and node_modules/
 * @param optimisation O0 keeps every signal of the source as a wire; O2 is what proofs are made with
 */
export async function smallCircuit(source: string, optimisation: "--O0" | "--O2" = "--O2"): Promise<SmallCircuit> {
  const hash = createHash("sha256").update(optimisation).update(source);
  const templates = readdirSync(path.join(root, "circuits"), { recursive: true, encoding: "utf8" });
  for (const name of templates.filter((file) => file.endsWith(".circom")).sort()) {
    hash.update(name).update(readFileSync(path.join(root, "circuits", name)));
  }
  hash.update(readFileSync(path.join(root, "node_modules/circom2/package.json")));
  const folder = path.join(CACHE, hash.digest("hex").slice(0, 32));
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    const unfinished = `${folder}.${process.pid}`;
    await compileMain(root, source, unfinished, "circuit", [optimisation, "--sym"]);
    // Another process may have been faster.
    if (existsSync(folder)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, folder);
  }
  const at = (ending: string) => path.join(folder, `circuit.${ending}`);
  return { r1cs: at("r1cs"), wasm: at("wasm"), sym: at("sym") };
}
