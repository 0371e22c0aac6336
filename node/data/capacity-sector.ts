/**
 * Labels that fill unused space, and the commitment to them. A sector is 2^m labels of 32 bytes, big-endian; label i is
 * Poseidon(8) of the sector's id, i and the label's six parents, so each can be made only after the one before.
 */
import { type Address, encodeAbiParameters, keccak256 } from "viem";
import { bytesToInteger, integerToBytes } from "../common/bytes.ts";
import { drSample, PARENTS } from "./capacity-graph.ts";
import { type CommitmentTree, createCommitmentBuilder, NODE_BYTES, type TreeHash } from "./commitment.ts";
import { SCALAR_FIELD } from "./digest.ts";
import { GROUP_ELEMENTS, MIN_CLASS } from "./layout.ts";
import { type Opening, openLeaf, RottenGroupError } from "./opening.ts";

export const LABEL_BYTES = NODE_BYTES;
const GROUP_LABEL_BYTES = GROUP_ELEMENTS * LABEL_BYTES;
/** The id, the place and the parents; more than one hash at a time would have to wait for each other. */
const TUPLE = 2 + PARENTS;

/** Whose sector it is. */
export type SectorName = {
  readonly chainId: bigint;
  /** The CapacityProofs contract. */
  readonly capacity: Address;
  readonly provider: Address;
  /** The provider's own number for it. */
  readonly sector: bigint;
};

/** The largest sector that is filled in memory: 128 MiB. */
const LARGEST_CLASS = 22;

/** How `bytes` of disk become sectors: as few as the contract's limit asks for, all of one class. None if it is less than one. */
export function planSectors(
  bytes: bigint,
  { maxSectors, levels }: { readonly maxSectors: number; readonly levels: number },
): { readonly m: number; readonly sectors: number } {
  const largest = Math.min(3 * levels, LARGEST_CLASS);
  let m = MIN_CLASS;
  while (m < largest && sectorBytes(m) * BigInt(maxSectors) < bytes) m++;
  const fit = bytes / sectorBytes(m);
  return { m, sectors: fit < BigInt(maxSectors) ? Number(fit) : maxSectors };
}

/** Of a sector's labels on disk; its tree adds two per mille. */
export function sectorBytes(m: number): bigint {
  return BigInt(LABEL_BYTES) << BigInt(m);
}

const NAME = [
  { type: "string" },
  { type: "uint256" },
  { type: "address" },
  { type: "address" },
  { type: "uint64" },
] as const;

/** The field element that goes into every label, so that no two providers or sectors share one. */
export function sectorId({ chainId, capacity, provider, sector }: SectorName): bigint {
  const name = encodeAbiParameters(NAME, ["holdfast/sector/v1", chainId, capacity, provider, sector]);
  return BigInt(keccak256(name)) % SCALAR_FIELD;
}

/** Makes labels in order, each from those before it. */
export interface SectorFiller {
  /** Labels that are there. */
  readonly filled: number;
  /** Makes the next labels, as many as are left at most. */
  fill(count: number): void;
}

/**
 * @param labels Room for all labels, 2^m x 32 bytes
 * @param filled How many are there already: a filler that was stopped goes on where it was
 */
export function createSectorFiller(hash: TreeHash, id: bigint, labels: Uint8Array, filled = 0): SectorFiller {
  const parentsOf = drSample(id);
  const tuple = new Uint8Array(TUPLE * LABEL_BYTES);
  tuple.set(integerToBytes(id, LABEL_BYTES));
  const place = new DataView(tuple.buffer, 2 * LABEL_BYTES - 4);
  const total = labels.length / LABEL_BYTES;
  let next = filled;
  return {
    get filled() {
      return next;
    },
    fill(count) {
      for (const end = Math.min(total, next + count); next < end; next++) {
        place.setUint32(0, next);
        // Label 0 has zeros for parents; no challenge asks how it was made.
        if (next > 0) {
          for (const [n, parent] of parentsOf(next).entries())
            tuple.set(labelAt(labels, parent), (2 + n) * LABEL_BYTES);
        }
        labels.set(hash.parents(tuple), next * LABEL_BYTES);
      }
    },
  };
}

function labelAt(labels: Uint8Array, place: number): Uint8Array {
  return labels.subarray(place * LABEL_BYTES, (place + 1) * LABEL_BYTES);
}

/** The tree over a full sector; its levels from the groups' up are what has to be kept beside the labels. */
export function commitSector(hash: TreeHash, labels: Uint8Array): CommitmentTree {
  const groups = labels.length / GROUP_LABEL_BYTES;
  const builder = createCommitmentBuilder(hash, groups);
  for (let group = 0; group < groups; group++) {
    const leaves = labels.subarray(group * GROUP_LABEL_BYTES, (group + 1) * GROUP_LABEL_BYTES);
    builder.append(hash.parents(hash.parents(hash.parents(leaves))));
  }
  return builder.finish();
}

/** A challenged label and its parents, each with its path to the sector's root. */
export interface LabelOpening {
  readonly id: bigint;
  /** The label's first, then its six parents'. */
  readonly openings: readonly Opening[];
}

/** Opens a label other than the first. Throws what `openElement` throws when the labels or the tree are damaged. */
export async function openLabel(
  hash: TreeHash,
  id: bigint,
  tree: CommitmentTree,
  index: number,
  readLabels: (group: number) => Uint8Array | Promise<Uint8Array>,
): Promise<LabelOpening> {
  const places = [index, ...drSample(id)(index)];
  const read = async (group: number): Promise<Uint8Array> => checked(await readLabels(group), group);
  const openings: Opening[] = [];
  for (const place of places) openings.push(await openLeaf(hash, tree, place, read));
  return { id, openings };
}

function checked(labels: Uint8Array, group: number): Uint8Array {
  if (labels.length !== GROUP_LABEL_BYTES) throw new RottenGroupError(group);
  for (let place = 0; place < GROUP_ELEMENTS; place++) {
    if (bytesToInteger(labelAt(labels, place)) >= SCALAR_FIELD) throw new RottenGroupError(group);
  }
  return labels;
}
