/**
 * The fill duty: sectors of labels in the space that nobody rents, as many as the operator wants and the replicas leave room for. The
 * chain and the disk say all there is to know, so that it goes on after any crash: what is there and wanted is added, what is there and
 * not wanted goes.
 */
import type { Hex } from "viem";
import {
  addSector,
  capacityClaimedTo,
  claimCapacity,
  collect,
  keepFrom,
  programmeFund,
  provenCapacity,
  removeSector,
  yieldsOf,
  yieldTo,
} from "../../consensus/capacity.ts";
import { recordOf } from "../../consensus/spacetime.ts";
import { GROUP_BYTES } from "../../data/layout.ts";
import { closedWindows, nextOpening, openWindow } from "../../data/windows.ts";
import type { EmptySpace, Sector } from "../../interface/empty-space.ts";
import type { ProviderParts } from "../../interface/provider-parts.ts";
import { heldByRoot, heldReplicas } from "../../interface/provider-replicas.ts";
import type { SectorFiller } from "../../interface/sector-filler.ts";

export interface FillDuty {
  onBlock(block: bigint): Promise<void>;
  /** See `ProviderParts.giveWay`. */
  giveWay(root: Hex): Promise<void>;
}

/** Bytes of the disk that sectors leave free: an upload lands beside what will give way to it. */
const LEAST_FREE = 2 ** 30;
/** Of CapacityProofs: sectors in wait for a replica. */
const MAX_YIELDS = 16;
/** Closed windows that are worth a claim of their own. */
const CLAIM_EVERY = 16;

export function createFillDuty(parts: ProviderParts, space: EmptySpace, filler: SectorFiller): FillDuty {
  const { chain, journal, pieces, settings, log } = parts;
  const me = chain.account.address;
  /** The sector that is being filled. */
  let filling: number | undefined;

  /** Sectors that fit beside the replicas, those that are in a deal or all. */
  function wanted(which: "active" | "all"): number {
    const held = journal.read(heldReplicas).filter(({ state }) => which === "all" || state === "active");
    const stored = held.reduce((sum, { request }) => sum + BigInt(request.upload.groups * GROUP_BYTES), 0n);
    const fit = settings.capacity > stored ? (settings.capacity - stored) / space.bytes : 0n;
    return Math.min(space.settings.sectors, Number(fit));
  }

  /** Replicas that took sectors' places, and those that will never come. */
  async function clearYields(block: bigint): Promise<void> {
    const waiting = new Set((await yieldsOf(chain, me)).map(({ replica }) => replica));
    for (const replica of waiting) {
      const { status, firstWindow } = await recordOf(chain, me, replica);
      if (status !== 0) {
        if (firstWindow < nextOpening(chain.parameters, me, block)) return void (await collect(chain, me));
      } else if (journal.read((db) => heldByRoot(db, replica)) === undefined) {
        await keepFrom(chain, replica);
      }
    }
  }

  /** Whether a sector may leave: no window that is open and unproven draws from it. */
  async function isFree(block: bigint): Promise<boolean> {
    const window = openWindow(chain.parameters, me, block);
    return window === undefined || (await provenCapacity(chain, me, window)) > 0n;
  }

  /** Takes sectors out that are damaged or have no room; what the chain does not ask for any more leaves the disk. */
  async function shrink(sectors: readonly Sector[], block: bigint): Promise<void> {
    const low = (await pieces.freeBytes()) < LEAST_FREE;
    const yielding = (await yieldsOf(chain, me)).length;
    const active = sectors.filter((one) => one.active);
    const over = active.length - yielding - wanted("active");
    const surplus = active.toReversed().slice(0, Math.max(over, low ? 1 : 0));
    const leaving = active.filter((one) => one.root === undefined || surplus.includes(one));
    if (leaving.length > 0 && (await isFree(block))) {
      for (const { sector } of leaving) {
        await removeSector(chain, BigInt(sector));
        await space.files.remove(sector);
        log("info", `Gave up sector ${sector} of empty space.`, { sector });
      }
    }
    const rest = sectors.filter((one) => !one.active && one.sector !== filling);
    const room = Math.max(0, wanted("all") - active.length - (filling === undefined ? 0 : 1));
    for (const { sector } of rest.slice(room)) await space.files.remove(sector);
  }

  /** Adds what is full; fills on what is begun, or begins with the next. */
  async function grow(sectors: readonly Sector[]): Promise<void> {
    const active = sectors.filter((one) => one.active).length;
    let room = wanted("all") - active;
    for (const { sector, root, active } of sectors) {
      if (active || root === undefined || room <= 0 || sector === filling) continue;
      await addSector(chain, BigInt(sector), { m: space.settings.m, root });
      log("info", `Sector ${sector} of empty space counts from the next window on.`, { sector, root });
      room--;
    }
    if (filling !== undefined || room <= 0) return;
    if ((await pieces.freeBytes()) < LEAST_FREE + Number(space.bytes)) return;
    const begun = sectors.find((one) => one.begun && !one.active && one.root === undefined)?.sector;
    const taken = new Set(sectors.map(({ sector }) => sector));
    let next = begun ?? 1;
    while (begun === undefined && taken.has(next)) next++;
    fill(next);
  }

  /** In the background: the chain is told in the first round after it is full. */
  function fill(sector: number): void {
    filling = sector;
    filler
      .fill({ sector, id: space.idOf(sector), m: space.settings.m })
      .catch((error: Error) => log("warn", `Sector ${sector} of empty space is not full yet: ${error.message}`))
      .finally(() => {
        filling = undefined;
      });
  }

  async function claim(block: bigint): Promise<void> {
    const closed = closedWindows(chain.parameters, me, block);
    if (closed - (await capacityClaimedTo(chain, me)) < CLAIM_EVERY || (await programmeFund(chain)) === 0n) return;
    await claimCapacity(chain, me, 256n);
    log("info", "Claimed the rewards for empty space.", { closed });
  }

  return {
    async onBlock(block) {
      await clearYields(block);
      await shrink(await space.look(), block);
      await grow(await space.look());
      await claim(block);
    },
    async giveWay(root) {
      try {
        const yielding = await yieldsOf(chain, me);
        if (yielding.some(({ replica }) => replica === root)) return;
        const ids = new Set(yielding.map(({ id }) => BigInt(id)));
        const active = (await space.look()).filter((one) => one.active);
        const staying = active.filter(({ sector }) => !ids.has(space.idOf(sector)));
        const count = Math.min(staying.length - wanted("all"), MAX_YIELDS - yielding.length);
        if (count <= 0) return;
        const leaving = staying.slice(-count).map(({ sector }) => sector);
        await yieldTo(chain, leaving.map(BigInt), root);
        log("info", `Sectors ${leaving.join(", ")} of empty space give way to a replica once it counts.`, { root });
      } catch (error) {
        log("warn", `Empty space does not give way to a replica by itself: ${(error as Error).message}`, { root });
      }
    },
  };
}
