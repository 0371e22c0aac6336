/** What a daemon that fills empty space has besides: a second prover, a thread that fills, two duties. */
import path from "node:path";
import { capacityProfile } from "../consensus/capacity.ts";
import { listedKeys, requireCeremony } from "../consensus/ceremony-keys.ts";
import { readProverFolder } from "../consensus/prover/folder.ts";
import { createProver } from "../consensus/prover/prover.ts";
import { requireKey } from "../consensus/spacetime.ts";
import { createEmptySpace } from "../interface/empty-space.ts";
import type { ProviderParts } from "../interface/provider-parts.ts";
import { createSectorFiller } from "../interface/sector-filler.ts";
import { openSectorFiles } from "../physical/sector-store.ts";
import type { FillConfig } from "./daemon-config.ts";
import { createFillDuty, type FillDuty } from "./duties/fill.ts";
import type { ProveDuty } from "./duties/prove.ts";
import { type CapacityParts, createCapacityDuty } from "./duties/prove-capacity.ts";

export interface SpaceFilling {
  readonly fill: FillDuty;
  readonly prove: ProveDuty;
  close(): Promise<void>;
}

/**
 * Throws `NO_CAPACITY_PROOFS`, `KEY_WITHOUT_CEREMONY`, `VERIFIER_MISMATCH`, `PROVER_FILES` and what the prover throws.
 * @param folder the provider's data folder
 */
export async function fillSpace(
  parts: ProviderParts,
  { proverDir, ...settings }: FillConfig,
  folder: string,
  { signal, record }: Pick<CapacityParts, "signal" | "record">,
): Promise<SpaceFilling> {
  const { chain, hash } = parts;
  const profile = await capacityProfile(chain);
  await requireCeremony(chain, profile, listedKeys("capacity"));
  const { K: challenges, D: levels, development: _, ...keys } = readProverFolder(proverDir, "capacity");
  const prover = await createProver(keys);
  const sectors = path.join(folder, "sectors");
  const filler = createSectorFiller(sectors);
  const close = async () => {
    await prover.close();
    await filler.close();
  };
  try {
    await requireKey(chain, profile, { keyHash: prover.keyHash, challenges, levels });
    const space = createEmptySpace(chain, await openSectorFiles(sectors), hash, { settings, profile });
    const fill = createFillDuty(parts, space, filler);
    const prove = createCapacityDuty(parts, { space, prover, signal, record });
    return { fill, prove, close };
  } catch (error) {
    await close();
    throw error;
  }
}
