/** A copy of the project whose contracts may be changed: everything that git knows, with the folders that builds fill. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");

export interface Shadow {
  readonly folder: string;
}

/** What compilers left: they know by its content what is still good. */
const KEPT = new Set(["artifacts", "cache"]);

/**
 * Makes `build/<name>`, afresh but for what was compiled.
 * @param overrides Source text of an object that is laid over `networks.default` of the project's Hardhat configuration.
 * @param more Source text of further fields of the configuration.
 */
export function makeShadow(name: string, overrides: string, more = ""): Shadow {
  const folder = path.join(ROOT, "build", name);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder))
    if (!KEPT.has(name)) rmSync(path.join(folder, name), { recursive: true, force: true });
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" });
  for (const file of files.split("\n")) {
    // Linters refuse a second configuration below the first.
    if (file === "" || file === "biome.json" || !existsSync(path.join(ROOT, file))) continue;
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    cpSync(path.join(ROOT, file), path.join(folder, file));
  }
  symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  mkdirSync(path.join(folder, "build"));
  for (const built of ["circuits", "test-circuits"]) {
    if (existsSync(path.join(ROOT, "build", built)))
      symlinkSync(path.join(ROOT, "build", built), path.join(folder, "build", built));
  }
  const config = path.join(folder, "hardhat.config.ts");
  writeFileSync(path.join(folder, "hardhat.project.ts"), readFileSync(config));
  writeFileSync(
    config,
    [
      'import project from "./hardhat.project.ts";',
      "export default {",
      "  ...project,",
      `  networks: { ...project.networks, default: { ...project.networks!.default, ...${overrides} } },`,
      `  ${more}`,
      "};",
      "",
    ].join("\n"),
  );
  return { folder };
}

/** All Solidity files below a folder of the project, by their path in it. */
export function readSources(under = "contracts"): Record<string, string> {
  const names = readdirSync(path.join(ROOT, under), { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names
      .filter((file) => file.endsWith(".sol"))
      .map((file) => path.posix.join(under, file))
      .sort()
      .map((file) => [file, readFileSync(path.join(ROOT, file), "utf8")]),
  );
}
