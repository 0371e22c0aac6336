// A provider's empty space with everything real: its daemon fills it, proves it, and gives some of it up when a deal comes.

import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { LocalAccount } from "viem";
import { fromHex, toHex } from "../../../node/common/hex.ts";
import { capacityProgrammeAbi } from "../../../node/consensus/abi.ts";
import { write } from "../../../node/consensus/call.ts";
import { claimCapacity, provenCapacity, sectorOf, yieldsOf } from "../../../node/consensus/capacity.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { type HoldfastLog, readEvents } from "../../../node/consensus/events.ts";
import { openDeal } from "../../../node/consensus/market.ts";
import { providerOf } from "../../../node/consensus/registry.ts";
import { signMessage } from "../../../node/consensus/signing.ts";
import { isProven, recordOf } from "../../../node/consensus/spacetime.ts";
import { deposit, freeOf } from "../../../node/consensus/vault.ts";
import { classOfGroups } from "../../../node/data/layout.ts";
import { dealKeyOf, type Offer, type Upload } from "../../../node/data/terms.ts";
import { closedWindows, openingOf } from "../../../node/data/windows.ts";
import { createHost, type Host } from "../../../node/network/host.ts";
import { peerOfProfile } from "../../../node/network/peer.ts";
import { requestQuote } from "../../../node/network/protocols/quote.ts";
import { openUpload } from "../../../node/network/protocols/upload.ts";
import { runHoldfast } from "../../fixtures/run-holdfast.ts";
import { eventually, ROOT, type Running, startProvider } from "../../node/daemon/daemon-process.ts";
import { type Market, startMarket } from "../../node/daemon/market.ts";
import { makeShard, terms as usualTerms } from "../../node/daemon/provider-bench.ts";

const TOKEN = 10n ** 18n;
const SECTORS = 3;
const LABELS = 2n ** 13n;
const SECTOR_BYTES = 32n * LABELS;
const terms = { ...usualTerms, slots: 1, threshold: 1, windows: 12, maxMisses: 6 };

