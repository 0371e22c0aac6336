// Proofs that the chain took, to be verified here: what each must be about, and its words from the transaction's calldata.

import { type Address, type Hex, pad, toFunctionSelector, toHex } from "viem";
import { challengePoint } from "../../data/challenge.ts";
import { horner, SCALAR_FIELD } from "../../data/digest.ts";
import { spacetimeProofsAbi } from "../abi.ts";
import type { HoldfastLog } from "../events.ts";
import type { SpacetimeStatement } from "../prover/check-proofs.ts";
import type { ProofWords } from "../prover/proof.ts";
import type { Rules } from "./rules.ts";

export type ProofKind = "spacetime" | "capacity";

/** What a replay needs besides events. */
export interface Evidence {
  /** By opening block. A proof whose opening is missing here is believed. */
  readonly randomness: ReadonlyMap<bigint, Hex>;
}

/** One bit of the bitmap, or a window of empty capacity, with what its proof must answer. */
export interface ProofClaim {
  /** Which contract took it: each has a circuit of its own. */
  readonly of: ProofKind;
  readonly provider: Address;
  readonly window: number;
  readonly seed: Hex;
  /** The challenges, drawn from the replayed bag: two values each of spacetime, three of capacity. */
  readonly vector: readonly bigint[];
  readonly log: HoldfastLog;
}

/** Both contracts take their proofs by a function of this name and these arguments. */
const submitProof = spacetimeProofsAbi.find((item) => item.type === "function" && item.name === "submitProof")!;
const SELECTOR = toFunctionSelector(submitProof).slice(2);
const WORD = 64;

/**
 * Every statement that the calldata makes about the claim: its own call of `submitProof`, or one inside a batch, which
 * stands there word for word.
 */
export function statementsIn(calldata: Hex, claim: ProofClaim, rules: Rules): SpacetimeStatement[] {
  const { provider, window } = claim;
  const words = [pad(provider), toHex(window, { size: 32 })].map((word) => word.slice(2));
  const call = `${SELECTOR}${words.join("")}`.toLowerCase();
  const text = calldata.toLowerCase();
  const found: SpacetimeStatement[] = [];
  for (let at = text.indexOf(call); at >= 0; at = text.indexOf(call, at + 2)) {
    const body = text.slice(at + call.length, at + call.length + 9 * WORD);
    if (body.length < 9 * WORD) break;
    const numbers = Array.from({ length: 9 }, (_, i) => BigInt(`0x${body.slice(i * WORD, (i + 1) * WORD)}`));
    found.push(statementOf(numbers.slice(0, 8) as unknown as ProofWords, numbers[8]!, claim, rules));
  }
  return found;
}

function statementOf(proof: ProofWords, c: bigint, claim: ProofClaim, rules: Rules): SpacetimeStatement {
  const { provider, window, seed, vector } = claim;
  const [spacetime, { challenges: K, levels: D }] =
    claim.of === "capacity" ? [rules.capacity!.proofs, rules.capacity!] : [rules.addresses.spacetime, rules];
  const context = { chainId: BigInt(rules.chainId), spacetime, provider, window, K, D, seed };
  // A digest outside the field has no point; the statement is false whatever stands there.
  const r = c < SCALAR_FIELD ? challengePoint(context, c, vector) : 0n;
  return { proof, c, v: horner(vector, r), r };
}
