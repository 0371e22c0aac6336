/** Opens the elements that a client picks, free of charge, before it pays for the replica and after. */
import type { SampleHandlers } from "../network/protocols/sample.ts";
import { Refusal } from "../network/refusal.ts";
import type { ProviderParts } from "./provider-parts.ts";
import { heldById } from "./provider-replicas.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { Sampler } from "./sampler.ts";

export function sampleHandlers(parts: ProviderParts, sampler: Sampler, free: RateLimit): SampleHandlers {
  return {
    async sample({ replicaId, indices }, peerId) {
      free.take(peerId, indices.length / 16);
      const held = parts.journal.read((db) => heldById(db, replicaId));
      if (held?.root === undefined) throw new Refusal("NOT_HELD", "This provider does not hold the replica.");
      const { groups, m } = held.request.upload;
      if (indices.some((index) => index >= 2 ** m)) {
        throw new Refusal("BAD_INDEX", `The replica has elements 0 to ${2 ** m - 1}.`);
      }
      return await sampler.sample({ replicaId, groups, indices });
    },
  };
}
