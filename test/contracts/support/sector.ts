/** Sectors of the smallest size, honest ones and others, kept in memory. */
import { numberToHex } from "viem";
import { bytesToInteger, integerToBytes } from "../../../node/common/bytes.ts";
import {
  commitSector,
  createSectorFiller,
  type LabelOpening,
  openLabel,
  type SectorName,
  sectorId,
} from "../../../node/data/capacity-sector.ts";
import { rootOf } from "../../../node/data/commitment.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { GROUP_ELEMENTS } from "../../../node/data/layout.ts";
import { openLeaf } from "../../../node/data/opening.ts";

export const M = 13;
const LABEL = 32;
const hash = createPoseidon8();

export type Sector = {
  readonly id: bigint;
  readonly root: `0x${string}`;
  readonly labels: Uint8Array;
  /** A label with its parents in the real graph. */
  open(index: number): Promise<LabelOpening>;
  /** The same with whatever is given for parents. */
  openAs(index: number, parents: readonly number[]): Promise<LabelOpening>;
};

function sectorOf(id: bigint, labels: Uint8Array): Sector {
  const tree = commitSector(hash, labels);
  const read = async (group: number) =>
    labels.slice(group * GROUP_ELEMENTS * LABEL, (group + 1) * GROUP_ELEMENTS * LABEL);
  return {
    id,
    root: numberToHex(bytesToInteger(rootOf(tree)), { size: 32 }),
    labels,
    open: (index) => openLabel(hash, id, tree, index, read),
    openAs: async (index, parents) => ({
      id,
      openings: await Promise.all([index, ...parents].map((place) => openLeaf(hash, tree, place, read))),
    }),
  };
}

export function fillSector(name: SectorName): Sector {
  const labels = new Uint8Array(2 ** M * LABEL);
  const id = sectorId(name);
  createSectorFiller(hash, id, labels).fill(2 ** M);
  return sectorOf(id, labels);
}

/** What costs nothing to keep: each label is made of the first one, six times, so that any can be made at once. */
export function fillCheaply(name: SectorName): Sector {
  const id = sectorId(name);
  const tuples = new Uint8Array(2 ** M * 8 * LABEL);
  const first = integerToBytes(7n, LABEL);
  for (let index = 0; index < 2 ** M; index++) {
    const tuple = [integerToBytes(id, LABEL), integerToBytes(index, LABEL), ...new Array<Uint8Array>(6).fill(first)];
    for (const [n, value] of tuple.entries()) tuples.set(value, (8 * index + n) * LABEL);
  }
  const labels = hash.parents(tuples);
  labels.set(first);
  return sectorOf(id, labels);
}
