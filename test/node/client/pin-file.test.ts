import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { keccak256, zeroAddress } from "viem";
import { toHex } from "../../../node/common/hex.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { createKeystore } from "../../../node/consensus/keystore.ts";
import { openDeal } from "../../../node/consensus/market.ts";
import { pinOf } from "../../../node/consensus/spacetime.ts";
import { freeOf } from "../../../node/consensus/vault.ts";
import { decodeCapability, encodeCapability } from "../../../node/data/capability-codec.ts";
import { dealKeyOf, type Terms } from "../../../node/data/terms.ts";
import { pinFile } from "../../../node/interface/client/pin-file.ts";
import { addToFileIndex } from "../../../node/physical/file-index.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { type LiveChain, liveChain } from "../../fixtures/live-chain.ts";
import { joinAsProvider, offerFrom } from "../../fixtures/mock-deal.ts";
import { runHoldfast } from "../../fixtures/run-holdfast.ts";

const FEE = LOCAL_PARAMETERS.minimumPinFee;
const headerHash = keccak256("0x0a");
const terms: Terms = {
  ...{ slots: 2, threshold: 1, minChallenges: 1, windows: 20, maxMisses: 4, coolingOff: 0, minWindows: 0 },
  ...{ cancelFeeWindows: 0, steward: zeroAddress },
};

describe("pinFile", () => {
  let live: LiveChain;
  let client: SigningChain;
  let providers: SigningChain[];
  let capability: string;
  const free = () => freeOf(client, client.account.address);

  before(async () => {
    live = await liveChain();
    client = await live.connectRich(16, 1n);
    providers = [await live.connectRich(17, 2n), await live.connectRich(18, 2n)];
    const salt = keccak256("0x0b");
    const dealKey = dealKeyOf(client.account.address, salt, terms);
    const offers = [];
    for (const [slot, provider] of providers.entries()) {
      await joinAsProvider(provider);
      offers.push(await offerFrom(provider, { client: client.account.address, dealKey, slot }));
    }
    await openDeal(client, { salt, terms, headerHash, minSlots: 2, maxPayment: 10n ** 18n }, offers);
    const { chainId, addresses } = client;
    capability = encodeCapability({ type: "verify", chainId, market: addresses.market, dealKey, headerHash });
  });

  it("pins the next window of every provider of the file, for the least fee each", async () => {
    const before = await free();
    const pins = await pinFile(client, capability);
    expect(before - (await free())).to.equal(2n * FEE);
    expect(pins.map(({ slot, fee }) => [slot, fee])).to.deep.equal([
      [0, FEE],
      [1, FEE],
    ]);
    for (const { provider, window } of pins) {
      expect(BigInt(await pinOf(client, provider as `0x${string}`, window!))).to.be.greaterThan(0n);
    }
  });

  it("says what it would take where a pin holds the window already, and burns nothing for that", async () => {
    // A window may open between two calls, and free its lane for the least fee: the pins are made anew until both hold.
    let first = await pinFile(client, capability, 3n * FEE);
    const again = async () => {
      const before = await free();
      return { pins: await pinFile(client, capability, 5n * FEE), burned: before - (await free()) };
    };
    let second = await again();
    while (second.pins.some(({ window }) => window !== undefined)) {
      first = await pinFile(client, capability, 20n * FEE);
      second = await again();
    }
    expect(first).to.have.length(2);
    expect(second.burned).to.equal(0n);
    for (const { fee } of second.pins) expect(fee).to.be.greaterThan(5n * FEE);
  });

  it("is refused to anybody but the deal's client", async () => {
    const refused = await pinFile(providers[0]!, capability, 10n ** 17n).catch((error: unknown) => error);
    expect(refused).to.include({ code: "CHAIN_REVERTED" });
    expect((refused as Error).message).to.include("Only the client");
  });

  it("has the file's CID beside it on the command line, where the folder's list has the file", async () => {
    const home = await mkdtemp(path.join(tmpdir(), "holdfast-pin-"));
    try {
      const { privateKey } = live.account(16).getHdKey();
      await createKeystore(path.join(home, "keystore.json"), "a password", toHex(privateKey!));
      const passwordFile = path.join(home, "password");
      await writeFile(passwordFile, "a password\n", { mode: 0o600 });
      const { dealKey } = decodeCapability(capability);
      const connection = ["--rpc", live.process.rpcUrl, "--market", live.deployment.market];
      const options = [...connection, "--home", home, "--password-file", passwordFile];
      const firstLine = async () =>
        (await runHoldfast(["client", "pin", capability, ...options])).stdout.split("\n")[0];
      expect(await firstLine()).to.match(/^slot 0 {2}0x/);
      await addToFileIndex(home, {
        ...{ name: "photos.tar", dealKey, capability, size: 1, cid: "bafkrei", slots: 2, threshold: 1, windows: 20 },
        storedAt: "2026-01-01T00:00:00.000Z",
      });
      expect(await firstLine()).to.equal("CID bafkrei");
    } finally {
      await rm(home, { recursive: true });
    }
  });
});
