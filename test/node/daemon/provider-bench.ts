/** A provider's handlers on a real disk and a real database, before a chain that is a table of answers. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { toHex } from "../../../node/common/hex.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { signMessage } from "../../../node/consensus/signing.ts";
import { dataRootOf, pieceId } from "../../../node/data/data-root.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { classOfGroups, GROUP_BYTES, groupsOfPiece, pieceCount } from "../../../node/data/layout.ts";
import { dealKeyOf, marketDomain, type Quote, type Terms, type Upload } from "../../../node/data/terms.ts";
import type { Room } from "../../../node/incentive/admission.ts";
import { defaultLimits, type ProviderParts } from "../../../node/interface/provider-parts.ts";
import type { Lane, RoomReader } from "../../../node/interface/provider-room.ts";
import type { UploadRequest, UploadSession } from "../../../node/network/protocols/upload.ts";
import { openDatabase } from "../../../node/physical/database.ts";
import { createJournal } from "../../../node/physical/journal.ts";
import { openMetadataStore } from "../../../node/physical/metadata-store.ts";
import { openPieceStore } from "../../../node/physical/piece-store.ts";

const market = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const channels = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65";

export const terms: Terms = {
  slots: 5,
  threshold: 3,
  minChallenges: 2,
  windows: 40,
  maxMisses: 5,
  coolingOff: 8,
  minWindows: 4,
  cancelFeeWindows: 8,
  steward: "0x0000000000000000000000000000000000000000",
};

export interface Bench {
  /** The provider's data folder. */
  folder: string;
  parts: ProviderParts;
  reader: RoomReader;
  /** What reads of the chain answer, by function name; change it to change the chain. */
  answers: Record<string, unknown>;
  room: Room;
  lane: Lane;
  block: { now: bigint };
  clock: { now: number };
  provider: PrivateKeyAccount;
  stop(): Promise<void>;
}

export async function startBench(): Promise<Bench> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-provider-"));
  const provider = privateKeyToAccount(generatePrivateKey());
  const answers: Record<string, unknown> = { recordOf: { status: 0 }, freeOf: 10n ** 20n, balanceOf: 0n };
  const hash = createPoseidon8();
  const journal = createJournal(openDatabase(path.join(folder, "holdfast.sqlite")));
  const chain = {
    account: provider,
    chainId: 31337,
    marketDomain: marketDomain(31337, market),
    channelsDomain: { name: "Holdfast PaymentChannels", version: "1", chainId: 31337, verifyingContract: channels },
    addresses: { market, channels },
    parameters: { challenges: 4, levels: 9, beta: 1n, maxWeight: 2n ** 40n },
    publicClient: { readContract: async ({ functionName }: { functionName: string }) => answers[functionName] },
  } as unknown as SigningChain;
  const block = { now: 100n };
  const clock = { now: 1_000_000 };
  const lane: Lane = { stake: 10n ** 30n, epoch: 3n, weight: 0n, suspended: false, free: 10n ** 30n, accepting: true };
  const room: Room = {
    ...lane,
    beta: 1n,
    reservedWeight: 0n,
    maxWeight: 2n ** 40n,
    reservedCollateral: 0n,
    capacity: 2n ** 40n,
    stored: 0n,
    freeBytes: 2 ** 40,
  };
  const parts: ProviderParts = {
    chain,
    settings: {
      ask: {
        storagePrice: 10n,
        retrievalPrice: 5n,
        minWindows: 1,
        maxWindows: 100,
        minM: 13,
        maxM: 27,
        accepting: true,
      },
      capacity: 2n ** 40n,
      demands: { minWindows: 3, cancelFeeWindows: 5 },
      limits: { ...defaultLimits },
    },
    journal,
    pieces: await openPieceStore(path.join(folder, "replicas")),
    metadata: await openMetadataStore(path.join(folder, "metadata")),
    commitPool: { groupNodes: async (groups) => hash.groupNodes(groups), close: async () => undefined },
    hash,
    latestBlock: () => block.now,
    now: () => clock.now,
    log: () => undefined,
  };
  const bench: Bench = {
    ...{ folder, parts, answers, room, lane, block, clock, provider },
    reader: { lane: async () => bench.lane, room: async () => bench.room, limit: async () => 10n ** 30n },
    async stop() {
      journal.close();
      await rm(folder, { recursive: true });
    },
  };
  return bench;
}

export interface Shard {
  bytes: Uint8Array;
  groups: number;
  dataRoot: `0x${string}`;
  piece(index: number): Uint8Array;
  count: number;
}

/** Random sealed bytes of `groups` groups. */
export function makeShard(groups: number): Shard {
  const bytes = randomBytes(groups * GROUP_BYTES);
  const count = pieceCount(groups);
  const piece = (index: number) => {
    const start = index * 16 * GROUP_BYTES;
    return bytes.subarray(start, start + groupsOfPiece(groups, index) * GROUP_BYTES);
  };
  const ids = Array.from({ length: count }, (_, i) => pieceId(piece(i)));
  return { bytes, groups, dataRoot: toHex(dataRootOf(ids, groups)), piece, count };
}

export interface RequestChanges {
  upload?: Partial<Upload>;
  quote?: Partial<Quote>;
  terms?: Partial<Terms>;
  salt?: `0x${string}`;
}

/** An admission that is right in everything but the changes; signed after them by client and provider. */
export async function makeRequest(
  bench: Bench,
  client: PrivateKeyAccount,
  groups: number,
  changes: RequestChanges = {},
): Promise<UploadRequest> {
  const { chain } = bench.parts;
  const salt = changes.salt ?? toHex(randomBytes(32));
  const agreed = { ...terms, ...changes.terms };
  const m = classOfGroups(groups);
  const parties = { provider: bench.provider.address, client: client.address };
  const upload: Upload = {
    ...parties,
    dealKey: dealKeyOf(client.address, salt, agreed),
    slot: 2,
    generation: 0,
    groups,
    m,
    expiry: 200,
    ...changes.upload,
  };
  const quote: Quote = {
    ...parties,
    m,
    groups,
    windows: agreed.windows,
    price: 11n,
    collateral: 440n,
    retrievalPrice: 5n,
    expiry: 200,
    epoch: 3n,
    ...changes.quote,
  };
  return {
    upload,
    signature: await signMessage(chain, client, "Upload", upload),
    salt,
    terms: agreed,
    quote,
    quoteSignature: await signMessage(chain, bench.provider, "Quote", quote),
  };
}

export async function sendAll(session: UploadSession, shard: Shard): Promise<void> {
  for (let i = 0; i < shard.count; i++) await session.piece(i, shard.piece(i));
}

/** Id of the only replica. */
export function firstId(bench: Bench): `0x${string}` {
  const row = bench.parts.journal.read((db) => db.prepare("SELECT replica_id AS id FROM replicas").get());
  return row!.id as `0x${string}`;
}
