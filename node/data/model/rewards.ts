/** The reward pool of the model: gives back at most nine tenths of a fee that was burned (RewardPool.sol). */
import type { Address } from "viem";
import { downloadReward, rewardPerWindow, splitReward } from "../rewards.ts";
import type { DownloadSession } from "../strict-download.ts";
import type { Filling } from "../terms.ts";
import { type Call, put, requireThat } from "./call.ts";
import { downloadStatusOf, sessionId } from "./downloads.ts";
import { isProven } from "./lanes.ts";
import { missingStake, stakeEarned } from "./registry.ts";
import { requireKnown } from "./replicas.ts";
import { heldBy, lock, release } from "./vault.ts";

/** Modules that pay out of pools of their own (rewards/RewardFund.sol). */
export type Fund = "rewards" | "programme";

/** ANYONE */
export function fund(call: Call, of: Fund, amount: bigint): void {
  requireThat(amount !== 0n, "RewardNothingFunded");
  lock(call, of, "Pools", call.caller, amount);
}

/** ANYONE, for the provider: up to `maxWindows` settled windows of a replica that were not rewarded. */
export function claimStorage(call: Call, filling: Filling, maxWindows: number): void {
  const { slot } = requireKnown(call, filling);
  const { offer, firstWindow } = filling;
  const key = `${offer.provider}/${offer.root}`;
  const from = Math.max(call.state.rewarded.get(key) ?? 0, firstWindow);
  const due = Math.min(firstWindow + slot.settled - from, maxWindows);
  requireThat(due > 0, "RewardNothingDue");
  let proven = 0n;
  for (let i = 0; i < due; i++) if (isProven(call.state, offer.provider, from + i)) proven++;
  put(call, call.state.rewarded, key, from + due);
  const { protocolFeeBps, rewardBps } = call.rules;
  pay(call, "rewards", offer.provider, proven * rewardPerWindow(offer.price, protocolFeeBps, rewardBps));
}

/** ANYONE, for the seller of a strict download that was paid. */
export function claimDownload(call: Call, session: DownloadSession): void {
  const id = sessionId(call, session);
  requireThat(downloadStatusOf(call.state, id) === "Paid", "RewardDownloadNotPaid");
  requireThat(!call.state.rewardedDownloads.get(id), "RewardAlreadyPaid");
  put(call, call.state.rewardedDownloads, id, true);
  pay(call, "rewards", session.seller, downloadReward(session.price, call.rules.downloadFeeBps, call.rules.rewardBps));
}

/** Into the stake first, while that is below the least. */
export function pay(call: Call, from: Fund, account: Address, amount: bigint): void {
  requireThat(amount <= heldBy(call.state, from, "Pools"), "RewardPoolTooSmall");
  release(call, from, "Pools", account, amount);
  const { staked } = splitReward(amount, missingStake(call, account));
  if (staked !== 0n) stakeEarned(call, account, staked);
}
