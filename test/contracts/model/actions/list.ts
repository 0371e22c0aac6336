/** All that anybody can do, with how often it is tried. */
import type { Action } from "../world.ts";
import * as changes from "./changes.ts";
import * as channels from "./channels.ts";
import * as deals from "./deals.ts";
import * as downloads from "./downloads.ts";
import * as money from "./money.ts";
import * as orders from "./orders.ts";
import * as permits from "./permits.ts";
import * as pins from "./pins.ts";
import * as proofs from "./proofs.ts";
import * as retrievals from "./retrievals.ts";
import * as sectors from "./sectors.ts";
import * as slots from "./slots.ts";
import * as stakes from "./stakes.ts";

/** The name of an action is part of a replay: keep it. */
export const actions: Readonly<Record<string, { readonly weight: number; readonly run: Action }>> = {
  open: { weight: 7, run: deals.open },
  openWithPermit: { weight: 2, run: deals.openWithPermit },
  fill: { weight: 3, run: deals.fill },
  pause: { weight: 1, run: deals.pause },
  brood: { weight: 1, run: deals.brooding },
  settle: { weight: 9, run: slots.settle },
  settleMany: { weight: 4, run: slots.settleMany },
  end: { weight: 5, run: slots.end },
  extend: { weight: 5, run: changes.extending },
  topUp: { weight: 3, run: changes.toppingUp },
  refill: { weight: 6, run: changes.refilling },
  handOver: { weight: 5, run: changes.handingOver },
  bonus: { weight: 2, run: changes.claimingBonus },
  steward: { weight: 2, run: changes.stewarding },
  releaseMany: { weight: 2, run: slots.releaseMany },
  release: { weight: 6, run: slots.release },
  prove: { weight: 16, run: proofs.prove },
  misprove: { weight: 2, run: proofs.misprove },
  account: { weight: 3, run: proofs.accounting },
  sweep: { weight: 3, run: proofs.sweeping },
  post: { weight: 4, run: orders.posting },
  order: { weight: 12, run: orders.continuing },
  poke: { weight: 1, run: orders.poking },
  stake: { weight: 3, run: stakes.staking },
  unstake: { weight: 4, run: stakes.unstaking },
  register: { weight: 1, run: stakes.registering },
  leave: { weight: 1, run: stakes.leaving },
  revoke: { weight: 1, run: stakes.revoking },
  link: { weight: 2, run: stakes.linking },
  deposit: { weight: 2, run: money.depositing },
  permit: { weight: 1, run: permits.depositing },
  withdraw: { weight: 3, run: money.withdrawing },
  sweepBurned: { weight: 1, run: money.sweepingBurned },
  give: { weight: 1, run: money.giving },
  fund: { weight: 3, run: channels.funding },
  redeem: { weight: 4, run: channels.redeeming },
  close: { weight: 3, run: channels.closing },
  download: { weight: 4, run: downloads.opening },
  continue: { weight: 6, run: downloads.continuing },
  rewardDownload: { weight: 1, run: downloads.rewarding },
  pin: { weight: 4, run: pins.pinning },
  ask: { weight: 3, run: retrievals.asking },
  answer: { weight: 3, run: retrievals.answering },
  expire: { weight: 2, run: retrievals.expiring },
  fundPool: { weight: 1, run: retrievals.funding },
  claim: { weight: 4, run: retrievals.claiming },
  addSector: { weight: 4, run: sectors.adding },
  endSector: { weight: 3, run: sectors.ending },
  proveCapacity: { weight: 6, run: sectors.proving },
  claimCapacity: { weight: 3, run: sectors.claiming },
};
