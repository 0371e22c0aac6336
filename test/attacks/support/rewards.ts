/** The reward pool of a test's deployment, with money in it. */
import type { Contract } from "ethers";
import type { SlotClaim } from "../../../node/data/terms.ts";
import { as, type Fixture, FUNDS, mined } from "../../contracts/market/fixture.ts";

/** The outsider funds it. */
export async function fundedRewards({ ethers, addresses, outsider }: Fixture): Promise<Contract> {
  const rewards = (await ethers.getContractAt("RewardPool", addresses.rewards)) as unknown as Contract;
  await mined(as(rewards, outsider).fund!(FUNDS / 2n));
  return rewards;
}

/** Claims all that a filling has earned so far. */
export async function claimRewards(rewards: Contract, claim: SlotClaim): Promise<void> {
  await mined(rewards.claimStorage!(claim, 65_535));
}
