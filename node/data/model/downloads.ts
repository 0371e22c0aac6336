/** Strict downloads of the model: a price that waits for the key, and then for a dispute (StrictDownload.sol). */
import type { Hex } from "viem";
import { downloadFee } from "../rewards.ts";
import { type DownloadSession, sessionDigest } from "../strict-download.ts";
import type { Filling } from "../terms.ts";
import { type Call, put, requireThat } from "./call.ts";
import { requireActive } from "./replicas.ts";
import type { DownloadStatus, State } from "./state.ts";
import { burn, lock, release } from "./vault.ts";

export function downloadStatusOf({ downloads }: State, id: Hex): DownloadStatus {
  return downloads.get(id) ?? "None";
}

/** ANYONE with both signatures. */
export function open(call: Call, session: DownloadSession, filling: Filling, signed: boolean): void {
  const id = expectStatus(call, session, "None");
  const { first, count, groups, price, revealBy, disputeUntil } = session;
  requireThat(count !== 0 && first + count <= groups, "DownloadRange");
  notAfter(call, revealBy);
  requireThat(BigInt(disputeUntil) >= BigInt(revealBy) + call.rules.disputeBlocks, "DownloadDisputeTooShort");
  requireActive(call, filling);
  const { offer } = filling;
  requireThat(offer.provider === session.seller, "DownloadWrongSeller");
  requireThat(offer.dataRoot === session.dataRoot, "DownloadWrongDataRoot");
  requireThat(offer.groups === groups, "DownloadWrongGroups");
  requireThat(signed, "DownloadBadSignature");
  put(call, call.state.downloads, id, "Open");
  lock(call, "downloads", "Escrows", session.buyer, price);
}

/** ANYONE who knows the key: `fits` says whether it is the session's. */
export function reveal(call: Call, session: DownloadSession, fits: boolean): void {
  const id = expectStatus(call, session, "Open");
  notAfter(call, session.revealBy);
  requireThat(fits, "DownloadWrongKey");
  put(call, call.state.downloads, id, "Revealed");
}

/** BUYER: `refusal` is what the contract finds wrong with the group that it shows. */
export function dispute(call: Call, session: DownloadSession, refusal: string | undefined): void {
  const id = expectStatus(call, session, "Revealed");
  notAfter(call, session.disputeUntil);
  requireThat(refusal === undefined, refusal!);
  giveBackTo(call, id, session);
}

/** ANYONE, once nobody may dispute. */
export function pay(call: Call, session: DownloadSession): void {
  const id = expectStatus(call, session, "Revealed");
  requireThat(call.block > BigInt(session.disputeUntil), "DownloadTooEarly");
  put(call, call.state.downloads, id, "Paid");
  const fee = downloadFee(session.price, call.rules.downloadFeeBps);
  burn(call, "downloads", "Escrows", fee);
  release(call, "downloads", "Escrows", session.seller, session.price - fee);
}

/** ANYONE, once the key comes too late. */
export function giveBack(call: Call, session: DownloadSession): void {
  const id = expectStatus(call, session, "Open");
  requireThat(call.block > BigInt(session.revealBy), "DownloadTooEarly");
  giveBackTo(call, id, session);
}

/** The id on chain. */
export function sessionId({ rules }: Pick<Call, "rules">, session: DownloadSession): Hex {
  return sessionDigest(rules.chainId, rules.downloads, session);
}

function expectStatus(call: Call, session: DownloadSession, expected: DownloadStatus): Hex {
  const id = sessionId(call, session);
  requireThat(downloadStatusOf(call.state, id) === expected, "DownloadWrongStatus");
  return id;
}

function notAfter({ block }: Call, last: number): void {
  requireThat(block <= BigInt(last), "DownloadTooLate");
}

function giveBackTo(call: Call, id: Hex, { buyer, price }: DownloadSession): void {
  put(call, call.state.downloads, id, "Returned");
  release(call, "downloads", "Escrows", buyer, price);
}
