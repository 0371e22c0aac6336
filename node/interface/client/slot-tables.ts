// Which slot table counts: one that the owner or a steward signed and that equals the chain. Where no provider holds such a
// one, because a repair was cut short before it was handed out, the chain's own events say the same.

import { type Address, isAddressEqual, zeroAddress } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import { refillerOf, stewardshipOf } from "../../consensus/changes.ts";
import { sealingsOf } from "../../consensus/deals.ts";
import { recoverSigner } from "../../consensus/signing.ts";
import type { Header } from "../../data/header.ts";
import { secretOfSlot } from "../../data/secrets.ts";
import type { SlotEntry, SlotTable } from "../../data/slot-table.ts";
import { checkSlotTable, openSlotTable, staleSlots } from "../../data/slot-table-checks.ts";
import { actingSteward } from "../../data/stewards.ts";
import type { Offer } from "../../data/terms.ts";
import type { ClientContext } from "./context.ts";
import type { LiveDeal } from "./deal-on-chain.ts";

/** Who may sign the deal's table: its client, its steward, and who refilled a slot that is active, steward still or not. */
export async function tableSigners({ chain }: ClientContext, { deal, active }: LiveDeal): Promise<Address[]> {
  const { dealKey, client, terms } = deal;
  const refilled = active.filter(({ offer }) => offer.generation > 0);
  const [stewardship, ...refillers] = await Promise.all([
    stewardshipOf(chain, dealKey),
    ...refilled.map(({ offer }) => refillerOf(chain, dealKey, offer.slot)),
  ]);
  const signers = [client, actingSteward(stewardship, terms), ...refillers];
  return signers.filter((signer) => !isAddressEqual(signer, zeroAddress));
}

/** Reads a table from a stranger; throws `BAD_DOCUMENT`, or `STALE_SLOT_TABLE` unless it equals the chain in every active slot. */
export async function judgeSlotTable(
  context: ClientContext,
  live: LiveDeal,
  header: Header,
  { bytes, signers }: { bytes: Uint8Array; signers: readonly Address[] },
): Promise<SlotTable> {
  const { dealKey, headerHash } = live.reference;
  const table = await openSlotTable(bytes, dealKey, async (message, signature) => {
    const signer = await recoverSigner(context.chain, "SlotTable", message, signature);
    return signer !== undefined && signers.some((one) => isAddressEqual(one, signer));
  });
  checkSlotTable(table, header, headerHash);
  const stale = staleSlots(table, activeOffers(live, header));
  if (stale.length === 0) return table;
  throw new HoldfastError("STALE_SLOT_TABLE", `The slot table is not the chain's in slots ${stale.join(", ")}.`);
}

/** The table as the chain's events tell it: what everybody seals by, if they seal as this program does. */
export async function slotTableFromChain(
  { chain }: ClientContext,
  live: LiveDeal,
  header: Pick<Header, "n" | "e">,
): Promise<SlotTable> {
  const { dealKey, headerHash } = live.reference;
  const sealings = new Map((await sealingsOf(chain, dealKey)).map((sealing) => [sealing.slot, sealing]));
  const slots = Array.from({ length: header.n }, (_, slot): SlotEntry | null => {
    const offer = live.replicas.find((replica) => replica.offer.slot === slot)?.offer;
    const sealing = sealings.get(slot);
    if (offer === undefined || sealing === undefined) return null;
    const bySteward = sealing.refiller !== undefined && !isAddressEqual(sealing.refiller, live.deal.client);
    const own = secretOfSlot(slot, header.e);
    const { generation, root, dataRoot, m, groups } = offer;
    const secret = own === "cold" && bySteward ? "steward" : own;
    return { generation, sealingProvider: sealing.provider, secret, root, dataRoot, m, groups };
  });
  return { dealKey, headerHash, slots };
}

/** What the chain has in every slot of the file; null where nothing is under contract. */
export function activeOffers({ active }: LiveDeal, { n }: Pick<Header, "n">): (Offer | null)[] {
  return Array.from({ length: n }, (_, slot) => active.find(({ offer }) => offer.slot === slot)?.offer ?? null);
}
