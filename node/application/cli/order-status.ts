import { formatAmount } from "../../common/amounts.ts";
import { dealOf } from "../../consensus/deals.ts";
import { findOrder, type OrderReport, reportOrder } from "../../consensus/order-slots.ts";
import { postedOrders } from "../../consensus/orders.ts";
import { eventsOfDeal } from "../../interface/client/deal-events.ts";
import { wordsOf } from "../../interface/client/event-words.ts";
import type { Command } from "./command.ts";
import { dealKeyArgument } from "./order-arguments.ts";
import { connectReader } from "./session.ts";

export const orderStatus: Command = {
  name: "order status",
  summary: "Show the orders that stand, or one order with its slots and all that happened to it.",
  usage: "[DEAL-KEY] [--all]",
  example: "holdfast order status\nholdfast order status 0x9a3b...",
  options: { all: { type: "boolean", description: "orders with no open slot too" } },
  positionals: [0, 1],
  async run({ positionals, values, settings }) {
    const [name] = positionals;
    const dealKey = name === undefined ? undefined : dealKeyArgument(name);
    const chain = await connectReader(settings);
    if (dealKey !== undefined) {
      const report = await reportOrder(chain, await findOrder(chain, dealKey));
      const events = await eventsOfDeal(chain, await dealOf(chain, report.dealKey));
      const history = events.map((log) => ({ block: log.blockNumber, what: log.eventName, text: wordsOf(log) }));
      const lines = history.map(({ block, text }) => `block ${block}  ${text}`);
      return { text: [...describe(report), ...lines].join("\n"), data: { ...report, history } };
    }
    const reports = await Promise.all((await postedOrders(chain)).map((posted) => reportOrder(chain, posted)));
    const orders = reports.filter((report) => values.all === true || isStanding(report));
    const text = orders.length === 0 ? "No order stands." : orders.flatMap(describe).join("\n");
    return { text, data: { orders } };
  },
};

function isStanding({ slots, ended }: OrderReport): boolean {
  return slots.some(({ state }) => state === "reserved" || state === "committed" || (state === "open" && !ended));
}

function describe({ dealKey, order, price, slots, ended }: OrderReport): string[] {
  const end = ended ? "ended" : `until block ${order.deadline}`;
  return [
    `order ${dealKey}  ${order.terms.windows} windows  ${formatAmount(price)} of at most ${formatAmount(order.cap)} a window  ${end}`,
    ...slots.map(({ slot, state, posted, provider, until }) => {
      const who = provider === undefined ? "" : `  ${provider} until block ${until}`;
      return `  slot ${slot}  ${state}${posted ? "  replica posted" : ""}${who}`;
    }),
  ];
}
