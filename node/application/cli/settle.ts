import { isHex, size } from "viem";
import { formatAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import type { Chain } from "../../consensus/chain.ts";
import { type Replica, replicasOf, slotsOf } from "../../consensus/deals.ts";
import { type Settled, settleDue } from "../../consensus/settling.ts";
import { type Args, type Command, stringOption } from "./command.ts";
import { connectWallet } from "./session.ts";
import { parseAddress } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

export const settle: Command = {
  name: "settle",
  summary: "Pay providers for proven windows and return missed ones to clients. Anyone may; it costs gas only.",
  usage: "(--provider ADDRESS | --deal KEY) [--release]",
  example: "holdfast settle --provider 0x7099... --release --home ./alice --password-file ./alice.password",
  options: {
    provider: { type: "string", placeholder: "ADDRESS", description: "all replicas of this provider" },
    deal: { type: "string", placeholder: "KEY", description: "all slots of this deal" },
    release: { type: "boolean", description: "also return the collateral of replicas whose deal is over" },
  },
  async run(args, io) {
    const find = replicaFinder(args); // a wrong argument is said before a password is asked for
    const { chain } = await connectWallet(args.settings, io);
    io.progress("reading the chain's events");
    const replicas = await find(chain);
    io.progress(`settling ${replicas.length} replica${replicas.length === 1 ? "" : "s"}`);
    const slots = await settleDue(chain, replicas, { andRelease: args.values.release === true });
    const total = (amount: (slot: Settled) => bigint) => slots.reduce((sum, slot) => sum + amount(slot), 0n);
    const [paid, refunded, released] = [total((s) => s.paid), total((s) => s.refunded), total((s) => s.released)];
    const sums = `paid ${formatAmount(paid)}, returned ${formatAmount(refunded)}, released ${formatAmount(released)} tokens`;
    return {
      text: slots.length === 0 ? "Nothing is due." : [...slots.map(describe), sums].join("\n"),
      data: { slots, paid, refunded, released },
    };
  },
};

function replicaFinder(args: Args): (chain: Chain) => Promise<Replica[]> {
  const provider = stringOption(args, "provider");
  const deal = stringOption(args, "deal");
  if ((provider === undefined) === (deal === undefined)) {
    throw new UsageError("settle needs either --provider ADDRESS or --deal KEY");
  }
  if (provider !== undefined) {
    const address = parseAddress(provider, "--provider");
    return (chain) => replicasOf(chain, address);
  }
  if (!isHex(deal) || size(deal) !== 32) {
    throw new HoldfastError("BAD_DEAL_KEY", `--deal needs a key of 0x and 64 hex digits, got "${deal}".`);
  }
  return (chain) => slotsOf(chain, deal);
}

function describe({ dealKey, provider, slot, proven, missed, paid, refunded, failed, released }: Settled): string {
  return [
    `deal ${dealKey.slice(0, 10)} slot ${slot} of ${provider}:`,
    `${proven} proven, ${formatAmount(paid)} paid; ${missed} missed, ${formatAmount(refunded)} returned`,
    ...(failed ? ["; the slot FAILED"] : []),
    ...(released > 0n ? [`; collateral ${formatAmount(released)} released`] : []),
  ].join(" ");
}
