/** Forgetting replicas: the row first, then the bytes, so that a crash in between leaves bytes that nothing refers to. */
import type { ProviderParts } from "../../interface/provider-parts.ts";
import { type HeldReplica, heldById, heldOfDeal } from "../../interface/provider-replicas.ts";
import { deleteReplica } from "../../physical/replica-table.ts";

export async function dropReplica({ journal, pieces, metadata }: ProviderParts, held: HeldReplica): Promise<void> {
  const { dealKey } = held.request.upload;
  await journal.commit((db) => deleteReplica(db, held.replicaId));
  await pieces.remove(held.replicaId);
  if (journal.read((db) => heldOfDeal(db, dealKey)).length === 0) await metadata.remove(dealKey);
}

/** Removes bytes without a row: what a crash left of a replica that was being dropped, or of an upload's first piece. */
export async function removeOrphans({ journal, pieces }: ProviderParts): Promise<void> {
  for (const id of await pieces.list()) {
    const known = /^0x[0-9a-f]{64}$/.test(id) && journal.read((db) => heldById(db, id as `0x${string}`));
    if (known === undefined) await pieces.remove(id);
  }
}
