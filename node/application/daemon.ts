/** A provider's process: wires the floors together, and lets the chain's clock call the duties. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fromHex, toHex } from "../common/hex.ts";
import { BlockClock } from "../consensus/blocks.ts";
import { listedKeys, requireCeremony } from "../consensus/ceremony-keys.ts";
import { connectChain } from "../consensus/chain.ts";
import { defaultDrandUrls, drandSignatures } from "../consensus/drand.ts";
import type { Wallet } from "../consensus/keystore.ts";
import { readProverFolder } from "../consensus/prover/folder.ts";
import { createProver } from "../consensus/prover/prover.ts";
import { recordRandomness } from "../consensus/randomness.ts";
import { checkVerifier } from "../consensus/spacetime.ts";
import { createCommitPool } from "../data/kernels/commit-pool.ts";
import { createPoseidon8 } from "../data/kernels/poseidon.ts";
import { serveProvider } from "../interface/provider-api.ts";
import { defaultLimits, type Log, type ProviderParts } from "../interface/provider-parts.ts";
import { createRoomReader } from "../interface/provider-room.ts";
import { providerStatus } from "../interface/provider-status.ts";
import { createReplicaReader } from "../interface/replica-reader.ts";
import { createSampler } from "../interface/sampler.ts";
import { serveStatus } from "../interface/status-server.ts";
import { createHost } from "../network/host.ts";
import { openDatabase } from "../physical/database.ts";
import { createJournal } from "../physical/journal.ts";
import { openMetadataStore } from "../physical/metadata-store.ts";
import { openPieceStore } from "../physical/piece-store.ts";
import type { DaemonConfig } from "./daemon-config.ts";
import { dropStale, followDeals } from "./duties/accept.ts";
import { answerRequests } from "./duties/answer.ts";
import { removeOrphans } from "./duties/drop.ts";
import { createProveDuty } from "./duties/prove.ts";
import { redeemDue } from "./duties/redeem.ts";
import { createSettleDuty } from "./duties/settle.ts";
import { fillSpace } from "./fill-space.ts";
import { publish, requireRegistered } from "./registration.ts";

export interface DaemonOptions {
  folder: string;
  config: DaemonConfig;
  wallet: Wallet;
  log: Log;
}

export interface Daemon {
  readonly provider: string;
  readonly peerId: string;
  readonly addresses: readonly string[];
  readonly statusUrl: string;
  /** What makes the proofs. */
  readonly prover: string;
  /** Stops everything in order; nothing that was acknowledged is lost. */
  stop(): Promise<void>;
}

/** Blocks between two rounds of what is not urgent. */
const ROUND = 5n;
/** Milliseconds between looks at the chain: a proof has minutes on a public chain and 24 s on a local one. */
const POLLING_MS = 700;

/** Starts a provider; whatever fails, nothing keeps running. Throws what its parts throw, one clear sentence each. */
export async function startDaemon({ folder, config, wallet, log }: DaemonOptions): Promise<Daemon> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const stopping = new AbortController();
    const journal = createJournal(openDatabase(path.join(folder, "holdfast.sqlite")));
    stops.push(() => journal.close());
    const { rpcUrl, market, chainId } = config;
    const chain = await connectChain({ rpcUrl, market, chainId, account: wallet.account, pollingInterval: POLLING_MS });
    await requireRegistered(chain);
    await requireCeremony(chain, { verifier: chain.addresses.verifier, ...chain.parameters }, listedKeys("spacetime"));
    const { K, D, development: _, ...keys } = readProverFolder(config.proverDir);
    const prover = await createProver({
      ...keys,
      ...(config.prover === undefined ? {} : { prover: config.prover }),
      ...(config.externalProver === undefined ? {} : { external: config.externalProver }),
    });
    stops.push(() => prover.close());
    await checkVerifier(chain, { keyHash: prover.keyHash, challenges: K, levels: D });

    const commitPool = createCommitPool({ workers: config.commitWorkers });
    stops.push(() => commitPool.close());
    const hash = createPoseidon8();
    const replicas = path.join(folder, "replicas");
    const pieces = await openPieceStore(replicas);
    const sampler = createSampler(replicas);
    stops.push(() => sampler.close());
    const metadata = await openMetadataStore(path.join(folder, "metadata"));
    const clock = new BlockClock(chain, {
      onOutage: (error) => log("warn", error.message),
      onRecovery: () => log("info", "The chain answers again."),
      onListenerError: (error) => log("warn", `A duty failed and is tried again: ${sentenceOf(error)}`),
    });
    const firstBlock = await chain.publicClient.getBlockNumber();
    const { ask, capacity, demands } = config;
    const settings = { ask, capacity, demands, limits: defaultLimits };
    const parts: ProviderParts = {
      ...{ chain, settings, journal, pieces, metadata, commitPool, hash, log },
      latestBlock: () => clock.latest ?? firstBlock,
      now: Date.now,
    };
    await removeOrphans(parts);

    const host = await createHost({ privateKey: fromHex(wallet.privateKey, 32), listen: config.listen });
    stops.push(() => host.stop());
    const reader = createReplicaReader(hash, pieces);
    const room = createRoomReader(parts);
    const status = await serveStatus(config.statusPort, () => providerStatus(parts, room, host));
    stops.push(() => status.close());
    stops.push(await serveProvider(host, parts, sampler, room));
    // Only who answers says where: a start that fails must not leave a dead address in the registry.
    if (await publish(chain, config, toHex(host.peerId.toMultihash().bytes))) {
      log("info", "The registry now says what the configuration says.");
    }

    const following = keepFollowing(parts, stopping.signal);
    const signatures = drandSignatures(config.drandUrls ?? defaultDrandUrls, fetch);
    const record = (opening: bigint) => recordRandomness(chain, opening, signatures);
    const prove = createProveDuty(parts, { reader, prover, signal: stopping.signal, record });
    const settle = createSettleDuty(parts, { every: config.settleEvery });
    clock.onBlock((block) => prove.onBlock(block));
    clock.onBlock((block) => settle.onBlock(block));
    if (config.fill !== undefined) {
      const filling = await fillSpace(parts, config.fill, folder, { signal: stopping.signal, record });
      stops.push(() => filling.close());
      parts.giveWay = filling.fill.giveWay;
      clock.onBlock((block) => filling.prove.onBlock(block));
      clock.onBlock(everyRound((block) => filling.fill.onBlock(block)));
    }
    clock.onBlock(everyRound(() => redeemDue(parts, { quietMs: 5_000, least: 1n })));
    clock.onBlock(everyRound(() => answerRequests(parts)));
    clock.onBlock(everyRound(() => dropStale(parts)));
    clock.start();
    stops.push(async () => {
      stopping.abort();
      await prover.close(); // a duty that waits for a proof would hold the clock up
      await clock.stop();
      await following;
    });
    return {
      provider: chain.account.address,
      peerId: host.peerId.toString(),
      addresses: host.getMultiaddrs().map(String),
      statusUrl: status.url,
      prover: config.externalProver ?? prover.engine,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function everyRound(work: (block: bigint) => Promise<void>): (block: bigint) => Promise<void> {
  let next = 0n;
  return async (block) => {
    if (block < next) return;
    next = block + ROUND;
    await work(block);
  };
}

/** Deals are followed until the daemon stops, whatever an answer of the chain's server breaks. */
async function keepFollowing(parts: ProviderParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await followDeals(parts, signal);
    } catch (error) {
      parts.log("error", `Following the chain's events failed and goes on: ${sentenceOf(error)}`);
      await sleep(5_000, undefined, { signal }).catch(() => undefined);
    }
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
