import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { LocalAccount } from "viem";
import { fromHex, toHex } from "../../node/common/hex.ts";
import { forcedRetrievalAbi } from "../../node/consensus/abi.ts";
import { write } from "../../node/consensus/call.ts";
import type { SigningChain } from "../../node/consensus/chain.ts";
import { drop, openDeal, slotOf } from "../../node/consensus/market.ts";
import { providerOf } from "../../node/consensus/registry.ts";
import { exposureOf, requestOf } from "../../node/consensus/retrieval.ts";
import { signMessage } from "../../node/consensus/signing.ts";
import { recordOf, weightOf } from "../../node/consensus/spacetime.ts";
import { deposit, freeOf, held } from "../../node/consensus/vault.ts";
import { retrievalIdOf } from "../../node/data/forced-retrieval.ts";
import { classOfGroups } from "../../node/data/layout.ts";
import { dealKeyOf, type SlotClaim, type Upload } from "../../node/data/terms.ts";
import { createHost, type Host } from "../../node/network/host.ts";
import { type Peer, peerOfProfile } from "../../node/network/peer.ts";
import { requestQuote } from "../../node/network/protocols/quote.ts";
import { openUpload } from "../../node/network/protocols/upload.ts";
import { eventually, type Running, startProvider } from "../node/daemon/daemon-process.ts";
import { type Market, startMarket } from "../node/daemon/market.ts";
import { makeShard, terms as usualTerms } from "../node/daemon/provider-bench.ts";

const TOKEN = 10n ** 18n;
const terms = {
  ...usualTerms,
  slots: 1,
  threshold: 1,
  windows: 3,
  maxMisses: 3,
  coolingOff: 3,
  minWindows: 3,
  cancelFeeWindows: 3,
};

describe("the end of a deal at a provider", () => {
  let market: Market;
  let client: LocalAccount;
  let chain: SigningChain;
  let host: Host;
  let peer: Peer;
  let daemon: Running;
  let data: string;
  let provider: `0x${string}`;

  before(async () => {
    market = await startMarket({ period: 12n, windowLength: 9n });
    const account = await market.account(1, 10n * TOKEN);
    client = account;
    chain = await market.connect(account);
    await deposit(chain, 10n * TOKEN);
    host = await createHost({ privateKey: fromHex(account.privateKey) });
    let base: string[];
    ({ address: provider, data, base } = await market.initProvider("provider", 60n * TOKEN));
    const file = path.join(data, "config.json");
    const config = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...config, settleEvery: 1 }));
    daemon = await startProvider(base);
    peer = peerOfProfile((await providerOf(chain, provider)).profile);
  });
  after(async () => {
    await daemon?.end("SIGKILL");
    await host?.stop();
    await market?.stop();
  });

  /** Uploads a fresh replica and opens its deal. */
  async function store(): Promise<SlotClaim> {
    const shard = makeShard(20);
    const m = classOfGroups(shard.groups);
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
    const offer = await session.offer();
    await session.close();
    const headerHash = toHex(randomBytes(32));
    await openDeal(chain, { salt, terms, headerHash, minSlots: 1, maxPayment: TOKEN }, [offer]);
    const { firstWindow } = await recordOf(chain, provider, offer.offer.root);
    return { client: client.address, salt, terms, offer: offer.offer, firstWindow };
  }

  const bytesGone = () =>
    eventually("the end of the bytes", 120_000, async () => {
      const left = await readdir(path.join(data, "replicas"));
      return left.length === 0 ? true : undefined;
    });

  it("brings every window's money where it belongs, the collateral home and the bytes off the disk, by the daemon alone", async () => {
    const before = await freeOf(chain, provider);
    const { offer } = await store();
    const paidIn = await held(chain, chain.addresses.market, "escrows");
    const clientBefore = await freeOf(chain, client.address);
    expect(await freeOf(chain, provider)).to.equal(before - offer.collateral);
    await bytesGone();
    const earned = (await freeOf(chain, provider)) - before;
    const refunded = (await freeOf(chain, client.address)) - clientBefore;
    expect(earned + refunded).to.equal(paidIn);
    expect(earned % offer.price).to.equal(0n);
    expect((await slotOf(chain, offer.dealKey, 0)).status).to.equal("ended");
    expect(await weightOf(chain, provider)).to.equal(0n);
  });

  it("shows a group that is asked for on chain before the stake pays for silence", async () => {
    const claim = await store();
    const { offer } = claim;
    const { retrieval } = chain.addresses;
    await write(chain, { address: retrieval, abi: forcedRetrievalAbi, functionName: "request", args: [claim, 17] });
    expect(await exposureOf(chain, provider)).to.be.above(0n);
    await eventually("the answer", 60_000, async () =>
      (await requestOf(chain, retrievalIdOf(offer))) === undefined ? true : undefined,
    );
    expect(await held(chain, retrieval, "bonds")).to.equal(0n);
    expect(await exposureOf(chain, provider)).to.equal(0n);
    await bytesGone();
  });

  it("comes early when the client drops the slot, and lets go of the bytes only once the bag has", async () => {
    const before = await freeOf(chain, provider);
    const claim = await store();
    expect(await weightOf(chain, provider)).to.equal(2n ** 14n);
    await drop(chain, claim);
    await bytesGone();
    expect(await weightOf(chain, provider)).to.equal(0n);
    expect(await freeOf(chain, provider)).to.be.at.least(before);
  });
});
