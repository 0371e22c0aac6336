// A provider that is honest but for one twist: the real handlers over real stores, registered and staked, cheaper than the
// honest ones so that clients come to it first.

import path from "node:path";
import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { followDeals } from "../../../node/application/duties/accept.ts";
import { fromHex } from "../../../node/common/hex.ts";
import { connectChain, type SigningChain } from "../../../node/consensus/chain.ts";
import { providerOf, register, stake, updateAsk } from "../../../node/consensus/registry.ts";
import { deposit } from "../../../node/consensus/vault.ts";
import { createCommitPool } from "../../../node/data/kernels/commit-pool.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { defaultDemands } from "../../../node/incentive/admission.ts";
import { metadataHandlers } from "../../../node/interface/provider-api-metadata.ts";
import { quoteHandlers } from "../../../node/interface/provider-api-quote.ts";
import { retrieveHandlers } from "../../../node/interface/provider-api-retrieve.ts";
import { sampleHandlers } from "../../../node/interface/provider-api-sample.ts";
import { uploadHandlers } from "../../../node/interface/provider-api-upload.ts";
import { defaultLimits, type ProviderParts } from "../../../node/interface/provider-parts.ts";
import { createRoomReader } from "../../../node/interface/provider-room.ts";
import { createRateLimit } from "../../../node/interface/rate-limit.ts";
import { createSampler } from "../../../node/interface/sampler.ts";
import { createHost } from "../../../node/network/host.ts";
import { profileOfHost } from "../../../node/network/peer.ts";
import { type MetadataHandlers, serveMetadata } from "../../../node/network/protocols/metadata.ts";
import { type QuoteHandlers, serveQuote } from "../../../node/network/protocols/quote.ts";
import { type RetrieveHandlers, serveRetrieve } from "../../../node/network/protocols/retrieve.ts";
import { type SampleHandlers, serveSample } from "../../../node/network/protocols/sample.ts";
import { serveUpload, type UploadHandlers } from "../../../node/network/protocols/upload.ts";
import { openDatabase } from "../../../node/physical/database.ts";
import { createJournal } from "../../../node/physical/journal.ts";
import { openMetadataStore } from "../../../node/physical/metadata-store.ts";
import { openPieceStore } from "../../../node/physical/piece-store.ts";
import type { Network } from "../../../scripts/lib/network.ts";
import { give } from "./client.ts";
import { scratchFolder } from "./network.ts";

export interface Handlers {
  readonly quote: QuoteHandlers;
  readonly upload: UploadHandlers;
  readonly sample: SampleHandlers;
  readonly metadata: MetadataHandlers;
  readonly retrieve: RetrieveHandlers;
}

export interface Surroundings {
  readonly chain: SigningChain;
  /** The twist was used: a scenario in which nobody met it would prove nothing. */
  met(): void;
}

export type Twist = (honest: Handlers, around: Surroundings) => Partial<Handlers>;

export interface Adversary {
  readonly name: string;
  readonly address: `0x${string}`;
  /** Signs as the adversary. */
  readonly chain: SigningChain;
  /** How often a client met the twist. */
  readonly met: number;
  /** Takes no more replicas, and is gone. */
  stop(): Promise<void>;
}

const GIB_PRICE = parseEther("0.2");
export const PIECE_PRICE = parseEther("0.0001");

/** @param cheapness Times that its storage is cheaper: by more than a history of proven windows is worth, where honest ones have it. */
export async function startAdversary(network: Network, name: string, twist: Twist, cheapness = 1n): Promise<Adversary> {
  const privateKey = generatePrivateKey();
  const account = privateKeyToAccount(privateKey);
  await give(network, account.address, "20");
  const { rpcUrl, deployment } = network;
  const chain = await connectChain({ rpcUrl, market: deployment.market, account, pollingInterval: 100 });
  await deposit(chain, parseEther("20"));
  await stake(chain, parseEther("10"));

  const host = await createHost({ privateKey: fromHex(privateKey, 32), listen: "/ip4/127.0.0.1/tcp/0" });
  const ask = {
    storagePrice: GIB_PRICE / cheapness,
    // The usual: beside cheaper pieces the honest ones would be too dear to read from.
    retrievalPrice: PIECE_PRICE,
    minWindows: 1,
    maxWindows: 1000,
    minM: 13,
    maxM: 15,
  };
  const addresses = host.getMultiaddrs().map((one) => one.toString().replace(/\/p2p\/.*$/, ""));
  const profile = { ...profileOfHost(host, addresses), region: "0x0000" as const, capacity: 2n ** 30n };
  await register(chain, profile, { ...ask, accepting: true });

  const folder = scratchFolder(network, name);
  const journal = createJournal(openDatabase(path.join(folder, "holdfast.sqlite")));
  const commitPool = createCommitPool({ workers: 1 });
  let latest = await chain.publicClient.getBlockNumber();
  const clock = setInterval(() => {
    void chain.publicClient.getBlockNumber().then(
      (block) => {
        latest = block;
      },
      () => {}, // the next second asks again
    );
  }, 1_000);
  const hash = createPoseidon8();
  const pieces = await openPieceStore(path.join(folder, "replicas"));
  const parts: ProviderParts = {
    chain,
    settings: { ask: { ...ask, accepting: true }, capacity: 2n ** 30n, demands: defaultDemands, limits: defaultLimits },
    journal,
    pieces,
    metadata: await openMetadataStore(path.join(folder, "metadata")),
    commitPool,
    hash,
    latestBlock: () => latest,
    now: Date.now,
    log: () => {},
  };
  const free = createRateLimit({ perSecond: 1_000, burst: 10_000, now: Date.now });
  const room = createRoomReader(parts);
  const sampler = createSampler(path.join(folder, "replicas"));
  const honest: Handlers = {
    quote: quoteHandlers(parts, room),
    upload: uploadHandlers(parts, room),
    sample: sampleHandlers(parts, sampler, free),
    metadata: metadataHandlers(parts, free),
    retrieve: retrieveHandlers(parts, free),
  };
  const retire = async () => {
    const { accepting } = (await providerOf(chain, account.address)).ask;
    if (accepting) await updateAsk(chain, { ...ask, accepting: false });
  };
  let met = 0;
  const around: Surroundings = { chain, met: () => void met++ };
  const served = { ...honest, ...twist(honest, around) };
  await Promise.all([
    serveQuote(host, served.quote),
    serveUpload(host, served.upload),
    serveSample(host, served.sample),
    serveMetadata(host, served.metadata),
    serveRetrieve(host, served.retrieve),
  ]);
  const stopping = new AbortController();
  const following = followDeals(parts, stopping.signal);
  return {
    name,
    address: account.address,
    chain,
    get met() {
      return met;
    },
    async stop() {
      await retire();
      stopping.abort();
      clearInterval(clock);
      await following;
      await host.stop();
      await sampler.close();
      await commitPool.close();
      journal.close();
    },
  };
}
