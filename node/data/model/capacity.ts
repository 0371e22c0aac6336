/** Empty space of the model: sectors that are proven window by window and give way to replicas (CapacityProofs.sol). */
import type { Address, Hex } from "viem";
import { closeOf, openingOf } from "../windows.ts";
import { type Call, put, requireThat } from "./call.ts";
import { laneOf, recordOf, weightAt, windowsOf } from "./lanes.ts";
import { isRoot } from "./opening-checks.ts";
import { EMPTY_SPACE, providerOf, type Space, type State, type Yield } from "./state.ts";

const MAX_YIELDS = 16;
const MIN_CLASS = 13;

export function spaceOf({ spaces }: State, provider: Address): Space {
  return spaces.get(provider) ?? EMPTY_SPACE;
}

/** Elements that the provider proved in a window. */
export function provenCapacity({ capacity }: State, provider: Address, window: number): bigint {
  return capacity.get(`${provider}/${window}`) ?? 0n;
}

/** PROVIDER: it counts from the next opening on. */
export function addSector(call: Call, sector: number, { m, root }: { m: number; root: Hex }): void {
  const { caller: provider, state, rules } = call;
  requireThat(providerOf(state, provider).registered, "SectorNotRegistered");
  requireThat(m >= MIN_CLASS && m <= rules.capacity.maxClass, "SectorInvalidClass");
  requireThat(isRoot(root), "SectorInvalidRoot");
  collect(call, provider);
  requireThat(!isActive(state, provider, sector), "SectorActive");
  const { weight, sectors, snapshot, snapshotEnd } = spaceOf(state, provider);
  requireThat(sectors < rules.capacity.maxSectors, "SectorTooMany");
  const more = 1n << BigInt(m);
  const together = weight + weightAt(laneOf(state, provider).counts) + more;
  requireThat(together <= rules.maxWeight, "SectorTooMuchWeight");
  const { drawn } = windowsOf(call, provider);
  const kept = draws(call, provider) && snapshotEnd !== drawn;
  change(call, provider, {
    ...{ weight: weight + more, sectors: sectors + 1 },
    ...(kept ? { snapshot: weight, snapshotEnd: drawn } : { snapshot, snapshotEnd }),
  });
  put(call, state.sectors, `${provider}/${sector}`, { m, root, active: true });
}

/** PROVIDER: not while a window draws from it. */
export function removeSector(call: Call, sector: number): void {
  const { caller: provider, state } = call;
  collect(call, provider);
  requireThat(isActive(state, provider, sector), "SectorNotActive");
  requireThat(!draws(call, provider), "CapacityWindowOpen");
  remove(call, provider, sector);
}

/** PROVIDER: the sectors go when the replica counts, if it comes. */
export function yieldTo(call: Call, sectors: readonly number[], replica: Hex): void {
  const { caller: provider, state } = call;
  collect(call, provider);
  requireThat(recordOf(state, provider, replica) === undefined, "SectorReplicaKnown");
  const { yields } = spaceOf(state, provider);
  requireThat(yields.length + sectors.length <= MAX_YIELDS, "SectorTooManyYields");
  for (const sector of sectors) requireThat(isActive(state, provider, sector), "SectorNotActive");
  change(call, provider, { yields: [...yields, ...sectors.map((sector): Yield => ({ sector, replica }))] });
}

/** PROVIDER: the replica did not come. */
export function keepFrom(call: Call, replica: Hex): void {
  collect(call, call.caller);
  const { yields } = spaceOf(call.state, call.caller);
  change(call, call.caller, { yields: yields.filter((waiting) => waiting.replica !== replica) });
}

/** ANYONE: removes what yielded to replicas that count for the latest window that opened. */
export function collect(call: Call, provider: Address): void {
  const { drawn } = windowsOf(call, provider);
  const waiting: Yield[] = [];
  for (const waits of spaceOf(call.state, provider).yields) {
    const record = recordOf(call.state, provider, waits.replica);
    if (record === undefined || record.firstWindow >= drawn) waiting.push(waits);
    else if (isActive(call.state, provider, waits.sector)) remove(call, provider, waits.sector);
  }
  change(call, provider, { yields: waiting });
}

/** ANYONE: `good` says what the verifier would. */
export function proveCapacity(call: Call, provider: Address, window: number, good: boolean): void {
  const { state, rules, block } = call;
  requireThat(!laneOf(state, provider).suspended, "CapacityLaneSuspended");
  collect(call, provider);
  const isOpen = openingOf(rules, provider, window) < block && block <= closeOf(rules, provider, window);
  requireThat(isOpen, "CapacityWindowNotOpen");
  requireThat(provenCapacity(state, provider, window) === 0n, "CapacityAlreadyProven");
  const { weight, snapshot, snapshotEnd } = spaceOf(state, provider);
  const elements = snapshotEnd === window + 1 ? snapshot : weight;
  requireThat(elements !== 0n, "CapacityNothingToProve");
  requireThat(good, "CapacityProofInvalid");
  put(call, state.capacity, `${provider}/${window}`, elements);
}

function isActive({ sectors }: State, provider: Address, sector: number): boolean {
  return sectors.get(`${provider}/${sector}`)?.active === true;
}

function remove(call: Call, provider: Address, sector: number): void {
  const key = `${provider}/${sector}`;
  const found = call.state.sectors.get(key)!;
  put(call, call.state.sectors, key, { ...found, active: false });
  const { weight, sectors } = spaceOf(call.state, provider);
  change(call, provider, { weight: weight - (1n << BigInt(found.m)), sectors: sectors - 1 });
}

/** Whether an unproven window draws from the sectors now. */
function draws(call: Call, provider: Address): boolean {
  const { drawn, closed } = windowsOf(call, provider);
  return drawn !== closed && provenCapacity(call.state, provider, closed) === 0n;
}

function change(call: Call, provider: Address, fields: Partial<Space>): void {
  put(call, call.state.spaces, provider, { ...spaceOf(call.state, provider), ...fields });
}
