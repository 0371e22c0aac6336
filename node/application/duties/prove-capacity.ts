/** The duty that proves empty capacity: one proof per open window, after the proof of the replicas, on which stake depends. */
import type { HoldfastError } from "../../common/errors.ts";
import {
  capacityChallengesOf,
  capacitySeedOf,
  collect,
  provenCapacity,
  sectorWeightOf,
  submitCapacityProof,
  yieldsOf,
} from "../../consensus/capacity.ts";
import { buildCapacityInput } from "../../consensus/prover/capacity-input.ts";
import type { Prover } from "../../consensus/prover/prover.ts";
import { isProven, weightOf } from "../../consensus/spacetime.ts";
import { capacityDigest, indexOf } from "../../data/capacity-challenge.ts";
import { challengePoint } from "../../data/challenge.ts";
import { closeOf, openingOf, openWindow } from "../../data/windows.ts";
import type { EmptySpace } from "../../interface/empty-space.ts";
import type { ProviderParts } from "../../interface/provider-parts.ts";
import type { ProveDuty } from "./prove.ts";

export interface CapacityParts {
  readonly space: EmptySpace;
  readonly prover: Prover;
  readonly signal: AbortSignal;
  /** Brings the beacon the value of an opening, which some beacons have to be brought. */
  record(opening: bigint): Promise<void>;
}

/** Reverts that say there is nothing to do for this window. */
const OVER = new Set(["CapacityNothingToProve", "CapacityAlreadyProven", "CapacityWindowNotOpen"]);

export function createCapacityDuty(parts: ProviderParts, { space, prover, signal, record }: CapacityParts): ProveDuty {
  const { chain, now, log } = parts;
  const me = chain.account.address;
  const { challenges: K, levels: D } = space.profile;
  let done: number | undefined;
  let said = "";

  /** The lane's own proof goes first, while there is time for both. */
  async function isMyTurn(window: number, block: bigint): Promise<boolean> {
    if (block > closeOf(chain.parameters, me, window) - chain.parameters.windowLength / 3n) return true;
    return (await weightOf(chain, me)) === 0n || (await isProven(chain, me, window));
  }

  async function tryWindow(window: number): Promise<void> {
    const started = now();
    // What gave way to a replica is not asked for, and the view alone would not know.
    if ((await yieldsOf(chain, me)).length > 0) await collect(chain, me);
    const [vector, seed] = await Promise.all([
      capacityChallengesOf(chain, me, window),
      capacitySeedOf(chain, me, window),
    ]);
    const labels = [];
    for (let j = 0; j < K; j++) labels.push(await space.open(vector[3 * j + 1]!, indexOf(vector[3 * j + 2]!, D)));
    const spacetime = chain.addresses.capacity!;
    const context = { chainId: BigInt(chain.chainId), spacetime, provider: me, window, K, D, seed };
    const r = challengePoint(context, capacityDigest(vector, K, D), vector);
    const { proof, publicSignals } = await prover.prove(buildCapacityInput(labels, r, { K, D }), { signal });
    const { gasUsed } = await submitCapacityProof(chain, { provider: me, window, proof, c: publicSignals[0] });
    log("info", `Empty capacity is proven in window ${window}.`, { window, milliseconds: now() - started, gasUsed });
  }

  async function failed(window: number, error: unknown): Promise<void> {
    const { code, message, details } = error as HoldfastError;
    const reason = code === "CHAIN_REVERTED" ? String(details.errorName) : code;
    if (OVER.has(reason)) done = window;
    else if (reason === "BeaconNotRecorded")
      await record(openingOf(chain.parameters, me, window)).catch(() => undefined);
    if (OVER.has(reason) || signal.aborted || said === message) return;
    said = message;
    log("warn", `Empty capacity is not proven in window ${window}: ${message}`, { window, code });
  }

  return {
    async onBlock(block) {
      const window = openWindow(chain.parameters, me, block);
      if (window === undefined || window === done || signal.aborted) return;
      try {
        if ((await sectorWeightOf(chain, me)) === 0n || !(await isMyTurn(window, block))) return;
        if ((await provenCapacity(chain, me, window)) === 0n) await tryWindow(window);
        else done = window;
      } catch (error) {
        await failed(window, error);
      }
    },
  };
}
