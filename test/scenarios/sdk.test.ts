// What a client does with its files through the SDK and its command line, on real provider processes.

import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { type Client, createClient, type PutResult } from "holdfast";
import type { Network } from "../../scripts/lib/network.ts";
import { newClient, type TestClient } from "./support/client.ts";
import { holdfast, resultOf } from "./support/command-line.ts";
import { sharedNetwork } from "./support/network.ts";

/** Three pieces a segment, three segments. */
const BYTES = 2_000_001;

describe("a client and its files", function () {
  this.timeout(180_000);
  const original = randomBytes(BYTES);
  let network: Network;
  let me: TestClient;
  let client: Client;
  let file: string;
  let stored: PutResult;

  before(async () => {
    network = await sharedNetwork();
    me = await newClient(network, "sdk");
    file = path.join(me.folder, "movie.bin");
    writeFileSync(file, original);
    const { rpcUrl, deployment } = network;
    const password = readFileSync(network.passwordFile, "utf8").trim();
    client = createClient({ folder: me.data, rpcUrl, market: deployment.market, password });
  });

  after(async () => await client?.close());

  it("stores a file and tells how far it is, in words and numbers", async () => {
    const told: string[] = [];
    stored = await client.put(file, {
      onProgress: ({ stage, done, total }) => {
        if (stage !== undefined) told.push(`${stage} ${done}/${total}`);
      },
    });
    expect(stored.bytes).to.equal(BYTES);
    expect(told).to.include("upload 3/3");
    expect(told).to.include("recompute 3/3");
    expect((await client.ls()).map(({ name, cid }) => ({ name, cid }))).to.deep.equal([
      { name: "movie.bin", cid: stored.cid },
    ]);
  });

  it("gives a range of bytes for the price of the segments that it touches", async () => {
    const told: string[] = [];
    const chunks: Uint8Array[] = [];
    const range = { offset: 761_850, length: 20 };
    const onProgress = ({ stage, total }: { stage?: string; total?: number }) => {
      if (stage === "fetch") told.push(`of ${total}`);
    };
    for await (const chunk of client.cat("movie.bin", { ...range, onProgress })) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(original.subarray(761_850, 761_870))).to.equal(true);
    expect(told).to.deep.equal(["of 2", "of 2"]);
    const command = ["client", "cat", "movie.bin", "--range", "1999990-"];
    const { bytes, base64 } = resultOf<{ bytes: number; base64: string }>(await holdfast([...command, ...me.options]));
    expect(bytes).to.equal(11);
    expect(Buffer.from(base64, "base64").equals(original.subarray(1_999_990))).to.equal(true);
  });

  it("stops in the middle of a file without leaving the folder locked", async () => {
    for await (const chunk of client.cat(stored.capability)) {
      expect(Buffer.from(chunk).equals(original.subarray(0, chunk.length))).to.equal(true);
      break;
    }
    const { paid } = await client.get("movie.bin", { output: path.join(me.folder, "back.bin") });
    expect(paid > 0n).to.equal(true);
    expect(readFileSync(path.join(me.folder, "back.bin")).equals(original)).to.equal(true);
  });
});
