/**
 * Strict download, for a buyer that does not trust the seller: what both sign, exactly as contracts/types/Download.sol has
 * it, what the buyer checks before it signs, and the dispute that it builds when the key unmasks something else.
 */
import { type Address, bytesToHex, type Hex, hashTypedData, hexToBytes } from "viem";
import { equalBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { bindCount } from "./data-root.ts";
import { createHashTree, hashTreeRoot, leafHash, rootFromPath } from "./hash-tree.ts";
import { keyHash, maskGroup } from "./mask.ts";

/** `price` in base units, `revealBy` and `disputeUntil` last blocks; the range is `count` groups from `first` on. */
export interface DownloadSession {
  buyer: Address;
  seller: Address;
  session: Hex;
  dataRoot: Hex;
  groups: number;
  first: number;
  count: number;
  cipherRoot: Hex;
  keyHash: Hex;
  price: bigint;
  revealBy: number;
  disputeUntil: number;
}

/** A true group's leaf hash and its audit path to the dataRoot; gives nothing of the group away. */
export interface LeafProof {
  leaf: Uint8Array;
  path: readonly Uint8Array[];
}

/** `BadGroup` of the contract. */
export interface BadGroup {
  index: number;
  cipher: Hex;
  cipherPath: readonly Hex[];
  leaf: Hex;
  leafPath: readonly Hex[];
}

export const downloadTypes = {
  DownloadSession: [
    { name: "buyer", type: "address" },
    { name: "seller", type: "address" },
    { name: "session", type: "bytes32" },
    { name: "dataRoot", type: "bytes32" },
    { name: "groups", type: "uint32" },
    { name: "first", type: "uint32" },
    { name: "count", type: "uint32" },
    { name: "cipherRoot", type: "bytes32" },
    { name: "keyHash", type: "bytes32" },
    { name: "price", type: "uint128" },
    { name: "revealBy", type: "uint40" },
    { name: "disputeUntil", type: "uint40" },
  ],
} as const;

export function downloadDomain(chainId: number, downloads: Address) {
  return { name: "Holdfast StrictDownload", version: "1", chainId, verifyingContract: downloads } as const;
}

/** What both sign, and the session's id on chain. */
export function sessionDigest(chainId: number, downloads: Address, session: DownloadSession): Hex {
  return hashTypedData({
    domain: downloadDomain(chainId, downloads),
    types: downloadTypes,
    primaryType: "DownloadSession",
    message: session,
  });
}

/** The range as the seller sends it. `groups` are the replica's groups from `first` on. */
export function maskRange(
  key: Uint8Array,
  session: Uint8Array,
  first: number,
  groups: readonly Uint8Array[],
): { cipher: Uint8Array[]; cipherRoot: Uint8Array; keyHash: Uint8Array } {
  const cipher = groups.map((group, i) => maskGroup(key, session, first + i, group));
  return { cipher, cipherRoot: cipherRoot(cipher), keyHash: keyHash(key) };
}

/** The masked groups' own dataRoot; throws `EMPTY_TREE` for none. */
export function cipherRoot(cipher: readonly Uint8Array[]): Uint8Array {
  return bindCount(cipher.length, hashTreeRoot(cipher.map((group) => leafHash(group))));
}

/**
 * What a buyer checks before it signs: the masked groups are what the session names, and every true leaf hash, without which
 * it could show nothing, is the dataRoot's.
 * @throws HoldfastError STRICT_DOWNLOAD_MISMATCH
 */
export function checkDelivery(
  session: DownloadSession,
  cipher: readonly Uint8Array[],
  leaves: readonly LeafProof[],
): void {
  if (cipher.length !== session.count || leaves.length !== session.count) {
    throw mismatch(`The session is about ${session.count} groups; ${cipher.length} came with ${leaves.length} hashes.`);
  }
  if (session.count < 1 || session.first + session.count > session.groups) {
    throw mismatch(`Groups ${session.first} to ${session.first + session.count - 1} are not all the replica's.`);
  }
  if (!equalBytes(cipherRoot(cipher), hexToBytes(session.cipherRoot))) {
    throw mismatch("The masked groups are not those of the session's cipher root.");
  }
  const dataRoot = hexToBytes(session.dataRoot);
  for (const [i, { leaf, path }] of leaves.entries()) {
    const root = rootFromPath(leaf, session.first + i, session.groups, path);
    if (root === undefined || !equalBytes(bindCount(session.groups, root), dataRoot)) {
      throw mismatch(`The hash of group ${session.first + i} is not the replica's.`);
    }
  }
}

function mismatch(message: string): HoldfastError {
  return new HoldfastError("STRICT_DOWNLOAD_MISMATCH", `${message} Do not sign; ask another provider.`);
}

/**
 * Unmasks a delivery that `checkDelivery` accepted with the key that was revealed.
 * @returns the range's groups, or the place in the range of the first that is not what the dataRoot says: dispute that one.
 */
export function unmaskRange(
  session: DownloadSession,
  key: Uint8Array,
  cipher: readonly Uint8Array[],
  leaves: readonly LeafProof[],
): { groups: Uint8Array[]; bad?: undefined } | { bad: number } {
  const id = hexToBytes(session.session);
  const groups: Uint8Array[] = [];
  for (const [i, masked] of cipher.entries()) {
    const group = maskGroup(key, id, session.first + i, masked);
    if (!equalBytes(leafHash(group), leaves[i]!.leaf)) return { bad: i };
    groups.push(group);
  }
  return { groups };
}

/** The dispute over the group at place `index` of the range, as the contract takes it. */
export function buildDispute(cipher: readonly Uint8Array[], leaves: readonly LeafProof[], index: number): BadGroup {
  const { leaf, path } = leaves[index]!;
  const cipherPath = createHashTree(cipher.map((group) => leafHash(group))).path(index);
  return {
    index,
    cipher: bytesToHex(cipher[index]!),
    cipherPath: cipherPath.map((hash) => bytesToHex(hash)),
    leaf: bytesToHex(leaf),
    leafPath: path.map((hash) => bytesToHex(hash)),
  };
}
