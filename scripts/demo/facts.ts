// What the run must show. A fact that does not hold is printed and makes the exit code 1.

import type { AuditReport } from "../../node/consensus/audit/audit.ts";
import type { BalanceSheet } from "../../node/consensus/balance.ts";
import type { Replica } from "../../node/consensus/deals.ts";
import { tokens } from "./balance-table.ts";
import type { MoneyEvents } from "./settlements.ts";
import type { WindowCount } from "./windows.ts";

export type Facts = {
  /** Records a fact; `detail` is what was found. */
  check(held: boolean, sentence: string, detail?: string): void;
  /** One line each. */
  lines(): string[];
  readonly failed: number;
};

export function createFacts(): Facts {
  const all: { held: boolean; sentence: string; detail: string }[] = [];
  return {
    check(held, sentence, detail = "") {
      all.push({ held, sentence, detail });
    },
    lines: () =>
      all.map(
        ({ held, sentence, detail }) => `${held ? "  yes" : "   NO"}  ${sentence}${detail ? ` (${detail})` : ""}`,
      ),
    get failed() {
      return all.filter(({ held }) => !held).length;
    },
  };
}

/** What must hold for the money and windows of one replica. */
export function checkReplica(
  facts: Facts,
  found: { replica: Replica; name: string; isVictim: boolean; windows: WindowCount; money: MoneyEvents; least: number },
): void {
  const { replica, name, isVictim, windows, money, least } = found;
  const { provider, price } = replica.offer;
  const settled = money.settled.get(provider) ?? { proven: 0, missed: 0, paid: 0n, refunded: 0n };
  const slashed = money.slashed.get(provider) ?? 0n;
  facts.check(windows.proven >= least, `${name} proved at least ${least} windows`, `${windows.proven}, by the bitmap`);
  facts.check(
    settled.paid === BigInt(settled.proven) * price && settled.refunded === BigInt(settled.missed) * price,
    `${name} was paid for proven windows only, the client got the others back`,
    `${settled.proven} paid, ${settled.missed} returned`,
  );
  facts.check(
    isVictim ? windows.missed >= 1 && settled.missed >= 1 : windows.missed === 0,
    `${name} missed ${isVictim ? "a window without its bytes" : "none"}`,
    `${windows.missed}`,
  );
  facts.check(
    isVictim ? slashed > 0n : slashed === 0n,
    `${name} lost ${isVictim ? "stake" : "no stake"}`,
    tokens(slashed),
  );
}

/** What must hold for the books as a whole. */
export function checkBooks(facts: Facts, sheet: BalanceSheet): void {
  facts.check(sheet.problems.length === 0, "every party's sheet closes to zero", sheet.problems.join("; "));
  facts.check(
    sheet.solvent,
    "the vault holds what it owes",
    `${tokens(sheet.vaultTokens)} >= ${tokens(sheet.liabilities)}`,
  );
}

/** What `holdfast audit` says of the whole history. */
export function checkAudit(facts: Facts, { closes, difference, events, proofs }: AuditReport): void {
  facts.check(
    closes,
    "an audit of every event and every proof says that the books close",
    difference === undefined
      ? `${events} events, ${proofs.verified} proofs verified again`
      : `${difference.what}: expected ${difference.expected}, found ${difference.found}`,
  );
}
