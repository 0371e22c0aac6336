/** Orders on the market's test chain. Signers are those of the market's fixture. */
import type { Contract, ContractTransactionResponse } from "ethers";
import type { network } from "hardhat";
import { type Address, type Hex, keccak256, zeroHash } from "viem";
import type { Order } from "../../../node/data/order.ts";
import { dealKeyOf, type SlotClaim } from "../../../node/data/terms.ts";
import { as, deployMarket, LOCAL_PARAMETERS, mined, newRoot, type Party, PRICE, TERMS } from "../market/fixture.ts";

type Chain = Awaited<ReturnType<typeof network.create>>;
export type OrderFixture = Awaited<ReturnType<typeof deployOrders>>;

export const FEE_BPS = 300n;
export const DEPOSIT = 5n * PRICE;

export async function deployOrders(chain: Chain) {
  const market = await deployMarket(chain);
  const at = (name: string, address: string) =>
    market.ethers.getContractAt(name, address) as unknown as Promise<Contract>;
  return {
    ...market,
    orders: await at("OrderBook", market.addresses.orders),
    reference: await at("ReferencePrice", market.addresses.reference),
    block: async () => BigInt(await market.networkHelpers.time.latestBlock()),
  };
}

/** An order whose slots are all posted, three of them unless told. It is open until block 400. */
export function planOrder({ client }: Pick<OrderFixture, "client">, changes: Partial<Order> = {}): Order {
  const terms = changes.terms ?? { ...TERMS, slots: 3, threshold: 2 };
  return {
    ...{ client: client.address as Address, salt: newRoot(), headerHash: keccak256(newRoot()) },
    ...{ m: 13, groups: 13, floor: PRICE / 2n, cap: PRICE, collateralBps: 10_000, deposit: DEPOSIT },
    ...{ start: 0, riseBlocks: 20, deadline: 400, reserveBlocks: 10, approveBlocks: 15 },
    posted: Array.from({ length: terms.slots }, () => ({ root: newRoot(), dataRoot: keccak256(newRoot()) })),
    ...changes,
    terms,
  };
}

/** The same with nothing posted: providers commit to what they sealed. */
export function planSealed(fixture: Pick<OrderFixture, "client">, changes: Partial<Order> = {}): Order {
  return planOrder(fixture, { posted: [], ...changes });
}

/** Posts an order; what comes back is what the book keeps. */
export async function post(fixture: OrderFixture, order: Order) {
  const receipt = await mined(as(fixture.orders, fixture.client).postDeal!(order, 2n ** 200n));
  const dealKey = dealKeyOf(order.client, order.salt, order.terms);
  const start = order.start < receipt.blockNumber ? receipt.blockNumber : order.start;
  return { receipt, dealKey, order: { ...order, start } satisfies Order };
}

export type Call = "take" | "reserve" | "commit" | "activate" | "reject" | "expire" | "closeOrder";

/** Sends one of the book's calls. */
export function send(
  { orders }: Pick<OrderFixture, "orders">,
  who: Party,
  call: Call,
  order: Order,
  ...args: readonly unknown[]
): Promise<ContractTransactionResponse> {
  return as(orders, who)[call]!(order, ...args);
}

/** Free balances in the order given, and what the book holds. */
export async function money({ vault, orders }: OrderFixture, ...accounts: readonly { address: string }[]) {
  const held = (bucket: number): Promise<bigint> => vault.held!(orders, bucket);
  const [escrows, collateral, bonds, burned] = await Promise.all([held(1), held(3), held(4), held(7)]);
  const free: bigint[] = await Promise.all(accounts.map(({ address }) => vault.freeOf!(address)));
  return { escrows: escrows!, collateral: collateral!, bonds: bonds!, burned: burned!, free };
}

/** The filling that an order's transaction made, as every later call about the slot takes it. */
export async function claimOf({ market }: OrderFixture, order: Order, sent: Promise<ContractTransactionResponse>) {
  const { logs } = await mined(sent);
  const filled = logs.map((log) => market.interface.parseLog(log)).find((log) => log?.name === "SlotFilled");
  if (!filled) throw new Error("no slot was filled");
  const { offer, firstWindow } = filled.args;
  const { terms, client, salt } = order;
  const numbers = { slot: Number(offer.slot), generation: Number(offer.generation), m: Number(offer.m) };
  return {
    ...{ client, salt, terms, firstWindow: Number(firstWindow) },
    offer: { ...offer.toObject(), ...numbers, groups: Number(offer.groups), expiry: Number(offer.expiry) },
  } as SlotClaim;
}

/** Roots for a commitment. */
export function newReplica(): { root: Hex; dataRoot: Hex } {
  return { root: newRoot(), dataRoot: keccak256(newRoot()) };
}

export { LOCAL_PARAMETERS, PRICE, TERMS, zeroHash };
