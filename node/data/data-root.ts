// The dataRoot of a replica: what transfers, disputes and clients check sealed bytes against.
//
//   tree     = RFC 6962 SHA-256 tree over the replica's groups, unpadded
//   piece id = root of the subtree over the piece's groups (16, fewer in the last piece); the tree over piece ids has the same root
//   dataRoot = SHA-256(0x02 | group count, 8 bytes | root of the tree)
//
// The count is inside the hash: an RFC 6962 root alone does not fix the number of its leaves, and a provider that could
// choose it could shorten the replica or shift what an audit path points at.

import { concatBytes, equalBytes, expectLength, integerToBytes } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { sha256 } from "../common/sha256.ts";
import { createHashTree, createHashTreeBuilder, hashTreeRoot, leafHash, rootFromPath } from "./hash-tree.ts";
import { GROUP_BYTES, groupsOfPiece, MAX_SHARD_GROUPS, PIECE_GROUPS, pieceCount } from "./layout.ts";

/** Id of a piece of 1 to 16 whole groups, 32 bytes. Throws `BAD_PIECE_LENGTH`. */
export function pieceId(piece: Uint8Array): Uint8Array {
  return hashTreeRoot(groupHashes(piece));
}

function groupHashes(piece: Uint8Array): Uint8Array[] {
  const groups = piece.length / GROUP_BYTES;
  if (!Number.isInteger(groups) || groups < 1 || groups > PIECE_GROUPS) {
    throw new HoldfastError(
      "BAD_PIECE_LENGTH",
      `A piece is 1 to ${PIECE_GROUPS} groups of ${GROUP_BYTES} bytes, got ${piece.length} bytes.`,
      { details: { found: piece.length } },
    );
  }
  return Array.from({ length: groups }, (_, i) => leafHash(piece.subarray(i * GROUP_BYTES, (i + 1) * GROUP_BYTES)));
}

/** SHA-256(0x02 | group count | root of the tree): the last step to a dataRoot. */
export function bindCount(groupCount: number, root: Uint8Array): Uint8Array {
  return sha256(concatBytes(Uint8Array.of(2), integerToBytes(groupCount, 8), root));
}

/** Computes a dataRoot piece by piece while bytes pass, in memory that grows with the logarithm of the replica. */
export interface DataRootBuilder {
  /** The next piece, 16 groups unless it is the last; returns its id. Throws `BAD_PIECE_LENGTH` after a short piece. */
  append(piece: Uint8Array): Uint8Array;
  finish(): { dataRoot: Uint8Array; groupCount: number };
}

export function createDataRootBuilder(): DataRootBuilder {
  const tree = createHashTreeBuilder();
  let groupCount = 0;
  return {
    append(piece) {
      const id = pieceId(piece);
      if (groupCount % PIECE_GROUPS !== 0 || groupCount === MAX_SHARD_GROUPS) {
        throw new HoldfastError("BAD_PIECE_LENGTH", `No piece may follow after ${groupCount} groups.`);
      }
      groupCount += piece.length / GROUP_BYTES;
      tree.append(id);
      return id;
    },
    finish: () => ({ dataRoot: bindCount(groupCount, tree.root()), groupCount }),
  };
}

/** The dataRoot over known piece ids; throws `BAD_GROUP_COUNT` when their number does not fit the group count. */
export function dataRootOf(pieceIds: readonly Uint8Array[], groupCount: number): Uint8Array {
  checkCount(pieceIds, groupCount);
  return bindCount(groupCount, hashTreeRoot(pieceIds));
}

function checkCount(pieceIds: readonly Uint8Array[], groupCount: number): void {
  if (!Number.isInteger(groupCount) || groupCount < 1 || pieceCount(groupCount) !== pieceIds.length) {
    throw new HoldfastError("BAD_GROUP_COUNT", `${pieceIds.length} pieces do not make ${groupCount} groups.`);
  }
  for (const id of pieceIds) expectLength("A piece id", id, 32);
}

/** True only if `bytes` are piece `index` of the replica behind `dataRoot`; `path` from `createHashTree(pieceIds)`. */
export function verifyPiece(
  dataRoot: Uint8Array,
  groupCount: number,
  index: number,
  bytes: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  const pieces = pieceCount(groupCount);
  if (!Number.isInteger(index) || index < 0 || index >= pieces) return false;
  if (bytes.length !== groupsOfPiece(groupCount, index) * GROUP_BYTES) return false;
  const root = rootFromPath(pieceId(bytes), index, pieces, path);
  return root !== undefined && equalBytes(bindCount(groupCount, root), dataRoot);
}

/**
 * Audit path of one group of the replica, given its piece and the piece's own audit path: what a dispute over one group
 * shows. The paths of pieces come from `createHashTree(pieceIds).path(index)`.
 */
export function groupPath(piece: Uint8Array, piecePath: readonly Uint8Array[], group: number): Uint8Array[] {
  return [...createHashTree(groupHashes(piece)).path(group % PIECE_GROUPS), ...piecePath];
}

/** True only if `bytes` are group `group` of the replica behind `dataRoot`. */
export function verifyGroup(
  dataRoot: Uint8Array,
  groupCount: number,
  group: number,
  bytes: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  if (bytes.length !== GROUP_BYTES) return false;
  const root = rootFromPath(leafHash(bytes), group, groupCount, path);
  return root !== undefined && equalBytes(bindCount(groupCount, root), dataRoot);
}
