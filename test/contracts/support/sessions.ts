/** A strict download between the client (buyer) and a provider (seller) of a replica that the provider stores. */
import { bytesToHex, type Hex, keccak256, numberToHex } from "viem";
import {
  buildDispute,
  type DownloadSession,
  downloadDomain,
  downloadTypes,
  maskRange,
  sessionDigest,
} from "../../../node/data/strict-download.ts";
import type { Filling } from "../../../node/data/terms.ts";
import { as, type Chain, deployMarket, type Party } from "../market/fixture.ts";
import { storedReplica, storeReplica } from "./replica.ts";

export const GROUPS = 21;
export const FIRST = 3;
export const COUNT = 6;
export const SESSION_PRICE = 1_000_001n;
const KEY = new Uint8Array(32).fill(7);
const SESSION = new Uint8Array(32).fill(9);

export type Sessions = Awaited<ReturnType<typeof deploySessions>>;

export async function deploySessions(chain: Chain) {
  const fixture = await deployMarket(chain);
  const { ethers, addresses, networkHelpers, client: buyer, vault } = fixture;
  const seller = fixture.providers[0]!;
  const replica = storedReplica(GROUPS);
  const stored = await storeReplica(fixture, replica, fixture.deployer, seller);
  const downloads = await ethers.getContractAt("StrictDownload", addresses.downloads);
  const key = bytesToHex(KEY);
  const masked = maskRange(KEY, SESSION, FIRST, replica.groups.slice(FIRST, FIRST + COUNT));
  const latest = await networkHelpers.time.latestBlock();
  const revealBy = latest + 20;
  const session: DownloadSession = {
    ...{ buyer: buyer.address as Hex, seller: seller.address as Hex, session: bytesToHex(SESSION) },
    ...{ dataRoot: replica.dataRoot, groups: GROUPS, first: FIRST, count: COUNT },
    ...{ cipherRoot: bytesToHex(masked.cipherRoot), keyHash: bytesToHex(masked.keyHash) },
    ...{ price: SESSION_PRICE, revealBy, disputeUntil: revealBy + 30 },
  };
  const domain = downloadDomain(addresses.chainId, addresses.downloads);
  const signed = (signer: Party, message: DownloadSession, at: object = domain) =>
    signer.signTypedData(at, { DownloadSession: [...downloadTypes.DownloadSession] }, message);

  /** Opens with both signatures, sent by whoever. */
  async function open(changes: Partial<DownloadSession> = {}, filling: Filling = stored.claim) {
    const message = { ...session, ...changes };
    const signatures = [await signed(buyer, message), await signed(seller, message)] as const;
    const { outsider } = fixture;
    return as(downloads as never, outsider).open!(message, filling, ...signatures);
  }

  /** A session over what the seller masked wrongly: the group at place `bad` of the range is another one. */
  function cheating(bad: number) {
    const groups = replica.groups.slice(FIRST, FIRST + COUNT);
    groups[bad] = replica.groups[0]!;
    const { cipher, cipherRoot } = maskRange(KEY, SESSION, FIRST, groups);
    const message: DownloadSession = { ...session, cipherRoot: bytesToHex(cipherRoot) };
    return { cipher, message };
  }
  const leaves = replica.leaves.slice(FIRST, FIRST + COUNT);
  const id = (message: DownloadSession = session) => sessionDigest(addresses.chainId, addresses.downloads, message);
  const free = async (...parties: readonly { address: string }[]): Promise<bigint[]> =>
    Promise.all(parties.map(({ address }) => vault.freeOf!(address)));
  return {
    ...fixture,
    ...{ downloads, replica, stored, key, masked, session, domain, signed, open, cheating, leaves, id, free },
    ...{ buyer, seller, honestDispute: (index: number) => buildDispute(masked.cipher, leaves, index) },
  };
}

/** A word that is nobody's. */
export function word(n: number): Hex {
  return keccak256(numberToHex(n));
}
