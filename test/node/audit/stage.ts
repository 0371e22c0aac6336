// A stage for a life of a market: a chain process that mines when asked, contracts with the real verifier of the `dev`
// circuit, actors with tokens, and real proofs for whoever holds a replica.

import path from "node:path";
import {
  type Address,
  createPublicClient,
  createWalletClient,
  type Hex,
  http,
  keccak256,
  numberToHex,
  toHex,
  zeroAddress,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { type Chain, connectChain, type SigningChain } from "../../../node/consensus/chain.ts";
import { slotsOf } from "../../../node/consensus/deals.ts";
import { openDealWithPermit } from "../../../node/consensus/market.ts";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { createProver } from "../../../node/consensus/prover/prover.ts";
import { register, stake } from "../../../node/consensus/registry.ts";
import { signMessage } from "../../../node/consensus/signing.ts";
import { challengesOf, seedOf, submitProof } from "../../../node/consensus/spacetime.ts";
import { signPermit, transfer } from "../../../node/consensus/token.ts";
import { deposit } from "../../../node/consensus/vault.ts";
import { bindCount } from "../../../node/data/data-root.ts";
import { createHashTree, leafHash } from "../../../node/data/hash-tree.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { GROUP_BYTES } from "../../../node/data/layout.ts";
import type { LeafProof } from "../../../node/data/strict-download.ts";
import { dealKeyOf, type Offer, type SignedOffer, type SlotClaim, type Terms } from "../../../node/data/terms.ts";
import { openingOf } from "../../../node/data/windows.ts";
import { proveWindow } from "../../../scripts/gas/prove-window.ts";
import { type SparseReplica, sparseReplica } from "../../../scripts/gas/sparse-replica.ts";
import { startChain } from "../../../scripts/lib/chain-process.ts";
import { profileOf, readCircuitsFile } from "../../../scripts/lib/circuits-file.ts";
import { deployHoldfast } from "../../../scripts/lib/deploy.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { readVerifyingKey } from "../../../scripts/lib/verifying-key.ts";
import { pattern } from "../../fixtures/pattern.ts";
import { CAPACITY_FOLDER } from "./capacity-act.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const FOLDER = path.join(ROOT, "build/circuits/dev");
const PHRASE = "test test test test test test test test test test test junk";

export const TOKEN = 10n ** 18n;
/** Base units per window. */
export const PRICE = 10n ** 13n;
export const GROUPS = 21;
export const WINDOWS = 8;

/** Bytes behind a dataRoot. */
export interface StoredBytes {
  readonly groups: readonly Uint8Array[];
  readonly leaves: readonly LeafProof[];
  readonly dataRoot: Hex;
}

export interface Stage {
  readonly rpcUrl: string;
  readonly market: Address;
  /** Reads only. */
  readonly chain: Chain;
  readonly treasury: SigningChain;
  readonly client: SigningChain;
  readonly outsider: SigningChain;
  readonly bytes: StoredBytes;
  block(): Promise<bigint>;
  mine(blocks: bigint): Promise<unknown>;
  /** Mines until the next transaction is in a later block than this. */
  goTo(block: bigint): Promise<void>;
  connect(index: number): Promise<SigningChain>;
  /** A new actor with tokens in its vault account and as many outside. */
  actor(tokens: bigint): Promise<SigningChain>;
  /** The same, registered with a token of stake. */
  provider(tokens: bigint): Promise<SigningChain>;
  /** A root that nobody has, with its openings kept. */
  newRoot(m: number): Hex;
  offerFrom(chain: SigningChain, deal: { dealKey: Hex; slot: number }, changes?: Partial<Offer>): Promise<SignedOffer>;
  /** A deal of the client with one slot for each provider. */
  openDeal(providers: readonly SigningChain[], terms: Partial<Terms>, changes?: Partial<Offer>): Promise<SlotClaim[]>;
  /** A proof of a window that is open. */
  proofOf(chain: SigningChain, window: number): Promise<Parameters<typeof submitProof>[1]>;
  openWindow(chain: SigningChain, window: number): Promise<void>;
  prove(chain: SigningChain, window: number): Promise<void>;
  stop(): Promise<void>;
}

export async function setStage(): Promise<Stage> {
  const chainProcess = await startChain({ root: ROOT });
  const prover = await createProver(readProverFolder(FOLDER));
  const stop = async () => {
    await prover.close();
    await chainProcess.stop();
  };
  const { rpcUrl } = chainProcess;
  const transport = http(rpcUrl);
  const publicClient = createPublicClient({ transport, pollingInterval: 20, cacheTime: 0 });
  const request = (method: string, params: readonly unknown[] = []) =>
    publicClient.request({ method, params } as never) as Promise<unknown>;
  await request("evm_setIntervalMining", [0]);
  await request("evm_setAutomine", [true]);
  const { market } = await deployHoldfast({
    publicClient,
    walletClient: createWalletClient({ transport, account: mnemonicToAccount(PHRASE) }),
    parameters: LOCAL_PARAMETERS,
    verifier: {
      verifyingKey: readVerifyingKey(path.join(FOLDER, "verification_key.json")),
      ...profileOf(readCircuitsFile(ROOT), "dev"),
    },
    capacity: {
      verifyingKey: readVerifyingKey(path.join(CAPACITY_FOLDER, "verification_key.json")),
      ...profileOf(readCircuitsFile(ROOT).capacity, "capacity-test"),
    },
  });
  const connect = (addressIndex: number) =>
    connectChain({ rpcUrl, market, pollingInterval: 20, account: mnemonicToAccount(PHRASE, { addressIndex }) });
  const chain = await connectChain({ rpcUrl, market });
  const treasury = await connect(0);
  const { parameters } = chain;
  const bytes = storedBytes();
  const hash = createPoseidon8();
  const replicas = new Map<bigint, SparseReplica>();
  let actors = 2;
  let deals = 0;

  const block = () => publicClient.getBlockNumber();
  const mine = (blocks: bigint) => request("hardhat_mine", [`0x${blocks.toString(16)}`]);
  const goTo = async (target: bigint) => {
    const now = await block();
    if (target > now) await mine(target - now);
  };
  const actor = async (tokens: bigint) => {
    const one = await connect(actors++);
    await transfer(treasury, one.account.address, 2n * tokens);
    await deposit(one, tokens);
    return one;
  };
  const newRoot = (m: number) => {
    const replica = sparseReplica(hash, m, BigInt(replicas.size + 1));
    replicas.set(replica.root, replica);
    return numberToHex(replica.root, { size: 32 });
  };
  const client = await actor(4n * TOKEN);
  const offerFrom: Stage["offerFrom"] = async (one, { dealKey, slot }, changes = {}) => {
    const offer: Offer = {
      provider: one.account.address,
      client: client.account.address,
      dealKey,
      slot,
      generation: 0,
      root: changes.root ?? newRoot(changes.m ?? 14),
      dataRoot: bytes.dataRoot,
      m: 14,
      groups: GROUPS,
      price: PRICE,
      collateral: 8n * PRICE,
      expiry: 2 ** 40 - 1,
      epoch: 0n,
      ...changes,
    };
    return { offer, signature: await signMessage(one, one.account, "Offer", offer) };
  };
  const openWindow = async (one: SigningChain, window: number) =>
    goTo(openingOf(parameters, one.account.address, window) + 1n);
  const proofOf = async (one: SigningChain, window: number) => {
    const provider = one.account.address;
    const { challenges: K, levels: D } = parameters;
    const seed = await seedOf(one, provider, window);
    const context = { chainId: 31337n, spacetime: one.addresses.spacetime, provider, window, K, D, seed };
    const vector = await challengesOf(one, provider, window);
    const made = await proveWindow(prover, context, vector, (root, index) => replicas.get(root)!.open(index));
    return { provider, window, ...made };
  };
  return {
    ...{ rpcUrl, market, chain, treasury, client, bytes, block, mine, goTo, connect, actor, newRoot },
    ...{ offerFrom, openWindow, proofOf, stop },
    outsider: await actor(TOKEN),
    async provider(tokens) {
      const one = await actor(tokens);
      const profile = { peerId: "0x1220", addresses: "", region: "0x0000", capacity: 2n ** 30n } as const;
      const sizes = { minWindows: 1, maxWindows: 100, minM: 13, maxM: 22 };
      await register(one, profile, { storagePrice: 1n, retrievalPrice: 1n, ...sizes, accepting: true });
      await stake(one, TOKEN);
      return one;
    },
    async openDeal(providers, changes, offer) {
      const terms = termsOf({ slots: providers.length, ...changes });
      const salt = keccak256(numberToHex(++deals));
      const dealKey = dealKeyOf(client.account.address, salt, terms);
      const offers: SignedOffer[] = [];
      for (const [slot, one] of providers.entries()) offers.push(await offerFrom(one, { dealKey, slot }, offer));
      const deal = { salt, terms, headerHash: keccak256(salt), minSlots: 1, maxPayment: TOKEN / 2n };
      await openDealWithPermit(client, deal, offers, await signPermit(client, 1n));
      return (await slotsOf(client, dealKey)).map(({ claim }) => claim);
    },
    async prove(one, window) {
      await openWindow(one, window);
      await submitProof(one, await proofOf(one, window));
    },
  };
}

export function termsOf(changes: Partial<Terms>): Terms {
  return {
    ...{ slots: 1, threshold: 1, minChallenges: 2, windows: WINDOWS, maxMisses: 3 },
    ...{ coolingOff: 4, minWindows: 1, cancelFeeWindows: 2, steward: zeroAddress },
    ...changes,
  };
}

function storedBytes(): StoredBytes {
  const groups = Array.from({ length: GROUPS }, (_, i) => pattern(GROUP_BYTES, i));
  const hashes = groups.map((group) => leafHash(group));
  const tree = createHashTree(hashes);
  return {
    groups,
    leaves: hashes.map((leaf, i) => ({ leaf, path: tree.path(i) })),
    dataRoot: toHex(bindCount(GROUPS, tree.root)),
  };
}
