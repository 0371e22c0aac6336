/** Reads what admission is decided by: the lane on chain, the vault, the disk, and what is promised already. */
import type { Hex } from "viem";
import { providerOf } from "../consensus/registry.ts";
import { priceLimit, weightOf } from "../consensus/spacetime.ts";
import { freeOf } from "../consensus/vault.ts";
import type { Room } from "../incentive/admission.ts";
import type { ProviderParts } from "./provider-parts.ts";
import { reservations } from "./provider-replicas.ts";

export interface Lane {
  readonly stake: bigint;
  readonly epoch: bigint;
  readonly weight: bigint;
  readonly suspended: boolean;
  readonly free: bigint;
  /** What the registry says: an operator pauses there, whether or not the daemon is told. */
  readonly accepting: boolean;
}

export interface RoomReader {
  /** The lane as of the newest block. */
  lane(): Promise<Lane>;
  /** `except`: a replica that is counted by its own admission. */
  room(except?: Hex): Promise<Room>;
  /** Highest price per window for class `m`; fixed for a deployment. */
  limit(m: number): Promise<bigint>;
}

/** Reads the chain once per block however many ask: quotes are free, and must not multiply into requests to a node. */
export function createRoomReader(parts: ProviderParts): RoomReader {
  const { chain, settings, journal, pieces } = parts;
  const me = chain.account.address;
  const limits = new Map<number, Promise<bigint>>();
  let cached: { block: bigint; lane: Promise<Lane> } | undefined;

  async function readLane(): Promise<Lane> {
    const [view, weight, free] = await Promise.all([providerOf(chain, me), weightOf(chain, me), freeOf(chain, me)]);
    const { accepting } = view.ask;
    return { stake: view.stake, epoch: view.offerEpoch, suspended: view.suspended, weight, free, accepting };
  }

  async function lane(): Promise<Lane> {
    const block = parts.latestBlock();
    if (cached?.block !== block) cached = { block, lane: readLane() };
    try {
      return await cached.lane;
    } catch (error) {
      cached = undefined;
      throw error;
    }
  }

  return {
    lane,
    async room(except) {
      const [{ stake, weight, suspended, free }, freeBytes] = await Promise.all([lane(), pieces.freeBytes()]);
      const reserved = journal.read((db) => reservations(db, except));
      return {
        stake,
        beta: chain.parameters.beta,
        weight,
        reservedWeight: reserved.weight,
        maxWeight: chain.parameters.maxWeight,
        suspended,
        free,
        reservedCollateral: reserved.collateral,
        capacity: settings.capacity,
        stored: reserved.stored,
        freeBytes,
      };
    },
    async limit(m) {
      const known = limits.get(m) ?? priceLimit(chain, m);
      limits.set(m, known);
      try {
        return await known;
      } catch (error) {
        limits.delete(m);
        throw error;
      }
    },
  };
}