describe("empty space of a provider", function () {
  this.timeout(300_000);
  let market: Market;
  let client: LocalAccount;
  let chain: SigningChain;
  let host: Host;
  let daemon: Running;
  let data: string;
  let base: string[];
  let provider: `0x${string}`;

  before(async () => {
    market = await startMarket({ period: 20n, windowLength: 15n, capacity: true });
    const account = await market.account(1, 10n * TOKEN);
    client = account;
    chain = await market.connect(account);
    await deposit(chain, 10n * TOKEN);
    const { programme } = chain.addresses;
    const fund = { address: programme!, abi: capacityProgrammeAbi, functionName: "fund", args: [TOKEN] } as const;
    await write(chain, fund);
    host = await createHost({ privateKey: fromHex(account.privateKey) });
    const fill = ["--fill", "1", "--fill-prover", path.join(ROOT, "build/circuits/capacity-test")];
    ({ address: provider, data, base } = await market.initProvider("provider", 60n * TOKEN, fill));
    // Three sectors of the smallest size fill all that is offered, so that a replica has no room beside them.
    const file = path.join(data, "config.json");
    const config = JSON.parse(await readFile(file, "utf8")) as { fill: object };
    expect(config.fill).to.include({ sectors: 32, m: 15 }); // the largest of this circuit's
    const changes = {
      capacity: String(BigInt(SECTORS) * SECTOR_BYTES),
      fill: { ...config.fill, sectors: SECTORS, m: 13 },
    };
    await writeFile(file, JSON.stringify({ ...config, ...changes }));
    daemon = await startProvider(base);
  });
  after(async () => {
    await daemon?.end("SIGKILL");
    await host?.stop();
    await market?.stop();
  });

  const sectors = () => Promise.all([1n, 2n, 3n].map((sector) => sectorOf(chain, provider, sector)));
  const active = async () => (await sectors()).filter((sector) => sector.active).length;
  const windowNow = async () => closedWindows(chain.parameters, provider, await chain.publicClient.getBlockNumber());
  const provenSince = (from: number, elements: bigint) =>
    eventually(`a window with ${elements} labels`, 120_000, async () => {
      const now = await windowNow();
      for (let window = from; window <= now; window++) {
        if ((await provenCapacity(chain, provider, window)) === elements) return window;
      }
      return undefined;
    });
  const happened = async <name extends HoldfastLog["eventName"]>(eventName: name) =>
    (await readEvents(chain, { from: 0n, to: await chain.publicClient.getBlockNumber() })).filter(
      (log): log is Extract<HoldfastLog, { eventName: name }> => log.eventName === eventName,
    );

  /** A replica of one piece, uploaded as any client does, and its deal opened. */
  async function store(): Promise<Offer> {
    const shard = makeShard(16);
    const m = classOfGroups(shard.groups);
    const peer = peerOfProfile((await providerOf(chain, provider)).profile);
    const asked = { client: client.address, m, groups: shard.groups, windows: terms.windows };
    const { quote, signature: quoteSignature } = await requestQuote(host, peer, asked);
    const salt = toHex(randomBytes(32));
    const dealKey = dealKeyOf(client.address, salt, terms);
    const place = { dealKey, slot: 0, generation: 0, groups: shard.groups, m };
    const upload: Upload = { provider, client: client.address, ...place, expiry: quote.expiry };
    const signature = await signMessage(chain, client, "Upload", upload);
    const session = await openUpload(host, peer, { upload, signature, salt, terms, quote, quoteSignature });
    for (let i = 0; i < shard.count; i++) await session.sendPieces(i, [shard.piece(i)]);
    await session.finish(shard.dataRoot);
    const signed = await session.offer();
    await session.close();
    expect((await yieldsOf(chain, provider)).map(({ replica }) => replica)).to.deep.equal([signed.offer.root]);
    const headerHash = toHex(randomBytes(32));
    await openDeal(chain, { salt, terms, headerHash, minSlots: 1, maxPayment: TOKEN }, [signed]);
    return signed.offer;
  }

  it("is filled with as many sectors as the operator wants, also when the daemon is killed meanwhile, and proven window by window", async () => {
    await eventually("the first sector", 120_000, async () => ((await active()) > 0 ? true : undefined));
    expect(daemon.ready.prover).to.equal("holdfast");
    await daemon.end("SIGKILL");
    daemon = await startProvider([...base, "--prover", "snarkjs"]); // for the lane's own windows
    expect(daemon.ready.prover).to.equal("snarkjs");
    await eventually("all sectors", 120_000, async () => ((await active()) === SECTORS ? true : undefined));
    const window = await provenSince(0, BigInt(SECTORS) * LABELS);
    expect(window).to.be.greaterThan(0);
  });

  it("gives way to a replica in the transaction that opens its deal: from one window to the next, and both windows are proven", async () => {
    const before = await windowNow();
    const offer = await store();
    const { firstWindow } = await recordOf(chain, provider, offer.root);
    const window = await provenSince(firstWindow, BigInt(SECTORS - 1) * LABELS);
    expect(window).to.be.at.least(firstWindow);
    const removed = await eventually("the sector's end", 60_000, async () => (await happened("SectorRemoved"))[0]);
    expect(removed.args.replica).to.equal(offer.root);
    // Until the replica counts nothing is lost of what was proven, and no transaction of the provider was needed in between.
    expect(removed.blockNumber > openingOf(chain.parameters, provider, firstWindow)).to.equal(true);
    for (let one = before; one < firstWindow; one++) {
      expect([0n, BigInt(SECTORS) * LABELS]).to.include(await provenCapacity(chain, provider, one));
    }
    await eventually("the replica's own window", 60_000, async () =>
      (await isProven(chain, provider, firstWindow)) || (await isProven(chain, provider, firstWindow + 1))
        ? true
        : undefined,
    );
    await eventually("the end of the sector's bytes", 60_000, async () =>
      (await readdir(path.join(data, "sectors"))).length === SECTORS - 1 ? true : undefined,
    );
    expect(await active()).to.equal(SECTORS - 1);
  });

  it("is paid for by the programme, and an audit replays and verifies all of it", async () => {
    const before = await freeOf(chain, provider);
    await claimCapacity(chain, provider, 1000n);
    expect((await freeOf(chain, provider)) > before).to.equal(true);
    const { code, stdout } = await runHoldfast(["audit", "--rpc", market.rpcUrl, "--json"]);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report.difference).to.equal(undefined);
    expect(report).to.deep.include({ closes: true, sectors: SECTORS - 1 });
    const proven = (await happened("CapacityProven")).length + (await happened("SpacetimeProven")).length;
    expect((report.proofs as { verified: number }).verified).to.be.at.least(proven - 2); // the chain goes on
    expect(code).to.equal(0);
  });
});
