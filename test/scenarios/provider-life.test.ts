import { randomBytes } from "node:crypto";
import { readdir, truncate } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { LocalAccount } from "viem";
import { fromHex, toHex } from "../../node/common/hex.ts";
import type { SigningChain } from "../../node/consensus/chain.ts";
import { channelOf, fund } from "../../node/consensus/channels.ts";
import { openDeal } from "../../node/consensus/market.ts";
import { providerOf, stakeOf } from "../../node/consensus/registry.ts";
import { signMessage, verifyMessage } from "../../node/consensus/signing.ts";
import { closedWindows, isProven, weightOf } from "../../node/consensus/spacetime.ts";
import { deposit, freeOf } from "../../node/consensus/vault.ts";
import { verifyPiece } from "../../node/data/data-root.ts";
import { classOfGroups } from "../../node/data/layout.ts";
import { dealKeyOf, replicaIdOf, type SignedOffer, type Upload } from "../../node/data/terms.ts";
import { createHost, type Host } from "../../node/network/host.ts";
import { type Peer, peerOfProfile } from "../../node/network/peer.ts";
import { requestQuote } from "../../node/network/protocols/quote.ts";
import { openRetrieval, type PieceWithPath } from "../../node/network/protocols/retrieve.ts";
import { openUpload, type UploadRequest } from "../../node/network/protocols/upload.ts";
import { eventually, type Running, run, startProvider } from "../node/daemon/daemon-process.ts";
import { type Market, startMarket } from "../node/daemon/market.ts";
import { makeShard, terms as usualTerms } from "../node/daemon/provider-bench.ts";
import { failure } from "../node/network/hosts.ts";

const TOKEN = 10n ** 18n;
const terms = { ...usualTerms, slots: 1, threshold: 1 };

interface Status {
  lane: { stake: string; suspended: boolean };
  windows: { proven: number; unprovable: number };
  latestWindows: { window: number; state: string }[];
  replicas: { active?: number };
}

