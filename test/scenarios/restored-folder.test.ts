// A folder that is backed up again and again, after the laptop is lost: what was stored before is known again, and not stored twice.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { type Client, createClient } from "holdfast";
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts";
import type { Network } from "../../scripts/lib/network.ts";
import { pattern } from "../fixtures/pattern.ts";
import { give } from "./support/client.ts";
import { scratchFolder, sharedNetwork } from "./support/network.ts";

describe("a folder of a lost laptop", function () {
  this.timeout(180_000);
  const privateKey = generatePrivateKey();
  const shape = { k: 1, n: 2, windows: 40 };
  let network: Network;
  let scratch: string;
  let photos: string;
  let desktop: Client;
  const clients: Client[] = [];

  /** The same wallet on a machine that knows nothing. */
  function newMachine(name: string): Client {
    const { rpcUrl, deployment } = network;
    const client = createClient({ folder: path.join(scratch, name), rpcUrl, market: deployment.market, privateKey });
    clients.push(client);
    return client;
  }
  const write = (name: string, bytes: number) => writeFileSync(path.join(photos, name), pattern(bytes, bytes));

  before(async () => {
    network = await sharedNetwork();
    scratch = scratchFolder(network, "restored-folder");
    photos = path.join(scratch, "photos");
    mkdirSync(photos);
    await give(network, privateKeyToAddress(privateKey), "5");
    const laptop = newMachine("laptop");
    write("a.jpg", 40_000);
    await laptop.put(photos, shape);
    write("b.jpg", 50_000);
    expect(await laptop.put(photos, shape)).to.include({ files: 2, reused: 1 });
  });

  after(async () => {
    for (const client of clients) await client.close();
  });

  it("says itself what it holds, when no list was kept", async () => {
    desktop = newMachine("desktop");
    const { files, index, unread } = await desktop.restore();
    expect({ index, unread }).to.deep.equal({ index: "none", unread: [] });
    expect(files.map(({ packs }) => packs)).to.deep.equal([[], [files[0]!.dealKey]]);
    const refusal = await desktop.rm(files[0]!.dealKey).catch((cause: unknown) => cause);
    expect(refusal).to.include({ code: "IN_USE" });
    write("c.jpg", 300);
    const stored = await desktop.put(photos, shape);
    expect(stored).to.include({ files: 3, reused: 2 });
    expect(stored.bytes).to.be.lessThan(3_000);
  });

  it("is read at once by a second machine from providers that hold vouchers of the first", async () => {
    const file = path.join(scratch, "one.bin");
    writeFileSync(file, pattern(20_000, 7));
    // Both slots are needed: neither provider can be passed over.
    const { capability } = await desktop.put(file, { k: 2, n: 2, windows: 40 });
    for (const [i, client] of [desktop, newMachine("second"), newMachine("third")].entries()) {
      const output = path.join(scratch, `one-${i}.bin`);
      expect((await client.get(capability, { output })).paid > 0n).to.equal(true);
      expect(readFileSync(output)).to.deep.equal(Buffer.from(pattern(20_000, 7)));
    }
  });

  it("is in the kept list, where there is one, and nothing is paid to read it", async () => {
    await desktop.backup(shape);
    const told: string[] = [];
    const tablet = newMachine("tablet");
    const { files, index } = await tablet.restore({ onProgress: ({ text }) => told.push(text) });
    expect(index).to.deep.equal("read");
    expect(files.filter(({ name }) => name === "photos/").map(({ packs }) => packs!.length)).to.deep.equal([0, 1, 2]);
    expect(told.filter((text) => text.startsWith("reading what"))).to.deep.equal([]);
    const stored = await tablet.put(photos, shape);
    expect(stored).to.include({ files: 3, reused: 3 });
  });
});
