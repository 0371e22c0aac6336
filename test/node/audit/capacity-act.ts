// Empty space: sectors come, are proven with real proofs, give way to a replica or do not, and are paid for.

import path from "node:path";
import { keccak256 } from "viem";
import { capacityProgrammeAbi } from "../../../node/consensus/abi.ts";
import { write } from "../../../node/consensus/call.ts";
import {
  addSector,
  capacityChallengesOf,
  capacitySeedOf,
  claimCapacity,
  collect,
  keepFrom,
  removeSector,
  submitCapacityProof,
  yieldTo,
} from "../../../node/consensus/capacity.ts";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { createProver } from "../../../node/consensus/prover/prover.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { closeOf, nextOpening } from "../../../node/data/windows.ts";
import { proveCapacity } from "../../../scripts/gas/prove-capacity.ts";
import { fillSector, SECTOR_CLASS } from "../../../scripts/gas/real-sector.ts";
import { type Stage, TOKEN } from "./stage.ts";

export const CAPACITY_FOLDER = path.resolve(import.meta.dirname, "../../../build/circuits/capacity-test");
export const CAPACITY_PROOFS = 2;

export async function capacityAct(stage: Stage): Promise<void> {
  const { outsider, chain } = stage;
  const one = await stage.provider(4n * TOKEN);
  const provider = one.account.address;
  const { capacity, programme } = chain.addresses;
  const names = [1n, 2n, 3n].map((sector) => ({ chainId: 31337n, capacity: capacity!, provider, sector }));
  const hash = createPoseidon8();
  const sectors = names.map((name) => fillSector(hash, name));
  const fund = { address: programme!, abi: capacityProgrammeAbi, functionName: "fund" } as const;
  await write(outsider, { ...fund, args: [TOKEN / 100n] });
  for (const [i, { root }] of sectors.entries()) await addSector(one, names[i]!.sector, { m: SECTOR_CLASS, root });

  const folder = readProverFolder(CAPACITY_FOLDER, "capacity");
  const { K, D } = folder;
  const prover = await createProver(folder);
  const prove = async (window: number) => {
    await stage.openWindow(one, window);
    await collect(outsider, provider);
    const seed = await capacitySeedOf(one, provider, window);
    const context = { chainId: 31337n, spacetime: capacity!, provider, window, K, D, seed };
    const vector = await capacityChallengesOf(one, provider, window);
    const open = (id: bigint, index: number) => sectors.find((sector) => sector.id === id)!.open(index);
    const made = await proveCapacity(prover, context, vector, open);
    await submitCapacityProof(outsider, { provider, window, ...made });
  };
  const next = async () => nextOpening(chain.parameters, provider, await stage.block());
  try {
    await prove(await next());
    await yieldTo(one, [1n], keccak256("0xa1")); // for a replica that never comes, and is waited for to the end
    const other = keccak256("0xa2");
    await yieldTo(one, [2n], other);
    await keepFrom(one, other);
    const root = stage.newRoot(SECTOR_CLASS);
    await yieldTo(one, [2n, 3n], root);
    await stage.openDeal([one], {}, { m: SECTOR_CLASS, groups: 16, root });
    const second = await next();
    await prove(second);
    await stage.goTo(closeOf(chain.parameters, provider, second) + 1n);
    await removeSector(one, 1n);
    await claimCapacity(outsider, provider, 100n);
  } finally {
    await prover.close();
  }
}
