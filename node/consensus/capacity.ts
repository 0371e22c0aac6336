// Proofs of empty capacity and the programme that pays for them: only where a deployment has them. Window numbers are the lane's.

import type { Address, Hex } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { capacityProgrammeAbi, capacityProofsAbi } from "./abi.ts";
import { read, write } from "./call.ts";
import type { Chain } from "./chain.ts";
import type { ProofWords } from "./prover/proof.ts";
import type { KeyOnChain } from "./spacetime.ts";

/** What its constructor fixed: K labels a window, D levels of the circuit, the most sectors of a provider. */
export interface CapacityProfile extends KeyOnChain {
  readonly maxSectors: number;
}

/** Throws `NO_CAPACITY_PROOFS` where the deployment has none. */
function proofs({ addresses }: Chain) {
  if (addresses.capacity !== undefined) return { address: addresses.capacity, abi: capacityProofsAbi } as const;
  throw new HoldfastError("NO_CAPACITY_PROOFS", "This market takes no proofs of empty capacity; run without --fill.");
}

/** As `proofs`. */
function programme(chain: Chain) {
  return { address: chain.addresses.programme ?? proofs(chain).address, abi: capacityProgrammeAbi } as const;
}

/** Throws `NO_CAPACITY_PROOFS`. */
export async function capacityProfile(chain: Chain): Promise<CapacityProfile> {
  const contract = { ...proofs(chain), args: [] } as const;
  const [verifier, challenges, levels, maxSectors] = await Promise.all([
    read(chain, { ...contract, functionName: "VERIFIER" }),
    read(chain, { ...contract, functionName: "CHALLENGES" }),
    read(chain, { ...contract, functionName: "LEVELS" }),
    read(chain, { ...contract, functionName: "MAX_SECTORS" }),
  ]);
  return { verifier, challenges: Number(challenges), levels: Number(levels), maxSectors: Number(maxSectors) };
}

/** Commits to a filled sector of 2^m labels; it counts from the next opening on. */
export function addSector(chain: Chain, sector: bigint, { m, root }: { readonly m: number; readonly root: Hex }) {
  return write(chain, { ...proofs(chain), functionName: "addSector", args: [sector, m, root] });
}

/** Reverts while a window that draws from it is open and unproven. */
export function removeSector(chain: Chain, sector: bigint) {
  return write(chain, { ...proofs(chain), functionName: "removeSector", args: [sector] });
}

/** The sectors go at the opening from which the replica counts, if it comes. */
export function yieldTo(chain: Chain, sectors: readonly bigint[], replica: Hex) {
  return write(chain, { ...proofs(chain), functionName: "yieldTo", args: [sectors, replica] });
}

/** Takes `yieldTo` back for a replica that did not come. */
export function keepFrom(chain: Chain, replica: Hex) {
  return write(chain, { ...proofs(chain), functionName: "keepFrom", args: [replica] });
}

/** Removes the sectors whose places replicas took. */
export function collect(chain: Chain, provider: Address) {
  return write(chain, { ...proofs(chain), functionName: "collect", args: [provider] });
}

export function submitCapacityProof(
  chain: Chain,
  { provider, window, proof, c }: { provider: Address; window: number; proof: ProofWords; c: bigint },
) {
  return write(chain, { ...proofs(chain), functionName: "submitProof", args: [provider, window, proof, c] });
}

export function sectorOf(chain: Chain, provider: Address, sector: bigint) {
  return read(chain, { ...proofs(chain), functionName: "sectorOf", args: [provider, sector] });
}

/** Labels in all of its sectors. */
export function sectorWeightOf(chain: Chain, provider: Address): Promise<bigint> {
  return read(chain, { ...proofs(chain), functionName: "weightOf", args: [provider] });
}

/** Sectors that wait for a replica to take their place, by id, and that replica. */
export async function yieldsOf(chain: Chain, provider: Address): Promise<{ id: Hex; replica: Hex }[]> {
  const [ids, replicas] = await read(chain, { ...proofs(chain), functionName: "yieldsOf", args: [provider] });
  return ids.map((id, i) => ({ id, replica: replicas[i]! }));
}

/** Elements of empty capacity proven in a window; zero for none. */
export function provenCapacity(chain: Chain, provider: Address, window: number): Promise<bigint> {
  return read(chain, { ...proofs(chain), functionName: "provenCapacity", args: [provider, window] });
}

export function capacitySeedOf(chain: Chain, provider: Address, window: number): Promise<Hex> {
  return read(chain, { ...proofs(chain), functionName: "seedOf", args: [provider, window] });
}

/** (root_1, id_1, places_1, ..., root_K, id_K, places_K) of an open window. */
export function capacityChallengesOf(chain: Chain, provider: Address, window: number): Promise<readonly bigint[]> {
  return read(chain, { ...proofs(chain), functionName: "challengesOf", args: [provider, window] });
}

/** First window of the provider that the programme was not asked to pay for. */
export function capacityClaimedTo(chain: Chain, provider: Address): Promise<number> {
  return read(chain, { ...programme(chain), functionName: "claimedTo", args: [provider] });
}

/** What the programme has left. */
export function programmeFund(chain: Chain): Promise<bigint> {
  return read(chain, { ...programme(chain), functionName: "available", args: [] });
}

/** Anyone, for a registered provider: up to `maxWindows` of its closed windows. */
export function claimCapacity(chain: Chain, provider: Address, maxWindows: bigint) {
  return write(chain, { ...programme(chain), functionName: "claim", args: [provider, maxWindows] });
}
