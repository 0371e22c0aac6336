/** Statement 7: nobody pays more than it signed. */
import type { Address } from "viem";
import type { State } from "../../node/data/model/state.ts";
import { firstOf, type Invariant } from "./invariant.ts";

/** A channel pays no more than it was funded with, whoever redeems. */
export const channelsWithinDeposit: Invariant = {
  statement: 7,
  name: "channelsWithinDeposit",
  broken: ({ state }) => {
    let rest = 0n;
    for (const { deposit, redeemed } of state.channels.values()) rest += deposit - redeemed;
    const held = state.held.get("channels/Channels") ?? 0n;
    if (held !== rest) return `the channels hold ${held} of the ${rest} that is not redeemed`;
    return firstOf(state.channels, ([key, { deposit, redeemed }]) =>
      redeemed > deposit ? `channel ${key} paid ${redeemed} of ${deposit}` : undefined,
    );
  },
};

/**
 * Free balances fall by what their owners signed for a call, and by nothing else.
 * @param signed By account: the most that the call may take.
 */
export function overcharged(
  before: ReadonlyMap<Address, bigint>,
  { free }: State,
  signed: ReadonlyMap<Address, bigint>,
): string | undefined {
  return firstOf(before, ([account, had]) => {
    const spent = had - (free.get(account) ?? 0n);
    const most = signed.get(account) ?? 0n;
    return spent > most ? `${account} paid ${spent} and had signed ${most}` : undefined;
  });
}
