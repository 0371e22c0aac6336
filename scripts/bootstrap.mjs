// Makes node_modules complete for the pinned Node, whatever Node (>= 20) the system has. No dependencies.
//
// npm drops optional native packages whose "engines" exclude the Node that runs npm, so the install itself has to run
// under the pinned Node: it comes from npm too (node-<os>-<arch>) and npx puts it first on PATH. A stamp keyed by the
// lock file makes every later run free.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const NESTED = "HOLDFAST_BOOTSTRAP";
if (process.env[NESTED]) process.exit(0);

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const name = `node-${process.platform}-${process.arch}`;
const version = manifest.optionalDependencies[name];
if (!version) {
  console.error(`Holdfast has no pinned Node for ${process.platform}-${process.arch}; use 64-bit Linux.`);
  process.exit(1);
}

const lock = path.join(root, "package-lock.json");
const stamp = path.join(root, "node_modules", ".bootstrap");
const key = () => createHash("sha256").update(version).update(readFileSync(lock)).digest("hex");
if (existsSync(stamp) && existsSync(lock) && readFileSync(stamp, "utf8") === key()) process.exit(0);

const env = { ...process.env, [NESTED]: "1" };
for (const variable of Object.keys(env)) {
  if (/^npm_(package|lifecycle|command|execpath|node_execpath)/.test(variable)) delete env[variable];
}
const args = ["-y", "-p", `${name}@${version}`, "--", "npm", "install", "--no-audit", "--no-fund"];
console.error(`[bootstrap] npx ${args.join(" ")}`);
const install = spawnSync("npx", args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
if (install.status !== 0) {
  console.error("[bootstrap] the install failed; the lines above say why. It is safe to run the command again.");
  process.exit(install.status ?? 1);
}
writeFileSync(stamp, key());
