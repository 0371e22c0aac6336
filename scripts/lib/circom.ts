/** Runs the circom compiler of the npm package circom2. */
import { spawn } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { HoldfastError } from "../../node/common/errors.ts";
import { type Circuit, nameOf, type Profile } from "./circuits-file.ts";

/**
 * Compiles one profile into `folder` as <circuit>.r1cs and <circuit>.wasm.
 * Throws HoldfastError CIRCUIT_COMPILE with the compiler's own words.
 */
export async function compile(root: string, circuit: Circuit, profile: Profile, folder: string): Promise<void> {
  const parameters = [profile.K, profile.D, BigInt(circuit.digestTag)].join(", ");
  await compileMain(
    root,
    `include "${circuit.source}";\n` +
      `component main {public [${circuit.public.join(", ")}]} = ${circuit.template}(${parameters});\n`,
    folder,
    nameOf(circuit),
    ["--O2"],
  );
}

/**
 * Compiles what follows the pragma of a main file into `folder` as <name>.r1cs and <name>.wasm. `folder` must lie inside
 * `root`, the folder that holds node_modules: the compiler runs in WASM and sees nothing that is not named relative to
 * it. Includes are looked for in circuits/ and node_modules/.
 * @param options circom's own, e.g. --O2; with --sym the names of all signals are left as <name>.sym
 * Throws HoldfastError CIRCUIT_COMPILE with the compiler's own words.
 */
export async function compileMain(
  root: string,
  source: string,
  folder: string,
  name: string,
  options: readonly string[],
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const main = path.join(folder, "main.circom");
  writeFileSync(main, `pragma circom 2.1.6;\n${source}`);
  const inside = (file: string) => path.relative(root, file);
  await run(root, [
    path.join(root, "node_modules/circom2/cli.js"),
    inside(main),
    ...["--r1cs", "--wasm", ...options],
    ...["-l", "circuits", "-l", "node_modules", "-o", inside(folder)],
  ]);
  renameSync(path.join(folder, "main.r1cs"), path.join(folder, `${name}.r1cs`));
  renameSync(path.join(folder, "main_js/main.wasm"), path.join(folder, `${name}.wasm`));
  if (options.includes("--sym")) renameSync(path.join(folder, "main.sym"), path.join(folder, `${name}.sym`));
  rmSync(path.join(folder, "main_js"), { recursive: true });
  rmSync(main);
}

function run(cwd: string, parameters: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) return resolve();
      const message = `circom refused the circuit (exit ${status}); its own words:\n${output.trim()}`;
      reject(new HoldfastError("CIRCUIT_COMPILE", message, { details: { status } }));
    });
  });
}
