// A whole life of a market on a real chain process with real proofs, in which every event of every contract happens.

import { keccak256 } from "viem";
import { storageMarketAbi } from "../../../node/consensus/abi.ts";
import { write } from "../../../node/consensus/call.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { slotsOf } from "../../../node/consensus/deals.ts";
import {
  cancel,
  drop,
  fillSlots,
  forfeit,
  openDealWithPermit,
  release,
  settle,
} from "../../../node/consensus/market.ts";
import { pinReplica } from "../../../node/consensus/pins.ts";
import { revokeOffers, stake } from "../../../node/consensus/registry.ts";
import { settleDue } from "../../../node/consensus/settling.ts";
import { account, isProven, submitProof, sweep } from "../../../node/consensus/spacetime.ts";
import { signPermit, transfer } from "../../../node/consensus/token.ts";
import { sweepBurned, withdraw } from "../../../node/consensus/vault.ts";
import { dealKeyOf, type SignedOffer, type SlotClaim } from "../../../node/data/terms.ts";
import { closedWindows, nextOpening, openingOf } from "../../../node/data/windows.ts";
import { CAPACITY_PROOFS, capacityAct } from "./capacity-act.ts";
import { CHANGE_PROOFS, changeAct } from "./change-act.ts";
import { dealsAtOnceAct } from "./deals-at-once-act.ts";
import { orderAct } from "./order-act.ts";
import { comingAndGoing, rewardAct, suspension } from "./provider-acts.ts";
import { retrievalAct, retrievalEnd } from "./retrieval-act.ts";
import { type Stage, setStage, TOKEN, termsOf, WINDOWS } from "./stage.ts";

/** By slot of the first deal. */
const names = ["keeper", "loser", "cancelled", "quitter", "dropped"] as const;
type Name = (typeof names)[number];

/** Proofs that the chain takes in it. */
export const PROOFS = 5 + CHANGE_PROOFS + CAPACITY_PROOFS;

/** Lives it; takes about half a minute. The chain stands still then. */
export async function liveLife(): Promise<Stage> {
  const stage = await setStage();
  try {
    await live(stage);
    return stage;
  } catch (error) {
    await stage.stop();
    throw error;
  }
}

async function live(stage: Stage): Promise<void> {
  const { client, outsider, treasury } = stage;
  const { parameters, addresses } = client;
  const providers = {} as Record<Name, SigningChain>;
  for (const name of names) providers[name] = await stage.provider(4n * TOKEN);
  const { keeper, loser } = providers;
  await revokeOffers(keeper);
  const claims = await firstDeal(stage, providers);
  const first = claims.keeper.firstWindow;

  await drop(client, claims.dropped);
  await stage.prove(keeper, first);
  await pinReplica(client, claims.keeper, TOKEN / 10n);
  // A second deal comes while the keeper's window is open: the window draws from what was there at its opening.
  await stage.openWindow(keeper, first + 1);
  await stage.openDeal([keeper], {}, { m: 13, groups: 16, epoch: 1n });
  await submitProof(outsider, await stage.proofOf(keeper, first + 1));
  await cancel(client, claims.cancelled);
  await forfeit(providers.quitter, claims.quitter);
  await stage.prove(keeper, first + 2);

  const opened = await retrievalAct(stage, { keeper, silent: loser, idle: providers.quitter, claims });
  await stage.prove(keeper, first + 3);
  await settle(outsider, claims.keeper, 2n);
  await stage.prove(keeper, first + 4);
  await retrievalEnd(stage, { idle: providers.quitter, claims, opened });

  await stage.goTo(openingOf(parameters, keeper.account.address, first + WINDOWS) + 25n);
  await account(outsider, loser.account.address, 3n);
  await settleDue(outsider, await slotsOf(outsider, claims.keeper.offer.dealKey), { andRelease: true });
  await account(outsider, loser.account.address, 100n);
  await account(outsider, keeper.account.address, 100n);
  await sweepRetired(stage, loser, claims.loser);
  await sweepRetired(stage, providers.dropped, claims.dropped);
  await release(client, claims.loser);
  await rewardAct(stage, claims.keeper, opened.good);
  await comingAndGoing(stage, providers.dropped);
  await suspension(stage);
  await orderAct(stage);
  await changeAct(stage);
  await capacityAct(stage);
  await dealsAtOnceAct(stage);

  for (const functionName of ["pause", "unpause"] as const) {
    await write(treasury, { address: addresses.market, abi: storageMarketAbi, functionName, args: [] });
  }
  await stake(loser, TOKEN / 10n);
  await withdraw(keeper, TOKEN / 10n, outsider.account.address);
  await sweepBurned(outsider);
  await transfer(treasury, addresses.vault, 5n); // a gift belongs to nobody
  await stake(keeper, 1n);
}

/** Five slots; the offer for the last one has lapsed, so that its slot is skipped at first and filled afterwards. */
async function firstDeal(stage: Stage, providers: Record<Name, SigningChain>): Promise<Record<Name, SlotClaim>> {
  const { client } = stage;
  const terms = termsOf({ slots: 5 });
  const salt = keccak256("0x01");
  const dealKey = dealKeyOf(client.account.address, salt, terms);
  const offers: SignedOffer[] = [];
  for (const [slot, name] of names.entries()) {
    const epoch = name === "keeper" ? 1n : 0n;
    offers.push(await stage.offerFrom(providers[name], { dealKey, slot }, { epoch, expiry: slot === 4 ? 1 : 10 ** 6 }));
  }
  const request = { salt, terms, headerHash: keccak256("0x02"), minSlots: 4, maxPayment: TOKEN / 2n };
  await openDealWithPermit(client, request, offers, await signPermit(client, TOKEN / 2n));
  const current = (await slotsOf(client, dealKey)).map(({ offer, firstWindow }) => ({ offer, firstWindow }));
  const late = await stage.offerFrom(providers.dropped, { dealKey, slot: 4 });
  await fillSlots(client, { salt, terms, current, offers: [late], maxPayment: TOKEN / 2n });
  const slots = await slotsOf(client, dealKey);
  return Object.fromEntries(slots.map(({ offer, claim }) => [names[offer.slot], claim])) as Record<Name, SlotClaim>;
}

/** In the gap, or once the window is over. */
async function sweepRetired(stage: Stage, lane: SigningChain, { offer }: SlotClaim): Promise<void> {
  const { parameters } = stage.chain;
  const { provider, root } = offer;
  const now = await stage.block();
  const window = nextOpening(parameters, provider, now) - 1;
  const open = window === closedWindows(parameters, provider, now);
  if (open && !(await isProven(lane, provider, window))) {
    await stage.goTo(openingOf(parameters, provider, window) + parameters.windowLength + 1n);
  }
  await sweep(stage.outsider, provider, [root]);
}
