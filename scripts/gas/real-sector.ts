/** Sectors of the smallest size, filled and kept in memory. */
import { type Hex, numberToHex } from "viem";
import { bytesToInteger } from "../../node/common/bytes.ts";
import {
  commitSector,
  createSectorFiller,
  LABEL_BYTES,
  type LabelOpening,
  openLabel,
  type SectorName,
  sectorId,
} from "../../node/data/capacity-sector.ts";
import { rootOf, type TreeHash } from "../../node/data/commitment.ts";
import { GROUP_ELEMENTS } from "../../node/data/layout.ts";
import { openLeaf } from "../../node/data/opening.ts";

export const SECTOR_CLASS = 13;

export type Sector = {
  readonly id: bigint;
  readonly root: Hex;
  /** A label with its parents in the graph. */
  open(index: number): Promise<LabelOpening>;
  /** The same with whatever is given for parents. */
  openAs(index: number, parents: readonly number[]): Promise<LabelOpening>;
};

export function fillSector(hash: TreeHash, name: SectorName): Sector {
  const labels = new Uint8Array(2 ** SECTOR_CLASS * LABEL_BYTES);
  const id = sectorId(name);
  createSectorFiller(hash, id, labels).fill(2 ** SECTOR_CLASS);
  return sectorOf(hash, id, labels);
}

/** @param labels Of the smallest size, right or not */
export function sectorOf(hash: TreeHash, id: bigint, labels: Uint8Array): Sector {
  const tree = commitSector(hash, labels);
  const groupBytes = GROUP_ELEMENTS * LABEL_BYTES;
  const read = async (group: number) => labels.slice(group * groupBytes, (group + 1) * groupBytes);
  return {
    id,
    root: numberToHex(bytesToInteger(rootOf(tree)), { size: 32 }),
    open: (index) => openLabel(hash, id, tree, index, read),
    openAs: async (index, parents) => ({
      id,
      openings: await Promise.all([index, ...parents].map((place) => openLeaf(hash, tree, place, read))),
    }),
  };
}
