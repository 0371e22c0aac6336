// Deals that go on: an extension, a top-up, a handover in the middle of a window, a failure that a steward has refilled.

import { type Hex, parseEventLogs, zeroAddress } from "viem";
import { storageMarketAbi } from "../../../node/consensus/abi.ts";
import { type Written, write } from "../../../node/consensus/call.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { settle } from "../../../node/consensus/market.ts";
import { extensionTypes, handOverTypes } from "../../../node/data/change-messages.ts";
import { type Filling, offerStructHash, type SlotClaim } from "../../../node/data/terms.ts";
import { closeOf, nextOpening, openingOf } from "../../../node/data/windows.ts";
import { PRICE, type Stage, TOKEN, WINDOWS } from "./stage.ts";

const FOREVER = 2 ** 40 - 1;

/** Proofs that the chain takes in it. */
export const CHANGE_PROOFS = 4;

export async function changeAct(stage: Stage): Promise<void> {
  const [stays, leaves] = [await stage.provider(3n * TOKEN), await stage.provider(3n * TOKEN)];
  const claims = await stage.openDeal([stays, leaves], { maxMisses: 8, coolingOff: 0 });
  await appoint(stage, claims[0]!);
  await longer(stage, stays, claims[0]!);
  await handedOver(stage, leaves, claims[1]!);
  await refilled(stage);
}

const market = (chain: SigningChain) => ({ address: chain.addresses.market, abi: storageMarketAbi }) as const;

/** Named, revoked, named again. */
async function appoint({ client, outsider }: Stage, { salt, terms }: SlotClaim): Promise<void> {
  const grant = { steward: outsider.account.address, until: FOREVER, maxPrice: 2n * PRICE, minCollateral: PRICE };
  for (const one of [grant, { ...grant, steward: zeroAddress }, grant]) {
    await write(client, { ...market(client), functionName: "setSteward", args: [salt, terms, one] });
  }
}

/** More windows at a higher price, then more collateral. */
async function longer(stage: Stage, provider: SigningChain, claim: SlotClaim): Promise<void> {
  const { client, chain } = stage;
  const { parameters, marketDomain } = chain;
  const { address } = provider.account;
  await stage.prove(provider, claim.firstWindow);
  await stage.goTo(closeOf(parameters, address, claim.firstWindow) + 1n);
  const offer = { ...claim.offer, price: PRICE + 7n, collateral: claim.offer.collateral + 5n };
  const extension = { offer, until: claim.firstWindow + WINDOWS + 21 };
  const message = {
    domain: marketDomain,
    types: extensionTypes,
    primaryType: "Extension",
    message: extension,
  } as const;
  const signature = await provider.account.signTypedData(message);
  const extend = { ...market(client), functionName: "extend" } as const;
  const extended = fillingIn(await write(client, { ...extend, args: [claim, { extension, signature }, TOKEN] }));

  const window = nextOpening(parameters, address, await stage.block());
  await stage.prove(provider, window);
  await stage.goTo(closeOf(parameters, address, window) + 1n);
  await write(provider, { ...market(provider), functionName: "topUp", args: [extended, 9n] });
}

/** The steward approves; the window that is open is paid to who leaves. */
async function handedOver(stage: Stage, provider: SigningChain, claim: SlotClaim): Promise<void> {
  const { outsider, chain } = stage;
  const { dealKey, slot, root } = claim.offer;
  const next = await stage.provider(3n * TOKEN);
  const replacement = await stage.offerFrom(next, { dealKey, slot }, { root });
  const handOver = { offerHash: offerStructHash(replacement.offer), expiry: FOREVER, epoch: 0n };
  const data = {
    domain: chain.marketDomain,
    types: handOverTypes,
    primaryType: "HandOver",
    message: handOver,
  } as const;
  const consent = { handOver, signature: await provider.account.signTypedData(data) };
  await stage.prove(provider, nextOpening(chain.parameters, provider.account.address, await stage.block()));
  const other = await currentFilling(stage, dealKey, 0);
  const call = { ...market(outsider), functionName: "handOver" } as const;
  const { salt, terms } = claim;
  await write(outsider, { ...call, args: [claim, salt, terms, [other], replacement, consent, 0n] });
}

/** It fails; the steward that the terms name finds another, whose first proven window earns it the bonus. */
async function refilled(stage: Stage): Promise<void> {
  const { client, outsider, chain } = stage;
  const { parameters } = chain;
  const [fails, other] = [await stage.provider(3n * TOKEN), await stage.provider(3n * TOKEN)];
  const steward = outsider.account.address;
  const [claim, second] = await stage.openDeal([fails, other], { windows: 20, maxMisses: 4, coolingOff: 0, steward });
  const { salt, terms, offer: old } = claim!;
  await write(client, { ...market(client), functionName: "heartbeat", args: [salt, terms] });
  await stage.goTo(openingOf(parameters, old.provider, claim!.firstWindow + 5) + 25n);
  await settle(outsider, claim!, 100n);
  const next = await stage.provider(3n * TOKEN);
  const replacement = await stage.offerFrom(next, { dealKey: old.dealKey, slot: 0 }, { generation: 1 });
  const refill = { ...market(outsider), functionName: "refill" } as const;
  const filling = fillingIn(
    await write(outsider, { ...refill, args: [claim!, salt, terms, [second!], replacement, 0n] }),
  );
  await stage.prove(next, filling.firstWindow);
  await stage.goTo(closeOf(parameters, next.account.address, filling.firstWindow) + 1n);
  await settle(outsider, filling, 1n);
  const claimBonus = { ...market(client), functionName: "claimBonus" } as const;
  await write(client, { ...claimBonus, args: [filling, filling.firstWindow] });
}

/** What the transaction put into a slot. */
function fillingIn({ logs }: Written): Filling {
  for (const { eventName, args } of parseEventLogs({ abi: storageMarketAbi, logs: [...logs], strict: true })) {
    if (eventName === "SlotExtended" || eventName === "SlotToppedUp" || eventName === "SlotRefilled") {
      return { offer: args.offer, firstWindow: args.firstWindow };
    }
  }
  throw new Error("no slot was filled");
}

async function currentFilling({ chain }: Stage, dealKey: Hex, slot: number): Promise<Filling> {
  const logs = await chain.publicClient.getContractEvents({
    ...{ address: chain.addresses.market, abi: storageMarketAbi, eventName: "SlotToppedUp", strict: true },
    ...{ args: { dealKey }, fromBlock: chain.fromBlock },
  });
  const found = logs.find(({ args }) => args.offer.slot === slot);
  if (found === undefined) throw new Error("the slot was not topped up");
  return { offer: found.args.offer, firstWindow: found.args.firstWindow };
}
