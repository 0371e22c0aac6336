// The balance sheet as a table for people.

import { formatUnits } from "viem";
import { type BalanceSheet, lockedBuckets, type PartySheet } from "../../node/consensus/balance.ts";

const ROWS: readonly (readonly [string, (sheet: PartySheet) => bigint])[] = [
  ["deposited", (sheet) => sheet.deposited],
  ["earned, storage", (sheet) => sheet.earnedStorage],
  ["earned, retrieval", (sheet) => sheet.earnedRetrieval],
  ["rewards", (sheet) => sheet.rewards],
  ["bonds of others", (sheet) => sheet.earnedBonds],
  ["from the pool", (sheet) => sheet.subsidies],
  ["compensation", (sheet) => sheet.compensation],
  ["paid, storage", (sheet) => -sheet.paidStorage],
  ["paid, retrieval", (sheet) => -sheet.paidRetrieval],
  ["slashed", (sheet) => -sheet.slashed],
  ["collateral lost", (sheet) => -sheet.collateralLost],
  ["protocol fee", (sheet) => -sheet.fee],
  ["bonds paid", (sheet) => -sheet.paidBonds],
  ["into the pool", (sheet) => -sheet.funded],
  ["withdrawn", (sheet) => -sheet.withdrawn],
  ...lockedBuckets.map((bucket) => [`still in ${bucket}`, (sheet: PartySheet) => -sheet.locked[bucket]] as const),
  ["free", (sheet) => -sheet.free],
  ["difference", (sheet) => sheet.difference],
];

/** One column per party; what came in is positive, what went out or is left negative, so each column ends at zero. */
export function balanceTable(sheet: BalanceSheet, nameOf: (address: string) => string): string[] {
  const parties = sheet.parties.toSorted((a, b) => nameOf(a.party).localeCompare(nameOf(b.party)));
  const used = ROWS.filter(([name, of]) => name === "difference" || parties.some((party) => of(party) !== 0n));
  const cells = [
    ["tokens", ...parties.map(({ party }) => nameOf(party))],
    ...used.map(([name, of]) => [name, ...parties.map((party) => tokens(of(party)))]),
    ["of which refunded", ...parties.map((party) => tokens(party.refunded))],
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
  );
}

/** Tokens with six decimals; what is smaller shows as a sign of life. */
export function tokens(amount: bigint): string {
  const shown = Number(formatUnits(amount, 18)).toFixed(6);
  return Number(shown) === 0 && amount !== 0n ? `${amount > 0n ? "" : "-"}0.00000..` : shown;
}
