/** Signed changes of deals, for the tests of extensions, refills and handovers. */
import type { ContractTransactionReceipt } from "ethers";
import { type Address, type Hex, keccak256 } from "viem";
import {
  type Extension,
  extensionTypes,
  type HandOver,
  handOverTypes,
  type SignedExtension,
  type SignedHandOver,
} from "../../../node/data/change-messages.ts";
import { marketDomain, type Offer, offerStructHash, type SlotClaim } from "../../../node/data/terms.ts";
import { as, type Fixture, FUNDS, mined, newRoot, type Party, runWindows } from "./fixture.ts";

const spread = (types: object) =>
  Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]]));

/** What is now the claim of a slot, after a transaction that made another filling of it. */
export function claimAfter({ market }: Fixture, claim: SlotClaim, { logs }: ContractTransactionReceipt): SlotClaim {
  const names = ["SlotExtended", "SlotToppedUp", "SlotRefilled", "SlotHandedOver"];
  const event = logs.map((log) => market.interface.parseLog(log)).find((log) => log && names.includes(log.name));
  if (!event) throw new Error("no event says what the slot was filled with");
  const { provider, client, dealKey, slot, generation, root, dataRoot, m, groups, price, collateral, expiry, epoch } =
    event.args.offer.toObject();
  const numbers = { slot: Number(slot), generation: Number(generation), m: Number(m), groups: Number(groups) };
  const offer: Offer = {
    provider,
    client,
    dealKey,
    root,
    dataRoot,
    price,
    collateral,
    epoch,
    ...numbers,
    expiry: Number(expiry),
  };
  return { ...claim, offer, firstWindow: Number(event.args.firstWindow) };
}

export async function signExtension(
  { addresses }: Fixture,
  signer: Party,
  claim: SlotClaim,
  { until, ...changes }: { until: number } & Partial<Offer>,
): Promise<SignedExtension> {
  const extension: Extension = { offer: { ...claim.offer, ...changes }, until };
  const domain = marketDomain(addresses.chainId, addresses.market);
  const signature = (await signer.signTypedData(domain, spread(extensionTypes), extension)) as Hex;
  return { extension, signature };
}

/** The old provider's consent to leave for `offer`. */
export async function signHandOver(
  { addresses }: Fixture,
  signer: Party,
  offer: Offer,
  changes: Partial<HandOver> = {},
): Promise<SignedHandOver> {
  const handOver: HandOver = { offerHash: offerStructHash(offer), expiry: 2 ** 32, epoch: 0n, ...changes };
  const domain = marketDomain(addresses.chainId, addresses.market);
  const signature = (await signer.signTypedData(domain, spread(handOverTypes), handOver)) as Hex;
  return { handOver, signature };
}

/** An offer for the next generation of a slot, by another provider. */
export function nextOffer({ offer }: SlotClaim, provider: { address: string }, changes: Partial<Offer> = {}): Offer {
  const bytes = { root: newRoot(), dataRoot: keccak256(newRoot()) };
  return { ...offer, ...bytes, provider: provider.address as Address, generation: offer.generation + 1, ...changes };
}

/** An offer for the same bytes, by another provider. */
export function sameBytes({ offer }: SlotClaim, provider: { address: string }, changes: Partial<Offer> = {}): Offer {
  return { ...offer, provider: provider.address as Address, ...changes };
}

/** Sends `refill` with an offer that its provider signs. */
export async function refill(
  fixture: Fixture,
  who: Party,
  claim: SlotClaim,
  { by, offer, current = [], maxPayment = FUNDS }: Replacement,
) {
  const signed = await fixture.sign(by, offer);
  return as(fixture.market, who).refill!(claim, claim.salt, claim.terms, current, signed, maxPayment);
}

/** Sends `handOver`; `from` signs the consent. */
export async function handOver(
  fixture: Fixture,
  who: Party,
  claim: SlotClaim,
  { by, from, offer, current = [], maxPayment = FUNDS }: Replacement & { from: Party },
) {
  const signed = await fixture.sign(by, offer);
  const consent = await signHandOver(fixture, from, offer);
  return as(fixture.market, who).handOver!(claim, claim.salt, claim.terms, current, signed, consent, maxPayment);
}

export interface Replacement {
  readonly by: Party;
  readonly offer: Offer;
  readonly current?: readonly SlotClaim[];
  readonly maxPayment?: bigint;
}

/** Lets a slot miss until it fails, and writes it down in somebody's name. */
export async function failSlot(fixture: Fixture, claim: SlotClaim, from = 0): Promise<void> {
  const misses = claim.terms.maxMisses + 1;
  await runWindows(fixture, claim, [from, from + misses], () => false);
  await mined(as(fixture.market, fixture.outsider).settle!(claim, 65_535));
}

/** To after the close of the provider's open window, if it has one: nothing changes hands before. */
export async function waitForGap({ spacetime, networkHelpers, goTo }: Fixture, { address }: Party): Promise<void> {
  const block = (await networkHelpers.time.latestBlock()) + 1;
  const closed: bigint = await spacetime.closedWindows!(address);
  if ((await spacetime.nextOpening!(address, block)) === closed) return;
  const after = ((await spacetime.closeOf!(address, closed)) as bigint) + 1n;
  if (after > BigInt(block)) await goTo(after);
}
