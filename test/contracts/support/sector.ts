/** A sector that costs nothing to keep. */
import { integerToBytes } from "../../../node/common/bytes.ts";
import { LABEL_BYTES, type SectorName, sectorId } from "../../../node/data/capacity-sector.ts";
import type { TreeHash } from "../../../node/data/commitment.ts";
import { SECTOR_CLASS, type Sector, sectorOf } from "../../../scripts/gas/real-sector.ts";

/** Each label is made of the first one, six times, so that any can be made at once. */
export function fillCheaply(hash: TreeHash, name: SectorName): Sector {
  const id = sectorId(name);
  const tuples = new Uint8Array(2 ** SECTOR_CLASS * 8 * LABEL_BYTES);
  const first = integerToBytes(7n, LABEL_BYTES);
  for (let index = 0; index < 2 ** SECTOR_CLASS; index++) {
    const tuple = [id, index].map((value) => integerToBytes(value, LABEL_BYTES));
    tuple.push(...new Array<Uint8Array>(6).fill(first));
    for (const [n, value] of tuple.entries()) tuples.set(value, (8 * index + n) * LABEL_BYTES);
  }
  const labels = hash.parents(tuples);
  labels.set(first);
  return sectorOf(hash, id, labels);
}
