// Orders in every way that they can go, and the reference price.

import { keccak256, toHex } from "viem";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import {
  activate,
  closeOrder,
  commit,
  expire,
  pokeReferencePrice,
  postDeal,
  reject,
  reserve,
  take,
} from "../../../node/consensus/orders.ts";
import { requestUnstake, withdrawStake } from "../../../node/consensus/registry.ts";
import { deposit } from "../../../node/consensus/vault.ts";
import type { Order } from "../../../node/data/order.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { PRICE, type Stage, TOKEN, termsOf } from "./stage.ts";

const WAIT = 8;
const M = 13;

export async function orderAct(stage: Stage): Promise<void> {
  await deposit(stage.client, TOKEN / 2n);
  await pokeReferencePrice(stage.outsider);
  const [one, two, three] = [
    await stage.provider(3n * TOKEN),
    await stage.provider(3n * TOKEN),
    await stage.provider(3n * TOKEN),
  ] as const;
  await postedOrder(stage, [one, two, three]);
  await stage.mine(40n);
  await pokeReferencePrice(stage.outsider);
  await sealedOrder(stage, [one, two, three]);
}

/** Replicas that the client sealed: taken, reserved and taken, reserved in vain, not wanted any more. */
async function postedOrder(stage: Stage, [one, two, three]: readonly [SigningChain, SigningChain, SigningChain]) {
  const { client, outsider, bytes } = stage;
  const posted = [1, 2, 3, 4].map(() => ({ root: stage.newRoot(M), dataRoot: bytes.dataRoot }));
  const { order } = (await postDeal(client, await orderOf(stage, 1, { posted, floor: PRICE, cap: 3n * PRICE }), TOKEN))
    .posted;
  await stage.mine(5n);
  await take(one, order, 0);
  await reserve(two, order, 1);
  await stage.mine(3n);
  await take(two, order, 1);
  await reserve(three, order, 2);
  await stage.mine(BigInt(WAIT));
  await expire(outsider, order, 2);
  await closeOrder(client, order, [2, 3]);
}

/** Replicas that providers seal, at the reference price: approved, refused, not answered, given to one that cannot, left. */
async function sealedOrder(stage: Stage, [one, two, three]: readonly [SigningChain, SigningChain, SigningChain]) {
  const { client, outsider, bytes } = stage;
  const { order } = (await postDeal(client, await orderOf(stage, 2, {}), TOKEN)).posted;
  const seal = async (provider: SigningChain, slot: number) => {
    const roots = { root: stage.newRoot(M), dataRoot: bytes.dataRoot };
    await reserve(provider, order, slot);
    await commit(provider, order, slot, roots);
    return roots;
  };
  await activate(client, order, 0, await seal(one, 0));
  await seal(two, 1);
  await reject(client, order, 1);
  await seal(three, 2);
  await stage.mine(BigInt(WAIT));
  await expire(outsider, order, 2);

  // It takes its stake with it between its commitment and the client's answer.
  const leaver = await stage.provider(3n * TOKEN);
  await requestUnstake(leaver, TOKEN);
  await stage.mine(LOCAL_PARAMETERS.registry.unbondingDelay - 2n);
  const roots = await seal(leaver, 3);
  await withdrawStake(leaver);
  await activate(client, order, 3, roots);
  await stage.goTo(BigInt(order.deadline));
  await closeOrder(outsider, order, [1, 3]);
}

async function orderOf(stage: Stage, number: number, changes: Partial<Order>): Promise<Order> {
  const salt = keccak256(toHex(1000 + number));
  return {
    ...{ client: stage.client.account.address, salt, headerHash: keccak256(salt), terms: termsOf({ slots: 4 }) },
    ...{ m: M, groups: 16, floor: 0n, cap: 0n, collateralBps: 10_000, deposit: 0n, start: 0, riseBlocks: 20 },
    ...{ deadline: Number(await stage.block()) + 200, reserveBlocks: WAIT, approveBlocks: WAIT, posted: [] },
    ...changes,
  };
}
