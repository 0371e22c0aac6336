/** The replicas a provider holds, as rows of the physical floor and as the values that everything above it uses. */
import type { Hex } from "viem";
import { decodeJson, encodeJson } from "../common/json.ts";
import { GROUP_BYTES } from "../data/layout.ts";
import { type Offer, replicaIdOf, type SlotClaim } from "../data/terms.ts";
import type { UploadRequest } from "../network/protocols/upload.ts";
import { Refusal } from "../network/refusal.ts";
import type { Database } from "../physical/database.ts";
import * as table from "../physical/replica-table.ts";

export type HeldState = table.ReplicaState;

export interface HeldReplica {
  readonly replicaId: Hex;
  readonly state: HeldState;
  /** The client's admission, with terms and quote. */
  readonly request: UploadRequest;
  /** From `committed` on. */
  readonly root?: Hex;
  readonly dataRoot?: Hex;
  /** From `offered` on. */
  readonly offer?: Offer;
  /** From `active` on, in this provider's own windows. */
  readonly firstWindow?: number;
  /** When it last got on, milliseconds since 1970. */
  readonly touchedAt: number;
}

export function replicaIdOfRequest({ upload }: UploadRequest): Hex {
  return replicaIdOf(upload.dealKey, upload.slot, upload.generation);
}

export function saveReplica(database: Database, held: HeldReplica): void {
  const { replicaId, state, request, root, dataRoot, offer, firstWindow, touchedAt } = held;
  const { client, dealKey, slot, generation, groups, m } = request.upload;
  table.putReplica(database, {
    replicaId,
    state,
    client,
    dealKey,
    slot,
    generation,
    groups,
    m,
    request: encodeJson(request),
    root: root ?? null,
    dataRoot: dataRoot ?? null,
    offer: offer === undefined ? null : encodeJson(offer),
    offerExpiry: offer?.expiry ?? null,
    firstWindow: firstWindow ?? null,
    touchedAt,
  });
}

/** Changes some fields of a replica that is still there; throws a Refusal `UPLOAD_EXPIRED` when it was dropped meanwhile. */
export function changeReplica(database: Database, replicaId: Hex, change: Partial<HeldReplica>): HeldReplica {
  const held = heldById(database, replicaId);
  if (held === undefined) throw new Refusal("UPLOAD_EXPIRED", "The upload stood still for too long. Begin it again.");
  const changed = { ...held, ...change };
  saveReplica(database, changed);
  return changed;
}

/** Replicas of a client that are in no deal yet. */
export function pendingOf(database: Database, client: string): HeldReplica[] {
  return heldReplicas(database).filter((held) => held.request.upload.client === client && isPending(held));
}

function isPending({ state }: HeldReplica): boolean {
  return state !== "active" && state !== "leaving";
}

export function heldById(database: Database, replicaId: Hex): HeldReplica | undefined {
  return optional(table.replicaById(database, replicaId));
}

export function heldByRoot(database: Database, root: Hex): HeldReplica | undefined {
  return optional(table.replicaByRoot(database, root));
}

export function heldOfDeal(database: Database, dealKey: Hex): HeldReplica[] {
  return table.replicasOfDeal(database, dealKey).map(fromRow);
}

export function heldReplicas(database: Database): HeldReplica[] {
  return table.allReplicas(database).map(fromRow);
}

/** Bytes, padded elements and collateral that are promised: all replicas for the first, those not on chain for the others. */
export function reservations(database: Database, except?: Hex): { stored: bigint; weight: bigint; collateral: bigint } {
  let [stored, weight, collateral] = [0n, 0n, 0n];
  for (const held of heldReplicas(database)) {
    if (held.replicaId === except) continue;
    const { upload, quote } = held.request;
    stored += BigInt(upload.groups * GROUP_BYTES);
    if (!isPending(held)) continue;
    weight += 1n << BigInt(upload.m);
    collateral += quote.collateral;
  }
  return { stored, weight, collateral };
}

/** What calls about the slot take; `undefined` before it is filled. */
export function claimOf({ request, offer, firstWindow }: HeldReplica): SlotClaim | undefined {
  if (offer === undefined || firstWindow === undefined) return undefined;
  return { client: request.upload.client, salt: request.salt, terms: request.terms, offer, firstWindow };
}

function optional(row: table.ReplicaRow | undefined): HeldReplica | undefined {
  return row === undefined ? undefined : fromRow(row);
}

function fromRow(row: table.ReplicaRow): HeldReplica {
  return {
    replicaId: row.replicaId as Hex,
    state: row.state,
    request: decodeJson<UploadRequest>(row.request),
    ...(row.root === null ? {} : { root: row.root as Hex }),
    ...(row.dataRoot === null ? {} : { dataRoot: row.dataRoot as Hex }),
    ...(row.offer === null ? {} : { offer: decodeJson<Offer>(row.offer) }),
    ...(row.firstWindow === null ? {} : { firstWindow: row.firstWindow }),
    touchedAt: row.touchedAt,
  };
}
