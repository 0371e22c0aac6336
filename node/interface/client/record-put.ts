// What is left of a put once its deal is open: the capability, and a line in the client's own list.

import { fromHex } from "../../common/hex.ts";
import { encodeCapability } from "../../data/capability-codec.ts";
import { addToFileIndex } from "../../physical/file-index.ts";
import { type ClientContext, masterSecretOf } from "./context.ts";
import type { PutPlan, PutState } from "./put-plan.ts";

/** Writes the stored file down and returns its owner's capability; doing it again changes nothing. */
export async function recordPut(
  context: ClientContext,
  plan: PutPlan,
  { headerHash, cid }: NonNullable<PutState["content"]>,
): Promise<string> {
  const { chainId, market, dealKey } = plan;
  const master = masterSecretOf(context.ownerSecret, fromHex(plan.salt, 32));
  const capability = encodeCapability({ type: "owner", chainId, market, dealKey, headerHash, master });
  await addToFileIndex(context.folder, {
    name: plan.name,
    size: plan.size,
    cid,
    dealKey,
    capability,
    slots: plan.n,
    threshold: plan.k,
    hot: plan.e,
    windows: plan.terms.windows,
    storedAt: new Date().toISOString(),
  });
  return capability;
}
