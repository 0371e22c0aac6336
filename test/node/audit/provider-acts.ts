// Providers come and go, are suspended and come back, and earn rewards.

import { rewardPoolAbi } from "../../../node/consensus/abi.ts";
import { write } from "../../../node/consensus/call.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import {
  acceptLanes,
  declareOperator,
  deregister,
  providerOf,
  renounceLane,
  requestUnstake,
  stake,
  updateAsk,
  updateProfile,
  withdrawStake,
} from "../../../node/consensus/registry.ts";
import { account } from "../../../node/consensus/spacetime.ts";
import type { DownloadSession } from "../../../node/data/strict-download.ts";
import type { SlotClaim } from "../../../node/data/terms.ts";
import { openingOf } from "../../../node/data/windows.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { type Stage, TOKEN } from "./stage.ts";

/** The keeper's stake is below the minimum by now: what it earns becomes stake first. */
export async function rewardAct(stage: Stage, replica: SlotClaim, download: DownloadSession): Promise<void> {
  const { outsider } = stage;
  const pool = { address: outsider.addresses.rewards, abi: rewardPoolAbi } as const;
  await write(outsider, { ...pool, functionName: "fund", args: [TOKEN / 100n] });
  await write(outsider, { ...pool, functionName: "claimStorage", args: [replica, 3n] });
  await write(outsider, { ...pool, functionName: "claimStorage", args: [replica, 100n] });
  await write(outsider, { ...pool, functionName: "claimDownload", args: [download] });
}

/** One takes some of its stake back; another changes what it says of itself, has an operator for a while, and leaves. */
export async function comingAndGoing(stage: Stage, spare: SigningChain): Promise<void> {
  const { outsider } = stage;
  const delay = LOCAL_PARAMETERS.registry.unbondingDelay;
  await requestUnstake(spare, TOKEN / 2n);
  await stage.mine(delay);
  await account(outsider, spare.account.address, 100n);
  await withdrawStake(spare);

  const leaver = await stage.provider(2n * TOKEN);
  const { address } = leaver.account;
  const { profile, ask } = await providerOf(leaver, address);
  await updateProfile(leaver, { ...profile, addresses: "/ip4/127.0.0.1/tcp/4001" });
  await updateAsk(leaver, { ...ask, accepting: false });
  await declareOperator(leaver, outsider.account.address);
  await acceptLanes(outsider, [address]);
  await renounceLane(outsider, address);
  await declareOperator(leaver, outsider.account.address);
  await requestUnstake(leaver, TOKEN);
  await stage.mine(delay);
  await withdrawStake(leaver);
  await deregister(leaver);
}

/** A big bag and many misses: the lane is suspended, and comes back with new stake. */
export async function suspension(stage: Stage): Promise<void> {
  const sleeper = await stage.provider(12n * TOKEN);
  await stake(sleeper, 4n * TOKEN);
  const [claim] = await stage.openDeal([sleeper], { windows: 40, maxMisses: 40 }, { m: 22 });
  const { provider } = claim!.offer;
  await stage.goTo(openingOf(stage.chain.parameters, provider, claim!.firstWindow + 39) + 25n);
  await account(stage.outsider, provider, 100n);
  await stake(sleeper, 5n * TOKEN);
}
