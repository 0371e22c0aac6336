// Forced retrievals: a bond that waits for a group or for a silence.

import { type Hex, size } from "viem";
import { mostOpenRequests, penaltyOf, retrievalIdOf } from "../../data/forced-retrieval.ts";
import { GROUP_BYTES } from "../../data/layout.ts";
import { holds, RuleBroken, same } from "./difference.ts";
import { explainSlash, windowsAt } from "./lanes.ts";
import { post } from "./moves.ts";
import { type Books, type Handlers, providerOf } from "./state.ts";

export const retrievalEvents: Handlers = {
  RequestDisplaced(books, { replica, requester }, scope, log) {
    const before = books.requests.get(replica);
    same(`requester of ${replica}`, before?.requester, requester);
    holds(scope.block <= before!.answerBy, `block of ${replica}`, `at most ${before!.answerBy}`, scope.block);
    scope.owed.set(`request of ${replica} by its client`, log);
    const { retrieval } = books.rules.addresses;
    post(scope.moves.expected, `release to ${requester} from bonds of ${retrieval}`, books.rules.bond, log);
  },
  GroupRequested(books, { replica, provider, requester, group, answerBy }, scope, log) {
    const { offer, spot } = fillingOf(books, replica);
    same(`provider of ${replica}`, offer.provider, provider);
    same(`what fills the slot of ${replica}`, replica, retrievalIdOf(spot.offer));
    same(`status of the slot of ${replica}`, "Active", spot.slot.status);
    const { closed } = windowsAt(books.rules, provider, scope.block);
    const end = spot.firstWindow + spot.slot.end;
    holds(closed < end, `windows of ${replica} that are not closed`, `below ${end}`, closed);
    holds(group < offer.groups, `group of ${replica}`, `below ${offer.groups}`, group);
    same(`last block for the answer about ${replica}`, scope.block + books.rules.answerBlocks, answerBy);
    if (scope.owed.delete(`request of ${replica} by its client`)) {
      same(`requester that goes first with ${replica}`, offer.client, requester);
    } else {
      same(`${replica} was asked for before`, false, books.requests.has(replica));
      const self = providerOf(books, provider);
      self.asked++;
      const most = mostOpenRequests(self.stake, books.rules.penalty);
      const fits = requester === offer.client || BigInt(self.asked) <= most;
      holds(fits, `open requests of ${provider}`, `at most ${most} when a stranger asks`, self.asked);
    }
    books.requests.set(replica, { requester, group, answerBy: BigInt(answerBy) });
    const { retrieval } = books.rules.addresses;
    post(scope.moves.expected, `lock from ${requester} into bonds of ${retrieval}`, books.rules.bond, log);
  },
  GroupAnswered(books, { replica, provider, group, data }, scope, log) {
    const request = takeRequest(books, replica, provider);
    holds(scope.block <= request.answerBy, `block of ${replica}`, `at most ${request.answerBy}`, scope.block);
    same(`group of ${replica}`, request.group, group);
    same(`bytes of a group of ${replica}`, GROUP_BYTES, size(data));
    const { retrieval } = books.rules.addresses;
    post(scope.moves.expected, `release to ${provider} from bonds of ${retrieval}`, books.rules.bond, log);
  },
  GroupWithheld(books, { replica, provider, requester, group, taken }, scope, log) {
    const request = takeRequest(books, replica, provider);
    holds(scope.block > request.answerBy, `block of ${replica}`, `above ${request.answerBy}`, scope.block);
    same(`group of ${replica}`, request.group, group);
    same(`requester of ${replica}`, request.requester, requester);
    const { penalty, withheldShareBps, addresses, bond } = books.rules;
    const stretch = `${provider} ${request.answerBy / books.rules.answerBlocks}`;
    const before = books.silences.get(stretch) ?? 0n;
    const asked = penaltyOf(providerOf(books, provider).stake + taken, penalty, before);
    if (asked === 0n) same(`stake taken for the silence about ${replica}`, asked, taken);
    else {
      const beneficiary = explainSlash(scope, { provider, asked, shareBps: withheldShareBps, taken });
      same(`who is paid for the silence about ${replica}`, requester, beneficiary);
    }
    books.silences.set(stretch, before + taken);
    post(scope.moves.expected, `release to ${requester} from bonds of ${addresses.retrieval}`, bond, log);
  },
};

function fillingOf(books: Books, replica: Hex) {
  const found = books.fillings.get(replica);
  if (found === undefined) throw new RuleBroken(`replica ${replica}`, "the offer behind a slot", "unknown");
  return found;
}

function takeRequest(books: Books, replica: Hex, provider: Hex) {
  const request = books.requests.get(replica);
  if (request === undefined) throw new RuleBroken(`request of ${replica}`, "open", "none");
  same(`provider of ${replica}`, fillingOf(books, replica).offer.provider, provider);
  books.requests.delete(replica);
  providerOf(books, provider).asked--;
  return request;
}
