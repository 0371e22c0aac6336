/** Decides about an upload before its first byte: who asks, on which terms, at which price, and is there room. */
import { type Hex, isAddressEqual } from "viem";
import { recoverSigner, verifyMessage } from "../consensus/signing.ts";
import { recordOf } from "../consensus/spacetime.ts";
import { balanceOf } from "../consensus/token.ts";
import { freeOf } from "../consensus/vault.ts";
import { classOfGroups } from "../data/layout.ts";
import { dealKeyOf } from "../data/terms.ts";
import { checkRoom, checkTerms } from "../incentive/admission.ts";
import { checkAccepting } from "../incentive/pricing.ts";
import type { UploadRequest } from "../network/protocols/upload.ts";
import { Refusal } from "../network/refusal.ts";
import type { ProviderParts } from "./provider-parts.ts";
import { paymentForRefill, stewardOf } from "./provider-refills.ts";
import { pendingOf, replicaIdOfRequest } from "./provider-replicas.ts";
import type { RoomReader } from "./provider-room.ts";

/**
 * Throws a Refusal unless the upload may begin: `UPLOAD_REFUSED` for what does not fit together, `BAD_SIGNATURE`,
 * `UPLOAD_EXPIRED`, `CLIENT_LACKS_TOKENS`, `NOT_ACCEPTING`, `QUOTE_EXPIRED`, `QUOTE_REVOKED`, or what terms and room say.
 */
export async function checkUpload(parts: ProviderParts, reader: RoomReader, request: UploadRequest): Promise<void> {
  checkShape(parts, request);
  await checkSignatures(parts, request);
  await checkFunds(parts, request);
  await checkOfferable(parts, reader, request);
}

/** Everything that needs neither a signature check nor the chain. */
function checkShape(parts: ProviderParts, { upload, salt, terms, quote }: UploadRequest): void {
  const me = parts.chain.account.address;
  const refuse = (sentence: string) => new Refusal("UPLOAD_REFUSED", sentence);
  if (!isAddressEqual(upload.provider, me) || !isAddressEqual(quote.provider, me)) {
    throw refuse(`This is provider ${me}; the upload is for another.`);
  }
  if (!isAddressEqual(quote.client, upload.client)) throw refuse("The quote was given to another client.");
  if (dealKeyOf(upload.client, salt, terms) !== upload.dealKey.toLowerCase()) {
    throw refuse("The deal key does not belong to the client, salt and terms that were sent.");
  }
  if (upload.slot >= terms.slots) throw refuse(`The terms have slots 0 to ${terms.slots - 1}, not ${upload.slot}.`);
  if (upload.m !== classOfGroups(upload.groups)) throw refuse(`${upload.groups} groups are not of class ${upload.m}.`);
  if (quote.m !== upload.m || quote.groups !== upload.groups || quote.windows !== terms.windows) {
    throw refuse("The quote is for a replica of another size or length.");
  }
  checkTerms(terms, parts.chain.parameters, parts.settings.demands);
  if (upload.expiry < parts.latestBlock())
    throw new Refusal("UPLOAD_EXPIRED", "The admission has expired. Sign a new one.");
}

async function checkSignatures(parts: ProviderParts, request: UploadRequest): Promise<void> {
  const { chain } = parts;
  const { upload, signature, quote, quoteSignature } = request;
  const signer = await recoverSigner(chain, "Upload", upload, signature);
  if (signer === undefined || !(await maySend(parts, request, signer))) {
    throw new Refusal("BAD_SIGNATURE", "The admission is not signed by its client.");
  }
  if (!(await verifyMessage(chain, "Quote", quote, quoteSignature, quote.provider))) {
    throw new Refusal("BAD_SIGNATURE", "The quote is not signed by this provider.");
  }
}

/** The client, or the steward of a deal that is open with a replacement for one of its slots. */
async function maySend(parts: ProviderParts, { upload, terms }: UploadRequest, signer: Hex): Promise<boolean> {
  if (isAddressEqual(signer, upload.client)) return true;
  if (upload.generation === 0) return false;
  const steward = await stewardOf(parts, upload.dealKey, terms);
  return steward !== undefined && isAddressEqual(signer, steward);
}

/**
 * Keys cost nothing, and an admission reserves disk, stake and collateral: without this anybody could fill a provider with
 * promises that nobody will ever pay for. What a client owns must cover all that it has pending here.
 */
async function checkFunds(parts: ProviderParts, request: UploadRequest): Promise<void> {
  const { chain, journal } = parts;
  const { client, generation } = request.upload;
  const pending = journal.read((db) => pendingOf(db, client));
  const others = pending.filter(({ replicaId }) => replicaId !== replicaIdOfRequest(request));
  // What replaces another replica is paid out of what that one left in escrow.
  const fresh = others.filter((other) => other.request.upload.generation === 0).map((other) => priceOf(other.request));
  const mine = generation === 0 ? priceOf(request) : await paymentForRefill(parts, request);
  if (mine === 0n) return;
  const needed = fresh.reduce((sum, price) => sum + price, mine);
  const [free, owned] = await Promise.all([freeOf(chain, client), balanceOf(chain, client)]);
  if (free + owned >= needed) return;
  const sentence = `What is pending here costs ${needed} base units and the client owns ${free + owned}. Deposit more first.`;
  throw new Refusal("CLIENT_LACKS_TOKENS", sentence);
}

function priceOf({ quote }: UploadRequest): bigint {
  return quote.price * BigInt(quote.windows);
}

/** Whether an offer for the request could be taken now: asked before the bytes come, and again before the offer is signed. */
export async function checkOfferable(parts: ProviderParts, reader: RoomReader, request: UploadRequest): Promise<void> {
  const { upload, quote } = request;
  checkAccepting(parts.settings.ask);
  const [lane, room, limit] = await Promise.all([
    reader.lane(),
    reader.room(replicaIdOfRequest(request)),
    reader.limit(upload.m),
  ]);
  checkAccepting(lane);
  if (quote.expiry < parts.latestBlock())
    throw new Refusal("QUOTE_EXPIRED", "The quote has expired. Ask for a new one.");
  if (quote.epoch !== lane.epoch) throw new Refusal("QUOTE_REVOKED", "The quote was revoked. Ask for a new one.");
  if (quote.price > limit) throw new Refusal("PRICE_ABOVE_PROOFS", "The proofs do not allow so high a price.");
  checkRoom(room, { m: upload.m, groups: upload.groups, collateral: quote.collateral });
}

/** A root that this lane has or had never fits it again: the market would skip the offer. */
export async function checkFreshRoot({ chain }: ProviderParts, root: Hex): Promise<void> {
  const record = await recordOf(chain, chain.account.address, root);
  if (record.status !== 0) {
    throw new Refusal("ROOT_TAKEN", "This provider has or had the very same bytes before. Seal them anew.");
  }
}
