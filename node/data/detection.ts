/**
 * How likely lost bytes are to be noticed (docs/design.md sections 1 and 4). Every draw of a window hits the lost share of the
 * lane with that share's probability, independently of all others; one hit spoils the whole proof. So a share x survives n
 * draws unseen with probability (1 - x)^n.
 */
import { HoldfastError } from "../common/errors.ts";

/** Terms and verifiers hold K in a byte. */
export const MOST_CHALLENGES = 255;

/** A quarter of a window's draws may be pinned by others to replicas of theirs: what is left for everything in the lane. */
export function freeDraws(challenges: number): number {
  return challenges - Math.floor(challenges / 4);
}

export type DetectionParameters = {
  /** Of the lane's whole weight, above 0 and at most 1: a slot with 2^m elements that lost the share f counts f 2^m / W. */
  readonly lost: number;
  /** K, from 1 to 255. */
  readonly challenges: number;
  readonly windows: number;
};

/** Probability that at least one of the windows cannot be proven. Throws HoldfastError DETECTION for what is no share. */
export function detectionProbability({ lost, challenges, windows }: DetectionParameters): number {
  requireShare("the lost share", lost);
  requireCount("the challenges", challenges, MOST_CHALLENGES);
  requireCount("the windows", windows);
  // Logarithms keep the digits that 1 - (1 - x)^n would lose for small x.
  return -Math.expm1(freeDraws(challenges) * windows * Math.log1p(-lost));
}

/** Probability that at least one of `samples` elements drawn at random is among the share `lost` of a replica. */
export function sampleDetection(lost: number, samples: number): number {
  requireShare("the lost share", lost);
  requireCount("the samples", samples);
  return -Math.expm1(samples * Math.log1p(-lost));
}

export type TargetParameters = {
  readonly lost: number;
  readonly windows: number;
  /** Probability of detection that is wanted, above 0 and below 1. */
  readonly target: number;
};

/**
 * The least K that detects the loss within the windows with the probability asked for: what a client writes into its
 * terms as `minChallenges`. Throws HoldfastError DETECTION if no K can: then it takes more windows or a larger loss.
 */
export function leastChallenges({ lost, windows, target }: TargetParameters): number {
  requireShare("the target", target);
  if (target === 1) throw invalid("Certainty would take infinitely many draws; ask for less, e.g. 0.999.", { target });
  for (let challenges = 1; challenges <= MOST_CHALLENGES; challenges++) {
    if (detectionProbability({ lost, challenges, windows }) >= target) return challenges;
  }
  const most = detectionProbability({ lost, challenges: MOST_CHALLENGES, windows });
  throw invalid(
    `${MOST_CHALLENGES} challenges notice a loss of ${lost} within ${windows} windows with probability ${most.toFixed(3)} only; allow more windows.`,
    { lost, windows, target, most },
  );
}

function requireShare(what: string, value: number): void {
  if (value > 0 && value <= 1) return;
  throw invalid(`As ${what} a number above 0 and at most 1 is needed, not ${value}.`, { value });
}

function requireCount(what: string, value: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value > 0 && value <= most) return;
  throw invalid(`As ${what} a whole number from 1 to ${most} is needed, not ${value}.`, { value });
}

function invalid(message: string, details: Record<string, unknown>): HoldfastError {
  return new HoldfastError("DETECTION", message, { details });
}
