import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { type Client, createClient, HoldfastError } from "holdfast";
import { secretsOf } from "../../../node/data/capability.ts";
import { decodeCapability, encodeCapability } from "../../../node/data/capability-codec.ts";
import { addToFileIndex } from "../../../node/physical/file-index.ts";
import { rejection } from "../../contracts/support/rejection.ts";
import { pattern } from "../../fixtures/pattern.ts";

const owner = encodeCapability({
  type: "owner",
  chainId: 31337,
  market: `0x${"11".repeat(20)}`,
  dealKey: `0x${"22".repeat(32)}`,
  headerHash: `0x${"33".repeat(32)}`,
  master: pattern(32, 7),
});

describe("the client that scripts import", () => {
  let folder: string;
  let client: Client;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-sdk-"));
    client = createClient({ folder });
  });
  afterEach(async () => {
    await client.close();
    await rm(folder, { recursive: true });
  });

  const store = (hot: number) =>
    addToFileIndex(folder, {
      ...{ name: "photos.tar", dealKey: `0x${"22".repeat(32)}`, capability: owner, size: 1, cid: "bafk" },
      ...{ slots: 5, threshold: 2, hot, windows: 12, storedAt: "2026-01-01T00:00:00.000Z" },
    });

  it("lists and shares files with neither a chain nor a key", async () => {
    await store(5);
    expect((await client.ls()).map(({ name, hot }) => [name, hot])).to.deep.equal([["photos.tar", 5]]);
    const read = decodeCapability((await client.share("photos.tar", "read")).capability);
    expect(read.type).to.equal("read");
    expect(secretsOf(read).fileKey).to.deep.equal(secretsOf(decodeCapability(owner)).fileKey);
    expect(secretsOf(read).seal.cold).to.equal(undefined);
    const repair = decodeCapability((await client.share("photos.tar", "repair")).capability);
    expect(secretsOf(repair).fileKey).to.equal(undefined);
    const verify = decodeCapability((await client.share("photos.tar", "verify")).capability);
    expect(secretsOf(verify)).to.deep.equal({ seal: {} });
  });

  it("knows the CID of what is in its list, by any capability of it, and of nothing else", async () => {
    expect(await client.cid(owner)).to.equal(undefined);
    await store(5);
    const { capability } = await client.share(owner, "verify");
    for (const file of ["photos.tar", owner, capability]) expect(await client.cid(file), file).to.equal("bafk");
    expect((await rejection(client.cid("films.tar"))).code).to.equal("UNKNOWN_FILE");
  });

  it("publishes a file with k cold slots and no other, unless told that one copy is enough", async () => {
    await store(3);
    const published = await client.share("photos.tar", "public");
    expect(decodeCapability(published.capability).type).to.equal("read");
    await store(4);
    const error = await rejection(client.share("photos.tar", "public"));
    expect(error.code).to.equal("ONE_COPY");
    expect((await client.share("photos.tar", "public", { oneCopy: true })).capability).to.equal(published.capability);
  });

  it("never makes a stronger capability of a weaker one", async () => {
    const { capability } = await client.share(owner, "read");
    for (const audience of ["repair"] as const) {
      expect((await rejection(client.share(capability, audience))).code).to.equal("CAPABILITY_TOO_WEAK");
    }
  });

  it("says which setting is missing before it asks for a password", async () => {
    let asked = 0;
    const password = async () => {
      asked++;
      return "x";
    };
    const unset = createClient({ folder, password });
    expect((await rejection(unset.get(owner))).code).to.equal("SETTING_MISSING");
    expect(
      (await rejection(createClient({ folder, rpcUrl: "http://127.0.0.1:1", password }).get(owner))).message,
    ).to.match(/market/);
    expect(asked).to.equal(0);
  });

  it("throws errors of one class, with codes", async () => {
    const error = await client.get("no such file").catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(HoldfastError);
    expect((error as HoldfastError).code).to.equal("UNKNOWN_FILE");
    const noKey = createClient({ folder, rpcUrl: "http://127.0.0.1:1", market: `0x${"11".repeat(20)}` });
    expect((await rejection(noKey.get(owner))).code).to.equal("PASSWORD_NEEDED");
  });

  it("stops as soon as its signal is aborted", async () => {
    const silent = createClient({ folder, rpcUrl: "http://10.255.255.1:1", market: `0x${"11".repeat(20)}` });
    const started = performance.now();
    const error = await rejection(silent.status(owner, { signal: AbortSignal.timeout(50) }));
    expect(error.code).to.equal("INTERRUPTED");
    expect(performance.now() - started).to.be.lessThan(2_000);
  });
});
