// `npm run build`: contracts and circuits, side by side: each compiler uses one core. What is up to date is left alone.

import { spawn } from "node:child_process";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "..");

/** Resolves to the exit code; a step stopped by a signal counts as failed. */
function run(script: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", ["run", "-s", script], { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

const codes = await Promise.all([run("compile"), run("circuits")]);
process.exit(Math.max(...codes));
