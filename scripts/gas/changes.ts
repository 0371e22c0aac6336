/** Gas of what happens to a deal on its way: extension, more collateral, handover, forfeit and refill; deals of three slots. */
import type { Hex } from "viem";
import { typedData } from "../../node/consensus/signing.ts";
import {
  type Extension,
  extensionTypes,
  type HandOver,
  handOverTypes,
  type SignedHandOver,
} from "../../node/data/change-messages.ts";
import { type Offer, offerStructHash, type SignedOffer, type SlotClaim } from "../../node/data/terms.ts";
import { deployForGas, type GasDeployment, PRICE } from "./deployment.ts";
import { proveWindows } from "./market.ts";
import type { GasTable } from "./report.ts";

const MOST = 2n ** 100n;
const ADDED = 20;

export async function measureChanges(report: (message: string) => void): Promise<GasTable> {
  report("extension, handover, refill");
  const deployment = await deployForGas();
  return { ...(await measureExtend(deployment)), ...(await measureReplace(deployment)) };
}

/** After one settled window, by other windows than those just proven. */
async function measureExtend(deployment: GasDeployment): Promise<GasTable> {
  const { market, client, providers, domains, openDeal, gasOf } = deployment;
  const { claims } = await openDeal(3);
  await proveWindows(deployment, claims, 1);
  const [claim, other] = claims as [SlotClaim, SlotClaim];
  const offer = claim.offer;
  const extension: Extension = { offer, until: claim.firstWindow + claim.terms.windows + ADDED };
  const signature = await providers[0]!.signTypedData({
    domain: domains.marketDomain,
    types: extensionTypes,
    primaryType: "Extension",
    message: extension,
  });
  const signed = { extension, signature };
  const extend = await gasOf(await market.write.extend([claim, signed, MOST], { account: client.account }));
  const topUp = await gasOf(await market.write.topUp([other, PRICE], { account: providers[1]!.account }));
  return { extend, topUp };
}

/** One slot handed over in the gap after a proven window, another forfeited and refilled. */
async function measureReplace(deployment: GasDeployment): Promise<GasTable> {
  const { market, client, providers, openDeal, gasOf } = deployment;
  const { claims } = await openDeal(3);
  const [first, second, third] = claims as [SlotClaim, SlotClaim, SlotClaim];
  await proveWindows(deployment, claims, 1);
  await waitForGap(deployment, first);
  const newcomer = providers[3]!;
  const moved: Offer = { ...first.offer, provider: newcomer.account.address };
  const consent = await signHandOver(deployment, 0, moved);
  const handover = await gasOf(
    await market.write.handOver(
      [first, first.salt, first.terms, [second, third], await signOffer(deployment, 3, moved), consent, MOST],
      { account: client.account },
    ),
  );

  await waitForGap(deployment, second);
  const forfeit = await gasOf(await market.write.forfeit([second], { account: providers[1]!.account }));
  const bytes = third.offer.dataRoot;
  const root: Hex = `0x0${bytes.slice(3)}`;
  const generation = second.offer.generation + 1;
  const next: Offer = { ...second.offer, generation, root, provider: providers[4]!.account.address };
  const now = await filledNow(deployment, first, moved);
  const release = await gasOf(await market.write.release([second], { account: client.account }));
  const refill = await gasOf(
    await market.write.refill(
      [second, second.salt, second.terms, [now, third], await signOffer(deployment, 4, next), MOST],
      { account: client.account },
    ),
  );
  return { handover, forfeit, release, refill };
}

async function signOffer({ domains, providers }: GasDeployment, by: number, offer: Offer): Promise<SignedOffer> {
  return { offer, signature: await providers[by]!.signTypedData(typedData(domains, "Offer", offer)) };
}

async function signHandOver({ domains, providers }: GasDeployment, by: number, offer: Offer): Promise<SignedHandOver> {
  const handOver: HandOver = { offerHash: offerStructHash(offer), expiry: 2 ** 32, epoch: 0n };
  const signature = await providers[by]!.signTypedData({
    domain: domains.marketDomain,
    types: handOverTypes,
    primaryType: "HandOver",
    message: handOver,
  });
  return { handOver, signature };
}

/** To the block after the close of the lane's open window, if it has one. */
async function waitForGap({ spacetime, latestBlock, goTo }: GasDeployment, { offer }: SlotClaim): Promise<void> {
  const closed = await spacetime.read.closedWindows([offer.provider]);
  const next = await spacetime.read.nextOpening([offer.provider, await latestBlock()]);
  if (next !== closed) await goTo((await spacetime.read.closeOf([offer.provider, closed])) + 1n);
}

/** The slot's claim after its handover: a lane's record says from which window on the new one counts. */
async function filledNow({ spacetime }: GasDeployment, claim: SlotClaim, offer: Offer): Promise<SlotClaim> {
  const { firstWindow } = await spacetime.read.recordOf([offer.provider, offer.root]);
  return { ...claim, offer, firstWindow };
}
