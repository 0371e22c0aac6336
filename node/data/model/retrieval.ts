/** Forced retrieval of the model: a bonded request for one group, an answer or a penalty (ForcedRetrieval.sol). */
import type { Address, Hex } from "viem";
import { mostOpenRequests, penaltyOf } from "../forced-retrieval.ts";
import type { Filling, Offer } from "../terms.ts";
import { type Call, put, requireThat, take } from "./call.ts";
import { windowsOf } from "./lanes.ts";
import { penalise } from "./registry.ts";
import { replicaOf, requireActive } from "./replicas.ts";
import { type GroupRequest, providerOf } from "./state.ts";
import { lock, release } from "./vault.ts";

/** ANYONE; the client may take another's place. */
export function request(call: Call, filling: Filling, group: number): void {
  const { slot } = requireActive(call, filling);
  const { offer } = filling;
  requireThat(group < offer.groups, "RetrievalGroupOutside");
  const { closed } = windowsOf(call, offer.provider);
  requireThat(slot.end !== 0 && closed < filling.firstWindow + slot.end, "RetrievalReplicaOver");
  const id = replicaOf(offer);
  const open = call.state.requests.get(id);
  const displaces =
    open !== undefined && call.caller === offer.client && open.requester !== call.caller && call.block <= open.answerBy;
  requireThat(open === undefined || displaces, "RetrievalAlreadyRequested");
  if (open === undefined) count(call, offer.provider, 1);
  if (open === undefined && call.caller !== offer.client) {
    const most = mostOpenRequests(providerOf(call.state, offer.provider).stake, call.rules.penalty);
    requireThat(BigInt(call.state.asked.get(offer.provider)!) <= most, "RetrievalTooManyOpen");
  }
  const answerBy = call.block + call.rules.answerBlocks;
  put(call, call.state.requests, id, { requester: call.caller, answerBy, group });
  lock(call, "retrieval", "Bonds", call.caller, call.rules.bond);
  if (open !== undefined) release(call, "retrieval", "Bonds", open.requester, call.rules.bond);
}

/** ANYONE with the bytes: `shown` is the group that they are, undefined if they are none of the replica. */
export function answer(call: Call, offer: Offer, shown: number | undefined): void {
  const { id, open } = requested(call, offer);
  requireThat(call.block <= open.answerBy, "RetrievalTooLate");
  requireThat(shown === open.group, "RetrievalWrongGroup");
  finish(call, id, offer.provider);
  release(call, "retrieval", "Bonds", offer.provider, call.rules.bond);
}

/** ANYONE, once the answer is late. */
export function expire(call: Call, offer: Offer): void {
  const { id, open } = requested(call, offer);
  requireThat(call.block > open.answerBy, "RetrievalTooEarly");
  finish(call, id, offer.provider);
  punish(call, offer.provider, open);
  release(call, "retrieval", "Bonds", open.requester, call.rules.bond);
}

function punish(call: Call, provider: Address, { requester, answerBy }: GroupRequest): void {
  const stretch = `${provider} ${answerBy / call.rules.answerBlocks}`;
  const before = call.state.silences.get(stretch) ?? 0n;
  const penalty = penaltyOf(providerOf(call.state, provider).stake, call.rules.penalty, before);
  if (penalty === 0n) return;
  const taken = penalise(call, provider, penalty, requester);
  put(call, call.state.silences, stretch, before + taken);
}

function requested(call: Call, offer: Offer): { id: Hex; open: GroupRequest } {
  const id = replicaOf(offer);
  const open = call.state.requests.get(id);
  requireThat(open !== undefined, "RetrievalNotRequested");
  return { id, open };
}

function finish(call: Call, id: Hex, provider: Address): void {
  take(call, call.state.requests, id);
  count(call, provider, -1);
}

function count(call: Call, provider: Address, change: number): void {
  put(call, call.state.asked, provider, (call.state.asked.get(provider) ?? 0) + change);
}