/** One story: every chapter starts from what the one before has left. */
describe("a provider's daemon", () => {
  let market: Market;
  let client: LocalAccount;
  let chain: SigningChain;
  let host: Host;
  let peer: Peer;
  let daemon: Running;
  let data: string;
  let base: string[];
  let provider: `0x${string}`;
  let request: UploadRequest;
  let signed: SignedOffer;
  const shard = makeShard(50);

  before(async () => {
    market = await startMarket();
    const account = await market.account(1, 100n * TOKEN);
    client = account;
    chain = await market.connect(account);
    await deposit(chain, 100n * TOKEN);
    host = await createHost({ privateKey: fromHex(account.privateKey) });
  });
  after(async () => {
    await daemon?.end("SIGKILL");
    await host?.stop();
    await market?.stop();
  });

  const replicaId = () => replicaIdOf(request.upload.dealKey, 0, 0);
  const status = async () => (await run(["provider", "status", ...base])).result as unknown as Status;
  async function restart(signal: NodeJS.Signals) {
    const ended = await daemon.end(signal);
    daemon = await startProvider(base);
    return ended;
  }

  it("is set up by one command: key, stake, collateral and an entry in the registry that peers can dial", async () => {
    ({ address: provider, data, base } = await market.initProvider("provider", 90n * TOKEN));
    expect(await stakeOf(chain, provider)).to.equal(50n * TOKEN);
    expect(await freeOf(chain, provider)).to.equal(40n * TOKEN);
    daemon = await startProvider(base);
    const view = await providerOf(chain, provider);
    expect(view.profile.region).to.equal("0x4348");
    peer = peerOfProfile(view.profile);
    expect(daemon.ready).to.include({ ready: true, provider, peerId: peer.peerId });
    expect((await status()).lane).to.include({ stake: String(50n * TOKEN), suspended: false });
  });

  it("is alone on its data folder", async () => {
    const second = await run(["provider", "run", ...base]);
    expect(second.code).to.equal(1);
    expect(second.result.error).to.include({ code: "FOLDER_IN_USE" });
  });

  it("quotes what it asks, with a signature that binds it", async () => {
    const m = classOfGroups(shard.groups);
    const asked = { client: client.address, m, groups: shard.groups, windows: terms.windows };
    const { quote, signature } = await requestQuote(host, peer, asked);
    expect(await verifyMessage(chain, "Quote", quote, signature, provider)).to.equal(true);
    expect(quote.price).to.equal(((TOKEN / 4n) * 31n * 2n ** BigInt(m)) / 2n ** 30n);
    expect(quote.collateral).to.equal(quote.price * 40n);
    const salt = toHex(randomBytes(32));
    const dealKey = dealKeyOf(client.address, salt, terms);
    const upload: Upload = {
      ...{ provider, client: client.address, dealKey, slot: 0, generation: 0, groups: shard.groups, m },
      expiry: quote.expiry,
    };
    const ticket = await signMessage(chain, client, "Upload", upload);
    request = { upload, signature: ticket, salt, terms, quote, quoteSignature: signature };
  });

  it("has every acknowledged piece after SIGKILL in the middle of an upload", async () => {
    const up = await openUpload(host, peer, request);
    const acknowledged: number[] = [];
    const sent = [0, 1, 2].map(async (index) => {
      await up.sendPieces(index, [shard.piece(index)]);
      acknowledged.push(index);
      if (acknowledged.length === 1) await restart("SIGKILL");
    });
    await Promise.allSettled(sent);
    expect(acknowledged).not.to.deep.equal([]);
    const again = await openUpload(host, peer, request);
    for (const index of acknowledged) expect(again.have.has(index)).to.equal(true);
    for (let i = 0; i < shard.count; i++) if (!again.have.has(i)) await again.sendPieces(i, [shard.piece(i)]);
    expect((await again.finish(shard.dataRoot)).dataRoot).to.equal(shard.dataRoot);
    signed = await again.offer();
    expect(signed.offer).to.include({ price: request.quote.price, dataRoot: shard.dataRoot });
  });

  it("stands by its offer after SIGKILL, and by nothing else for the same place", async () => {
    await restart("SIGKILL");
    const up = await openUpload(host, peer, request);
    expect(await up.offer()).to.deep.equal(signed);
    expect((await failure(up.sendPieces(0, [shard.piece(0)]))).code).to.equal("UPLOAD_COMPLETE");
    await up.close();
    const early = openRetrieval(host, peer, { replicaId: replicaId(), payer: client.address });
    expect((await failure(early)).code).to.equal("NOT_HELD");
  });

  it("notices that its offer was taken, also while it was not running", async () => {
    await daemon.end("SIGKILL");
    const headerHash = toHex(randomBytes(32));
    const deal = { salt: request.salt, terms, headerHash, minSlots: 1, maxPayment: TOKEN };
    await openDeal(chain, deal, [signed]);
    daemon = await startProvider(base);
    await eventually("the active replica", 20_000, async () =>
      (await status()).replicas.active === 1 ? true : undefined,
    );
    expect(await weightOf(chain, provider)).to.equal(2n ** BigInt(request.upload.m));
  });

  it("proves a window with a real proof", async () => {
    const proven = await eventually("a proven window", 90_000, async () => {
      const { windows } = await status();
      return windows.proven > 0 ? windows.proven : undefined;
    });
    expect(proven).to.be.greaterThan(0);
    const { latestWindows } = await status();
    expect(await isProven(chain, provider, latestWindows[0]!.window)).to.equal(true);
  });

  it("sends pieces for vouchers, and redeems after SIGKILL what it had confirmed before", async () => {
    await fund(chain, [{ provider, amount: TOKEN }]);
    const { epoch } = await channelOf(chain, client.address, provider);
    const down = await openRetrieval(host, peer, { replicaId: replicaId(), payer: client.address });
    const { price } = down.terms;
    const pay = async (cumulative: bigint) => {
      const voucher = { payer: client.address, provider, epoch, cumulative };
      return { epoch, cumulative, signature: await signMessage(chain, client, "Voucher", voucher) };
    };
    expect((await failure(down.pieces(0, 1))).code).to.equal("PAYMENT_REQUIRED");
    await down.pay(await pay(2n * price));
    const [{ bytes, path: audit }] = (await down.pieces(3, 1)) as [PieceWithPath];
    expect(verifyPiece(fromHex(shard.dataRoot), shard.groups, 3, bytes, audit)).to.equal(true);
    await restart("SIGKILL");
    const again = await openRetrieval(host, peer, { replicaId: replicaId(), payer: client.address });
    expect(await again.pay(await pay(2n * price))).to.deep.equal({ cumulative: 2n * price, spent: price });
    // Whether the piece had arrived when the daemon died is not known to it: it costs nothing once more.
    expect(again.terms.again).to.deep.equal([3]);
    await again.pieces(3, 1);
    await again.pieces(0, 1);
    expect((await failure(again.pieces(1, 1))).code).to.equal("PAYMENT_REQUIRED");
    const redeemed = await eventually("the redeemed voucher", 40_000, async () => {
      const channel = await channelOf(chain, client.address, provider);
      return channel.redeemed > 0n ? channel.redeemed : undefined;
    });
    expect(redeemed).to.equal(2n * price);
  });

  it("logs a window that it cannot prove because its bytes rotted, charges for no lost piece, and keeps answering", async () => {
    const folder = path.join(data, "replicas", replicaId());
    for (const name of await readdir(folder)) if (name.endsWith(".piece")) await truncate(path.join(folder, name));
    // Not every window: one whose challenges all fall behind the shard's end asks for no byte.
    const { window } = await eventually("an unprovable window", 90_000, async () =>
      (await status()).latestWindows.find(({ state }) => state === "unprovable"),
    );
    expect(daemon.stderr()).to.match(/cannot be proven.*damaged/);
    await eventually("the close of that window", 60_000, async () =>
      (await closedWindows(chain, provider)) > window ? true : undefined,
    );
    expect(await isProven(chain, provider, window)).to.equal(false);
    const { quote } = request;
    const asked = { client: client.address, m: quote.m, groups: quote.groups, windows: quote.windows };
    expect((await requestQuote(host, peer, asked)).quote.price).to.equal(quote.price);
  });

  it("ends in order at SIGTERM", async () => {
    const { code, stdout } = await daemon.end("SIGTERM");
    expect(code).to.equal(0);
    expect(stdout.trim().split("\n").at(-1)).to.contain('"stopped":true');
    expect((await run(["provider", "status", ...base])).result.error).to.include({ code: "NOT_RUNNING" });
  });
});
