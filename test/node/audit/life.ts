// A whole life of a market on a real chain process with real proofs: deals that are kept, missed, failed, forfeited, cancelled
// and dropped; vouchers; strict downloads, one of them disputed; forced retrievals, answered, displaced and withheld;
// rewards; unbonding; proofs through a contract and behind a snapshot.

import path from "node:path";
import {
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
import { forcedRetrievalAbi, rewardPoolAbi, strictDownloadAbi } from "../../../node/consensus/abi.ts";
import { write } from "../../../node/consensus/call.ts";
import { type Chain, connectChain, type SigningChain } from "../../../node/consensus/chain.ts";
import { close, closeAsProvider, fund, redeem, startClose } from "../../../node/consensus/channels.ts";
import { slotsOf } from "../../../node/consensus/deals.ts";
import {
  cancel,
  drop,
  fillSlots,
  forfeit,
  openDealWithPermit,
  release,
  settle,
} from "../../../node/consensus/market.ts";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { createProver, type Prover } from "../../../node/consensus/prover/prover.ts";
import { register, requestUnstake, revokeOffers, stake, withdrawStake } from "../../../node/consensus/registry.ts";
import { answer } from "../../../node/consensus/retrieval.ts";
import { settleDue } from "../../../node/consensus/settling.ts";
import { signMessage } from "../../../node/consensus/signing.ts";
import { account, challengesOf, isProven, seedOf, submitProof, sweep } from "../../../node/consensus/spacetime.ts";
import { signPermit, transfer } from "../../../node/consensus/token.ts";
import { deposit, sweepBurned, withdraw } from "../../../node/consensus/vault.ts";
import { bindCount } from "../../../node/data/data-root.ts";
import { createHashTree, leafHash } from "../../../node/data/hash-tree.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { GROUP_BYTES } from "../../../node/data/layout.ts";
import {
  buildDispute,
  type DownloadSession,
  downloadDomain,
  downloadTypes,
  maskRange,
} from "../../../node/data/strict-download.ts";
import { dealKeyOf, type Offer, type SignedOffer, type SlotClaim, type Terms } from "../../../node/data/terms.ts";
import { closedWindows, nextOpening, openingOf } from "../../../node/data/windows.ts";
import { proveWindow } from "../../../scripts/gas/prove-window.ts";
import { type SparseReplica, sparseReplica } from "../../../scripts/gas/sparse-replica.ts";
import { startChain } from "../../../scripts/lib/chain-process.ts";
import { profileOf, readCircuitsFile } from "../../../scripts/lib/circuits-file.ts";
import { deployHoldfast } from "../../../scripts/lib/deploy.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { readVerifyingKey } from "../../../scripts/lib/verifying-key.ts";
import { pattern } from "../../fixtures/pattern.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const FOLDER = path.join(ROOT, "build/circuits/dev");
const PHRASE = "test test test test test test test test test test test junk";
const TOKEN = 10n ** 18n;
const PRICE = 10n ** 13n;
const GROUPS = 21;
const WINDOWS = 8;

/** By slot of the first deal. */
const names = ["keeper", "loser", "cancelled", "quitter", "dropped"] as const;
type Name = (typeof names)[number];

export interface Life {
  readonly rpcUrl: string;
  readonly market: Hex;
  /** Reads only. */
  readonly chain: Chain;
  readonly keeper: SigningChain;
  readonly client: SigningChain;
  stop(): Promise<void>;
}

/** Lives it; takes about a minute. */
export async function liveLife(): Promise<Life> {
  const chainProcess = await startChain({ root: ROOT });
  const prover = await createProver(readProverFolder(FOLDER));
  try {
    return await live(chainProcess.rpcUrl, prover, () => chainProcess.stop());
  } catch (error) {
    await chainProcess.stop();
    throw error;
  } finally {
    await prover.close();
  }
}

async function live(rpcUrl: string, prover: Prover, stop: () => Promise<void>): Promise<Life> {
  const transport = http(rpcUrl);
  const publicClient = createPublicClient({ transport, pollingInterval: 20, cacheTime: 0 });
  const request = (method: string, params: readonly unknown[] = []) =>
    publicClient.request({ method, params } as never) as Promise<unknown>;
  await request("evm_setIntervalMining", [0]);
  await request("evm_setAutomine", [true]);
  const mine = (blocks: bigint) => request("hardhat_mine", [`0x${blocks.toString(16)}`]);
  const deployment = await deployHoldfast({
    publicClient,
    walletClient: createWalletClient({ transport, account: mnemonicToAccount(PHRASE) }),
    parameters: LOCAL_PARAMETERS,
    verifier: {
      verifyingKey: readVerifyingKey(path.join(FOLDER, "verification_key.json")),
      ...profileOf(readCircuitsFile(ROOT), "dev"),
    },
  });
  const { market } = deployment;
  const connect = (addressIndex: number) =>
    connectChain({
      ...{ rpcUrl, market, pollingInterval: 20 },
      account: mnemonicToAccount(PHRASE, { addressIndex }),
    });
  const treasury = await connect(0);
  const rich = async (index: number, tokens: bigint) => {
    const chain = await connect(index);
    await transfer(treasury, chain.account.address, 2n * tokens);
    await deposit(chain, tokens);
    return chain;
  };
  const client = await rich(20, TOKEN);
  const outsider = await rich(30, TOKEN);
  const providers = {} as Record<Name, SigningChain>;
  for (const [i, name] of names.entries()) {
    const chain = await rich(21 + i, 4n * TOKEN);
    await join(chain);
    providers[name] = chain;
  }
  const { keeper, loser } = providers;

  // A deal of five slots, and the sixth replica of the keeper in another one.
  const hash = createPoseidon8();
  const bytes = storedReplica();
  const replicas = new Map<bigint, SparseReplica>();
  const offerFrom = async (chain: SigningChain, dealKey: Hex, slot: number, m = 14): Promise<SignedOffer> => {
    const replica = sparseReplica(hash, m, BigInt(replicas.size + 1));
    replicas.set(replica.root, replica);
    const offer: Offer = {
      provider: chain.account.address,
      client: client.account.address,
      dealKey,
      slot,
      generation: 0,
      root: numberToHex(replica.root, { size: 32 }),
      dataRoot: bytes.dataRoot,
      m,
      groups: m === 13 ? 16 : GROUPS,
      price: PRICE,
      collateral: 8n * PRICE,
      expiry: 2 ** 40 - 1,
      epoch: chain === keeper ? 1n : 0n,
    };
    return { offer, signature: await signMessage(chain, chain.account, "Offer", offer) };
  };
  await revokeOffers(keeper);
  const terms = termsOf(5);
  const salt = keccak256("0x01");
  const dealKey = dealKeyOf(client.account.address, salt, terms);
  const offers: SignedOffer[] = [];
  for (const [slot, name] of names.slice(0, 4).entries()) offers.push(await offerFrom(providers[name], dealKey, slot));
  const request5 = { salt, terms, headerHash: keccak256("0x02"), minSlots: 4, maxPayment: TOKEN / 2n };
  // One of the offers has lapsed: its slot is skipped, and filled later.
  const late = await offerFrom(providers.dropped, dealKey, 4);
  const lapsed = { ...late.offer, expiry: 1 };
  const skipped = {
    offer: lapsed,
    signature: await signMessage(providers.dropped, providers.dropped.account, "Offer", lapsed),
  };
  await openDealWithPermit(client, request5, [...offers, skipped], await signPermit(client, TOKEN / 2n));
  const current = (await slotsOf(client, dealKey)).map(({ offer, firstWindow }) => ({ offer, firstWindow }));
  await fillSlots(client, { salt, terms, current, offers: [late], maxPayment: TOKEN / 2n });
  const claims = Object.fromEntries(
    (await slotsOf(client, dealKey)).map(({ offer, claim }) => [names[offer.slot], claim]),
  ) as Record<Name, SlotClaim>;

  const { parameters } = client;
  const keeperAddress = keeper.account.address;
  const goTo = async (block: bigint) => {
    const now = await publicClient.getBlockNumber();
    if (block > now) await mine(block - now);
  };
  const windowProof = async (chain: SigningChain, window: number) => {
    const provider = chain.account.address;
    const { challenges: K, levels: D } = parameters;
    const seed = await seedOf(chain, provider, window);
    const context = { chainId: 31337n, spacetime: chain.addresses.spacetime, provider, window, K, D, seed };
    const vector = await challengesOf(chain, provider, window);
    const made = await proveWindow(prover, context, vector, (root, index) => replicas.get(root)!.open(index));
    return { provider, window, ...made };
  };
  const openWindow = async (chain: SigningChain, window: number) =>
    goTo(openingOf(parameters, chain.account.address, window) + 1n);
  const prove = async (chain: SigningChain, window: number) => {
    await openWindow(chain, window);
    await submitProof(chain, await windowProof(chain, window));
  };
  const first = claims.keeper.firstWindow;

  await drop(client, claims.dropped);
  await prove(keeper, first);
  // A second deal comes while the keeper's window is open: it draws from what was there at its opening.
  await openWindow(keeper, first + 1);
  const second = termsOf(1);
  const salt2 = keccak256("0x03");
  const key2 = dealKeyOf(client.account.address, salt2, second);
  const offer2 = await offerFrom(keeper, key2, 0, 13);
  const request1 = { salt: salt2, terms: second, headerHash: keccak256("0x04"), minSlots: 1, maxPayment: TOKEN / 4n };
  await openDealWithPermit(client, request1, [offer2], await signPermit(client, 1n));
  await submitProof(outsider, await windowProof(keeper, first + 1));
  await cancel(client, claims.cancelled);
  await forfeit(providers.quitter, claims.quitter);
  await prove(keeper, first + 2);

  // Retrieval, in all its forms.
  await fund(client, [
    { provider: keeperAddress, amount: 1000n },
    { provider: loser.account.address, amount: 500n },
    { provider: providers.quitter.account.address, amount: 300n },
  ]);
  const pay = async (cumulative: bigint) => {
    const voucher = { payer: client.account.address, provider: keeperAddress, epoch: 0n, cumulative };
    await redeem(outsider, [{ voucher, signature: await signMessage(client, client.account, "Voucher", voucher) }]);
  };
  await pay(300n);
  await pay(5000n); // beyond the deposit: the deposit is all there is
  await closeAsProvider(loser, client.account.address);
  await startClose(client, providers.quitter.account.address);

  const { downloads, retrieval, rewards } = client.addresses;
  const download = { address: downloads, abi: strictDownloadAbi } as const;
  const sessionOf = async (seed: number, price: bigint, groups: readonly Uint8Array[]) => {
    const key = new Uint8Array(32).fill(seed);
    const session = new Uint8Array(32).fill(seed + 1);
    const masked = maskRange(key, session, 2, groups);
    const revealBy = Number(await publicClient.getBlockNumber()) + 20;
    const message: DownloadSession = {
      buyer: client.account.address,
      seller: keeperAddress,
      session: toHex(session),
      dataRoot: bytes.dataRoot,
      ...{ groups: GROUPS, first: 2, count: groups.length, price, revealBy, disputeUntil: revealBy + 30 },
      ...{ cipherRoot: toHex(masked.cipherRoot), keyHash: toHex(masked.keyHash) },
    };
    const data = {
      domain: downloadDomain(31337, downloads),
      types: downloadTypes,
      primaryType: "DownloadSession",
      message,
    } as const;
    const signatures = [await client.account.signTypedData(data), await keeper.account.signTypedData(data)] as const;
    await write(outsider, { ...download, functionName: "open", args: [message, claims.keeper, ...signatures] });
    return { message, key: toHex(key), cipher: masked.cipher };
  };
  const range = bytes.groups.slice(2, 5);
  const good = await sessionOf(11, 1_000_001n, range);
  await write(keeper, { ...download, functionName: "reveal", args: [good.message, good.key] });
  const bad = await sessionOf(22, 2_000n, [range[0]!, range[0]!, range[2]!]);
  await write(keeper, { ...download, functionName: "reveal", args: [bad.message, bad.key] });
  const proofOfFraud = buildDispute(bad.cipher, bytes.leaves.slice(2, 5), 1);
  await write(client, { ...download, functionName: "dispute", args: [bad.message, bad.key, proofOfFraud] });
  const silent = await sessionOf(33, 3_000n, range);

  const ask = { address: retrieval, abi: forcedRetrievalAbi, functionName: "request" } as const;
  await write(outsider, { ...ask, args: [claims.keeper, 3] });
  await write(client, { ...ask, args: [claims.keeper, 4] });
  await answer(keeper, claims.keeper.offer, { bytes: bytes.groups[4]!, path: bytes.leaves[4]!.path });
  await write(outsider, { ...ask, args: [claims.loser, 5] });

  const answerBy = (await publicClient.getBlockNumber()) + LOCAL_PARAMETERS.retrieval.answerBlocks;
  await prove(keeper, first + 3);
  await goTo(answerBy);
  await write(outsider, { ...ask, functionName: "expire", args: [claims.loser.offer] });
  await settle(outsider, claims.keeper, 2n);
  await prove(keeper, first + 4);
  await goTo(BigInt(good.message.disputeUntil));
  await write(outsider, { ...download, functionName: "pay", args: [good.message] });
  await write(outsider, { ...download, functionName: "giveBack", args: [silent.message] });
  await mine(LOCAL_PARAMETERS.closeDelay);
  await close(client, providers.quitter.account.address);

  // Failure, releases, rewards, unbonding. The loser's stake falls below the line on the way.
  await goTo(openingOf(parameters, keeperAddress, first + WINDOWS) + 25n);
  await account(outsider, loser.account.address, 3n);
  await settleDue(outsider, await slotsOf(outsider, dealKey), { andRelease: true });
  await account(outsider, loser.account.address, 100n);
  await account(outsider, keeperAddress, 100n);
  await sweepRetired(outsider, loser, claims.loser.offer.root);
  await release(client, claims.loser);
  await release(client, claims.quitter).catch(() => undefined);
  const pool = { address: rewards, abi: rewardPoolAbi } as const;
  await write(outsider, { ...pool, functionName: "fund", args: [TOKEN / 100n] });
  await write(outsider, { ...pool, functionName: "claimStorage", args: [claims.keeper, 3n] });
  await write(outsider, { ...pool, functionName: "claimStorage", args: [claims.keeper, 100n] });
  await write(outsider, { ...pool, functionName: "claimDownload", args: [good.message] });
  await requestUnstake(providers.dropped, TOKEN / 2n);
  await mine(61n);
  await account(outsider, providers.dropped.account.address, 100n);
  await withdrawStake(providers.dropped);
  await stake(loser, TOKEN / 10n);
  await withdraw(keeper, TOKEN / 10n, outsider.account.address);
  await sweepBurned(outsider);
  await transfer(treasury, client.addresses.vault, 5n); // a gift belongs to nobody
  await stake(keeper, 1n);
  return { rpcUrl, market, chain: await connectChain({ rpcUrl, market }), keeper, client, stop };
}

async function join(chain: SigningChain): Promise<void> {
  const profile = { peerId: "0x1220", addresses: "", region: "0x0000", capacity: 2n ** 30n } as const;
  const sizes = { minWindows: 1, maxWindows: 100, minM: 13, maxM: 20 };
  await register(chain, profile, { storagePrice: 1n, retrievalPrice: 1n, ...sizes, accepting: true });
  await stake(chain, TOKEN);
}

/** In the gap, or once the window is over. */
async function sweepRetired(chain: SigningChain, lane: SigningChain, root: Hex): Promise<void> {
  const provider = lane.account.address;
  const now = await chain.publicClient.getBlockNumber();
  const window = nextOpening(chain.parameters, provider, now) - 1;
  const open = window === closedWindows(chain.parameters, provider, now);
  if (open && !(await isProven(chain, provider, window))) {
    const rest = openingOf(chain.parameters, provider, window) + chain.parameters.windowLength + 1n - now;
    await chain.publicClient.request({ method: "hardhat_mine", params: [`0x${rest.toString(16)}`] } as never);
  }
  await sweep(chain, provider, [root]);
}

function termsOf(slots: number): Terms {
  return {
    slots,
    threshold: 1,
    minChallenges: 2,
    windows: WINDOWS,
    maxMisses: 3,
    coolingOff: 4,
    minWindows: 1,
    cancelFeeWindows: 2,
    steward: zeroAddress,
  };
}

function storedReplica() {
  const groups = Array.from({ length: GROUPS }, (_, i) => pattern(GROUP_BYTES, i));
  const hashes = groups.map((group) => leafHash(group));
  const tree = createHashTree(hashes);
  return {
    groups,
    leaves: hashes.map((leaf, i) => ({ leaf, path: tree.path(i) })),
    dataRoot: toHex(bindCount(GROUPS, tree.root)),
  };
}
