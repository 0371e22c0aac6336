// Forgets a put that failed and will not be tried again.

import { realpath } from "node:fs/promises";
import path from "node:path";
import { listPutJournals, openPutJournal } from "../../physical/put-journal.ts";
import type { ClientContext } from "./context.ts";
import { isOpen } from "./open-deal.ts";
import type { PutState } from "./put-plan.ts";

/**
 * `gone`: nothing is left of it, and nothing was paid. `open`: its deal was paid for already; to put the same file again brings it to its
 * end and pays nothing more. `unsure`: a transaction may be on its way; ask again later.
 */
export type Abandoned = "gone" | "open" | "unsure";

/** About the put of the file at `file`, which need not be there any more. */
export async function abandonPut(context: ClientContext, file: string): Promise<Abandoned> {
  const root = path.join(context.folder, "puts");
  const wanted = await realpath(file).catch(() => path.resolve(file));
  let left: Abandoned = "gone";
  for (const id of await listPutJournals(root)) {
    const journal = await openPutJournal<PutState>(root, id);
    if (journal === undefined) continue;
    const { plan, content } = journal.state;
    if (plan.path !== wanted) {
      await journal.close();
    } else if (content === undefined) {
      await journal.remove(); // no transaction is ever sent before the content is known
    } else {
      // In this order: a transaction that ends between the two reads has opened the deal by the second.
      const waiting = await isSending(context);
      const open = await isOpen(context, plan);
      if (open || waiting) await journal.close();
      else await journal.remove();
      if (open || waiting) left = open ? "open" : "unsure";
    }
  }
  return left;
}

/** Whether a transaction of the client is not in a block yet. */
async function isSending({ chain }: ClientContext): Promise<boolean> {
  const { address } = chain.account;
  const [all, mined] = await Promise.all([
    chain.publicClient.getTransactionCount({ address, blockTag: "pending" }),
    chain.publicClient.getTransactionCount({ address, blockTag: "latest" }),
  ]);
  return all > mined;
}
