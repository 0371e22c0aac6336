// Verifies here what the chain says it verified.

import type { Hex } from "viem";
import type { Chain } from "../chain.ts";
import { falseStatements, type SpacetimeStatement } from "../prover/check-proofs.ts";
import type { VerifyingKey } from "../prover/verifying-key.ts";
import { chainError } from "../revert.ts";
import type { Difference } from "./difference.ts";
import { type ProofClaim, statementsIn } from "./proof-claims.ts";
import type { Rules } from "./rules.ts";
import { submittedIn } from "./trace.ts";
import { inTurns } from "./turns.ts";

/** Requests side by side, and proofs in one product. */
const READS = 8;
const BATCH = 64;

export interface ClaimChecker {
  /** The first claim that no proof of its transaction carries. */
  check(claims: readonly ProofClaim[]): Promise<Difference | undefined>;
}

/** The chain's verifying keys; the second where the deployment has proofs of empty capacity. */
export interface ProofKeys {
  readonly spacetime: VerifyingKey;
  readonly capacity?: VerifyingKey;
}

/** `randomWeight` gives uniform 128-bit integers. */
export function claimChecker(chain: Chain, rules: Rules, keys: ProofKeys, randomWeight: () => bigint): ClaimChecker {
  const statementsFor = async (claim: ProofClaim): Promise<SpacetimeStatement[]> => {
    const { transactionHash } = claim.log;
    const found = statementsIn(await calldataOf(chain, transactionHash), claim, rules);
    if (found.length > 0) return found;
    const inner = await submittedIn(chain, transactionHash);
    return inner.flatMap((calldata) => statementsIn(calldata, claim, rules));
  };
  /** Of what some claims say, all that is true under their kind's key. */
  const trueOnes = (claims: readonly ProofClaim[], statements: readonly SpacetimeStatement[][]) => {
    const good = new Set<SpacetimeStatement>();
    for (const kind of ["spacetime", "capacity"] as const) {
      const said = statements.filter((_, i) => claims[i]!.of === kind).flat();
      const bad = new Set(said.length === 0 ? [] : falseStatements(keys[kind]!, said, randomWeight));
      for (const [i, statement] of said.entries()) if (!bad.has(i)) good.add(statement);
    }
    return good;
  };
  return {
    async check(claims) {
      for (let at = 0; at < claims.length; at += BATCH) {
        const batch = claims.slice(at, at + BATCH);
        const statements = await inTurns(batch, READS, statementsFor);
        const good = trueOnes(batch, statements);
        for (const [i, claim] of batch.entries()) {
          const own = statements[i]!;
          if (own.length === 0) return noProof(claim);
          if (!own.some((statement) => good.has(statement))) return falseProof(claim, own[0]!);
        }
      }
      return undefined;
    },
  };
}

async function calldataOf(chain: Chain, hash: Hex): Promise<Hex> {
  try {
    return (await chain.publicClient.getTransaction({ hash })).input;
  } catch (error) {
    throw chainError("a transaction", error);
  }
}

function placeOf({ log }: ProofClaim) {
  const { blockNumber: block, transactionHash: transaction, logIndex, eventName: event } = log;
  return { block, transaction, logIndex, event };
}

function nameOf(claim: ProofClaim): string {
  return claim.of === "capacity" ? "proof of empty capacity" : "proof";
}

function noProof(claim: ProofClaim): Difference {
  return {
    ...placeOf(claim),
    what: `${nameOf(claim)} of window ${claim.window} of ${claim.provider}`,
    expected: "in the transaction's calldata, or in its trace (debug_traceTransaction)",
    found: "none",
  };
}

function falseProof(claim: ProofClaim, { c, v, r }: SpacetimeStatement): Difference {
  return {
    ...placeOf(claim),
    what: `${nameOf(claim)} of window ${claim.window} of ${claim.provider} for c ${c}, v ${v}, r ${r}`,
    expected: "true under the chain's verifying key",
    found: "false",
  };
}
