// The programs in scripts/examples, each in a process of its own, one after the other as a person would use them.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { createClient } from "holdfast";
import { CID } from "multiformats/cid";
import * as digest from "multiformats/hashes/digest";
import { importCar } from "../../node/interface/client/import-car.ts";
import type { Network } from "../../scripts/lib/network.ts";
import { pattern } from "../fixtures/pattern.ts";
import { newClient, type TestClient } from "./support/client.ts";
import { sharedNetwork } from "./support/network.ts";

/** CIDv1, raw, sha2-256, by the package that everybody uses. */
const cidOf = (bytes: Uint8Array) =>
  CID.createV1(0x55, digest.create(0x12, createHash("sha256").update(bytes).digest())).toString();

const EXAMPLES = path.resolve(import.meta.dirname, "../../scripts/examples");

describe("the examples", function () {
  this.timeout(180_000);
  let network: Network;
  let me: TestClient;
  let env: Record<string, string>;
  let password: string;
  const used = new Set<string>();

  /** Standard output of an example that must succeed. */
  async function example(name: string, ...args: string[]): Promise<string> {
    used.add(name);
    const child = spawn(process.execPath, [path.join(EXAMPLES, name), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH!, ...env },
    });
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    expect(child.exitCode, errors).to.equal(0);
    return out.trim();
  }

  before(async () => {
    network = await sharedNetwork();
    me = await newClient(network, "examples");
    password = readFileSync(network.passwordFile, "utf8").trim();
    const { rpcUrl, deployment } = network;
    env = { HOLDFAST_RPC: rpcUrl, HOLDFAST_MARKET: deployment.market, HOLDFAST_HOME: me.data };
    env.HOLDFAST_PASSWORD = password;
  });

  it("store, fetch and read the beginning of a file", async () => {
    const file = path.join(me.folder, "letter.txt");
    writeFileSync(file, "Dear reader, ".repeat(1_000));
    const capability = await example("store.ts", file);
    expect(capability).to.match(/^hf1owner1/);
    expect(await example("head.ts", capability, "12")).to.equal("Dear reader,");
    const back = path.join(me.folder, "back.txt");
    expect(await example("fetch.ts", capability, back)).to.match(/^13000 bytes, bafkrei/);
    expect(readFileSync(back).equals(readFileSync(file))).to.equal(true);
    expect(await example("fetch.ts", capability, back)).to.equal("nothing to do");
  });

  it("back a folder up twice, store only what changed, and give all of it back", async () => {
    const folder = path.join(me.folder, "photos");
    mkdirSync(path.join(folder, "summer"), { recursive: true });
    writeFileSync(path.join(folder, "a.jpg"), pattern(40_000, 1));
    writeFileSync(path.join(folder, "summer", "b.jpg"), pattern(50_000, 2));
    writeFileSync(path.join(folder, "summer", "copy of b.jpg"), pattern(50_000, 2));
    writeFileSync(path.join(folder, "empty"), "");
    symlinkSync("summer/b.jpg", path.join(folder, "best"));
    await example("backup.ts", folder);
    writeFileSync(path.join(folder, "summer", "c.jpg"), pattern(700, 3));
    chmodSync(path.join(folder, "a.jpg"), 0o640);
    utimesSync(path.join(folder, "summer"), 1_500_000_000, 1_500_000_000);
    chmodSync(folder, 0o750);
    utimesSync(folder, 1_400_000_000, 1_400_000_000);
    const capability = await example("backup.ts", folder);
    expect(capability).to.match(/^hf1read1/);

    const { rpcUrl, deployment } = network;
    await using client = createClient({ folder: me.data, rpcUrl, market: deployment.market, password });
    const [, first, second] = await client.ls();
    expect([first!.name, second!.name]).to.deep.equal(["photos/", "photos/"]);
    expect(second!.size).to.be.lessThan(3_000);
    const listed = await client.entries(capability);
    const [letter] = await client.ls();
    expect(listed.map(({ path: name }) => name)).to.include.members(["a.jpg", "summer", "summer/c.jpg", "best"]);
    expect(listed.find(({ path: name }) => name === "a.jpg")!.cid).to.equal(cidOf(pattern(40_000, 1)));
    expect(letter!.cid).to.equal(cidOf(Buffer.from("Dear reader, ".repeat(1_000))));
    expect(second!.packs).to.deep.equal([first!.dealKey]);
    const refusal = await client.rm(first!.dealKey).catch((cause: unknown) => cause);
    expect(refusal).to.include({ code: "IN_USE" });

    const back = path.join(me.folder, "back");
    await client.get(capability, { output: back });
    const tree = (root: string) =>
      ["", ...(readdirSync(root, { recursive: true }) as string[]).sort()].map((name) => {
        const found = statSync(path.join(root, name));
        const content = found.isFile() ? readFileSync(path.join(root, name)).toString("base64") : "";
        return [name, found.mode & 0o777, Math.trunc(found.mtimeMs), content];
      });
    expect(tree(back)).to.deep.equal(tree(folder));
    const again = await client.get(capability, { output: back }).catch((cause: unknown) => cause);
    expect(again).to.include({ code: "NOT_A_FILE" });
    const named = await client
      .get(capability, { output: path.join(folder, "a.jpg"), force: true })
      .catch((e: unknown) => e);
    expect(named).to.include({ code: "OUTPUT_EXISTS" });
  });

  it("keep what ends soon, with the objects that a folder refers to", async () => {
    expect(await example("keep.ts", "1", "3")).to.equal("");
    const lines = (await example("keep.ts", "100000", "3")).split("\n");
    expect(lines.map((line) => line.split(":")[0])).to.deep.equal(["letter.txt", "photos/", "photos/"]);
  });

  it("are all run here", () => {
    expect([...used].sort()).to.deep.equal(readdirSync(EXAMPLES).sort());
  });

  it("a published file comes back as a CAR to somebody else, from its hot slots alone", async () => {
    const { rpcUrl, deployment } = network;
    const file = path.join(me.folder, "talk.txt");
    writeFileSync(file, "to everybody");
    await using client = createClient({ folder: me.data, rpcUrl, market: deployment.market, password });
    const { cid } = await client.put(file, { k: 1, n: 3, public: true });
    const { capability } = await client.share("talk.txt", "public");
    const other = await newClient(network, "reader", "1");
    await using reader = createClient({ folder: other.data, rpcUrl, market: deployment.market, password });
    expect((await reader.stat(capability)).content).to.include({ cid, hot: 2 });
    const { path: car } = await reader.get(capability, { output: path.join(other.folder, "talk.txt.car"), car: true });
    const imported = await importCar(car, other.folder);
    expect(imported.root).to.equal(cid);
    expect(readFileSync(imported.path, "utf8")).to.equal("to everybody");
  });
});
