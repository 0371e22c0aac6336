/** The sectors of a provider: what they are called, where they are, how their labels are opened. */
import type { Hex } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { toHex } from "../common/hex.ts";
import { type CapacityProfile, sectorOf } from "../consensus/capacity.ts";
import type { SigningChain } from "../consensus/chain.ts";
import { LABEL_BYTES, type LabelOpening, openLabel, sectorBytes, sectorId } from "../data/capacity-sector.ts";
import { type CommitmentTree, decodeTree, levelSizes, NODE_BYTES, rootOf, type TreeHash } from "../data/commitment.ts";
import { GROUP_ELEMENTS } from "../data/layout.ts";
import type { SectorFiles } from "../physical/sector-store.ts";

/** How much empty space is filled, and with whose keys it is proven. */
export interface FillSettings {
  /** Sectors at most, of 2^m labels each. */
  readonly sectors: number;
  readonly m: number;
}

/** A sector as the disk and the chain have it. */
export interface Sector {
  readonly sector: number;
  /** Has a folder. */
  readonly begun: boolean;
  /** Undefined until the last label is made. */
  readonly root: Hex | undefined;
  /** Counts on chain. */
  readonly active: boolean;
}

export interface EmptySpace {
  readonly settings: FillSettings;
  readonly profile: CapacityProfile;
  readonly files: SectorFiles;
  /** Bytes of one sector. */
  readonly bytes: bigint;
  idOf(sector: number): bigint;
  /** Every sector that there is on disk or on chain, rising. */
  look(): Promise<Sector[]>;
  /** A challenged label with its parents. Throws `SECTOR_UNKNOWN`; what `openLabel` throws for damage, which drops the sector. */
  open(id: bigint, index: number): Promise<LabelOpening>;
}

const GROUP_LABEL_BYTES = GROUP_ELEMENTS * LABEL_BYTES;

export function createEmptySpace(
  chain: SigningChain,
  files: SectorFiles,
  hash: TreeHash,
  { settings, profile }: Pick<EmptySpace, "settings" | "profile">,
): EmptySpace {
  const me = chain.account.address;
  const ids = new Map<bigint, number>();
  const idOf = (sector: number): bigint =>
    sectorId({
      chainId: BigInt(chain.chainId),
      capacity: chain.addresses.capacity!,
      provider: me,
      sector: BigInt(sector),
    });
  for (let sector = 1; sector <= profile.maxSectors; sector++) ids.set(idOf(sector), sector);

  /** Undefined for a sector that is not full, or was of another size: its labels so far are right for any. */
  async function treeOf(sector: number): Promise<CommitmentTree | undefined> {
    const bytes = await files.readTree(sector);
    const groups = 2 ** settings.m / GROUP_ELEMENTS;
    const length = levelSizes(groups).reduce((sum, size) => sum + size) * NODE_BYTES;
    return bytes?.length === length ? decodeTree(groups, bytes) : undefined;
  }

  return {
    settings,
    profile,
    files,
    bytes: sectorBytes(settings.m),
    idOf,
    async look() {
      const begun = new Set(await files.list());
      const found = await Promise.all(
        [...ids.values()].map(async (sector) => {
          const { active } = await sectorOf(chain, me, BigInt(sector));
          const tree = begun.has(sector) ? await treeOf(sector) : undefined;
          return { sector, begun: begun.has(sector), root: tree && toHex(rootOf(tree)), active };
        }),
      );
      return found.filter(({ begun, active }) => begun || active);
    },
    async open(id, index) {
      const sector = ids.get(id);
      const tree = sector === undefined ? undefined : await treeOf(sector);
      if (sector === undefined || tree === undefined) {
        throw new HoldfastError("SECTOR_UNKNOWN", "The chain asks for a sector that this data folder does not have.");
      }
      try {
        return await openLabel(hash, id, tree, index, (group) =>
          files.read(sector, group * GROUP_LABEL_BYTES, GROUP_LABEL_BYTES),
        );
      } catch (error) {
        await files.remove(sector); // labels can be made again, all or none
        throw error;
      }
    },
  };
}
