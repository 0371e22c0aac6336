/** Whether one more replica can be promised: room on disk, stake for the draws, collateral in the vault, sound terms. */
import { GROUP_BYTES } from "../data/layout.ts";
import type { Terms } from "../data/terms.ts";
import { Refusal } from "../network/refusal.ts";

/** What the lane has and what is promised already; W and `reserved*` cover admitted replicas that are not on chain yet. */
export interface Room {
  /** Base units of stake. */
  readonly stake: bigint;
  /** Base units burned per element and miss, times 2^64. */
  readonly beta: bigint;
  /** Padded elements in the bag, and promised on top. */
  readonly weight: bigint;
  readonly reservedWeight: bigint;
  readonly maxWeight: bigint;
  readonly suspended: boolean;
  /** Free base units in the vault, and what promised replicas will lock of them. */
  readonly free: bigint;
  readonly reservedCollateral: bigint;
  /** Bytes: offered to the market, taken by replicas (promised ones at full size), free on the file system. */
  readonly capacity: bigint;
  readonly stored: bigint;
  readonly freeBytes: number;
}

/** Always left free on the file system, so that the database and the chain's journal can go on: 64 MiB. */
export const DISK_RESERVE_BYTES = 64 * 2 ** 20;

/** Stake that a bag of `weight` padded elements needs: ceil(32 beta W / 2^64). */
export function stakeFor(beta: bigint, weight: bigint): bigint {
  return (32n * beta * weight + 2n ** 64n - 1n) >> 64n;
}

/** Throws a Refusal: `SUSPENDED`, `NO_CAPACITY`, `DISK_FULL`, `NO_STAKE` or `NO_COLLATERAL`. */
export function checkRoom(room: Room, adding: { m: number; groups: number; collateral: bigint }): void {
  const bytes = adding.groups * GROUP_BYTES;
  if (room.suspended)
    throw new Refusal("SUSPENDED", "This provider's lane is suspended for lack of stake. Choose another.");
  if (room.stored + BigInt(bytes) > room.capacity) {
    throw new Refusal("NO_CAPACITY", "This provider has no capacity left for the replica. Choose another.");
  }
  if (room.freeBytes < bytes + DISK_RESERVE_BYTES) {
    throw new Refusal("DISK_FULL", "This provider's disk is full. Choose another.");
  }
  const weight = room.weight + room.reservedWeight + (1n << BigInt(adding.m));
  if (weight > room.maxWeight || stakeFor(room.beta, weight) > room.stake) {
    throw new Refusal("NO_STAKE", "This provider's stake does not cover the replica. Choose another.");
  }
  checkCollateral(room, adding.collateral);
}

/** Throws a Refusal `NO_COLLATERAL`; base units that would be locked on top of what is promised. */
export function checkCollateral(
  { free, reservedCollateral }: Pick<Room, "free" | "reservedCollateral">,
  adding: bigint,
): void {
  if (reservedCollateral + adding <= free) return;
  throw new Refusal("NO_COLLATERAL", "This provider lacks the collateral for the replica. Choose another.");
}

/** Windows in which the client may walk away for nothing; more would let it use the provider as free short-term storage. */
const MAX_COOLING_OFF = 16;

/**
 * What a provider insists on so that an upload is worth its traffic and its place, in windows; a shorter deal is taken whole.
 * The market leaves both to the parties: without them a client stores for the cooling-off and one window, and leaves.
 */
export interface TermDemands {
  /** That a cancelled slot is paid for in total. */
  readonly minWindows: number;
  /** Whose price a cancel costs. */
  readonly cancelFeeWindows: number;
}

/** Half of what clients write into their terms unless told otherwise. */
export const defaultDemands: TermDemands = { minWindows: 4, cancelFeeWindows: 4 };

/** Throws a Refusal `TERMS_REFUSED`. */
export function checkTerms(terms: Terms, deployment: { challenges: number }, demands: TermDemands): void {
  if (terms.minChallenges > deployment.challenges) {
    throw new Refusal(
      "TERMS_REFUSED",
      `The terms ask for ${terms.minChallenges} challenges a window, this deployment draws ${deployment.challenges}.`,
    );
  }
  if (terms.slots < 1 || terms.threshold < 1 || terms.threshold > terms.slots) {
    throw new Refusal("TERMS_REFUSED", `The terms are ${terms.threshold} of ${terms.slots} slots, which is no deal.`);
  }
  if (terms.coolingOff > MAX_COOLING_OFF) {
    throw new Refusal("TERMS_REFUSED", `This provider takes a cooling-off of at most ${MAX_COOLING_OFF} windows.`);
  }
  // The market's own rules: an offer on terms that it refuses would only hold room.
  for (const name of ["maxMisses", "coolingOff", "minWindows", "cancelFeeWindows"] as const) {
    if (terms[name] <= terms.windows) continue;
    throw new Refusal("TERMS_REFUSED", `The deal has ${terms.windows} windows, its ${name} is ${terms[name]}.`);
  }
  for (const name of ["minWindows", "cancelFeeWindows"] as const) {
    const least = Math.min(demands[name], terms.windows);
    if (terms[name] >= least) continue;
    throw new Refusal("TERMS_REFUSED", `This provider takes deals with a ${name} of at least ${least}.`);
  }
  const least = 3 + Math.floor(terms.windows / 20);
  if (terms.maxMisses < least) {
    throw new Refusal(
      "TERMS_REFUSED",
      `The terms forgive ${terms.maxMisses} misses, the market demands at least ${least}.`,
    );
  }
}
