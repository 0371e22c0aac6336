// One step of an order each: who takes it, and with what.

import type { Written } from "../../consensus/call.ts";
import type { SigningChain } from "../../consensus/chain.ts";
import { committedRoots, findOrder, reportOrder } from "../../consensus/order-slots.ts";
import {
  activate,
  closeOrder,
  commit,
  expire,
  type PostedOrder,
  reject,
  reserve,
  take,
} from "../../consensus/orders.ts";
import type { Command } from "./command.ts";
import { dealKeyArgument, hashArgument, slotArgument } from "./order-arguments.ts";
import { connectWallet } from "./session.ts";

interface Step {
  readonly name: string;
  readonly summary: string;
  /** What follows deal key and slot. */
  readonly more?: readonly string[];
  readonly said: string;
  send(chain: SigningChain, posted: PostedOrder, slot: number, more: readonly string[]): Promise<Written>;
}

const steps: readonly Step[] = [
  {
    name: "take",
    summary: "Provider with the bytes: fill a slot whose replica the client posted, at this block's price.",
    said: "The slot is filled.",
    send: (chain, { order }, slot) => take(chain, order, slot),
  },
  {
    name: "reserve",
    summary: "Provider: keep a slot from others, at this block's price, for the order's deposit.",
    said: "The slot is kept; the deposit burns unless the next step comes in time.",
    send: (chain, { order }, slot) => reserve(chain, order, slot),
  },
  {
    name: "commit",
    summary: "Provider: say which replica was sealed for the slot that it reserved; locks the collateral.",
    more: ["ROOT", "DATA-ROOT"],
    said: "The client is to answer now.",
    send: (chain, { order }, slot, [root, dataRoot]) =>
      commit(chain, order, slot, { root: hashArgument(root!, "ROOT"), dataRoot: hashArgument(dataRoot!, "DATA-ROOT") }),
  },
  {
    name: "activate",
    summary: "Client or steward: fill a slot with the replica that its provider committed to.",
    said: "The slot is filled.",
    send: async (chain, posted, slot) => activate(chain, posted.order, slot, await committedRoots(chain, posted, slot)),
  },
  {
    name: "reject",
    summary: "Client: refuse a commitment; the provider's deposit and the client's bond burn, both.",
    said: "The commitment is refused.",
    send: (chain, { order }, slot) => reject(chain, order, slot),
  },
  {
    name: "expire",
    summary: "Anyone: end a reservation whose time has passed, at the cost of who let it pass.",
    said: "The reservation is over.",
    send: (chain, { order }, slot) => expire(chain, order, slot),
  },
];

export const orderSteps: readonly Command[] = steps.map(({ name, summary, more = [], said, send }) => ({
  name: `order ${name}`,
  summary,
  usage: ["DEAL-KEY", "SLOT", ...more].join(" "),
  example: `holdfast order ${name} 0x9a3b... 0${more.map(() => " 0x5f16...").join("")}`,
  options: {},
  positionals: [2 + more.length, 2 + more.length] as const,
  async run({ positionals, settings }, io) {
    const [dealKey, slot] = [dealKeyArgument(positionals[0]!), slotArgument(positionals[1]!)];
    const { chain } = await connectWallet(settings, io);
    const posted = await findOrder(chain, dealKey);
    const { hash } = await send(chain, posted, slot, positionals.slice(2));
    return { text: said, data: { dealKey, slot, transaction: hash } };
  },
}));

export const orderClose: Command = {
  name: "order close",
  summary: "End an order, and get back what nobody has taken or reserved. Anyone may once its deadline has passed.",
  usage: "DEAL-KEY",
  example: "holdfast order close 0x9a3b...",
  options: {},
  positionals: [1, 1],
  async run({ positionals, settings }, io) {
    const dealKey = dealKeyArgument(positionals[0]!);
    const { chain } = await connectWallet(settings, io);
    const posted = await findOrder(chain, dealKey);
    const { slots } = await reportOrder(chain, posted);
    const open = slots.filter(({ state }) => state === "open").map(({ slot }) => slot);
    const { hash } = await closeOrder(chain, posted.order, open);
    const text = `The order is closed; what was held for ${open.length} slots is free in the vault.`;
    return { text, data: { dealKey, slots: open, transaction: hash } };
  },
};
