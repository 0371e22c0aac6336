/**
 * Checks spacetime proofs against a verifying key in this process, many at once, as contracts/verifiers/BatchVerifier.sol
 * does: claim i holds if F_i = e(A_i, B_i) e(alpha, beta)^-1 e(X_i, gamma)^-1 e(C_i, delta)^-1 is 1, and the product of
 * all F_i^(s_i) is 1 for random 128-bit s_i with probability 2^-127 at most unless every F_i is.
 */
import { bn254 } from "@noble/curves/bn254.js";
import { SCALAR_FIELD } from "../../data/digest.ts";
import type { ProofWords } from "./proof.ts";
import { COORDINATE_FIELD, type VerifyingKey } from "./verifying-key.ts";

/** A proof and its three public inputs. */
export interface SpacetimeStatement {
  readonly proof: ProofWords;
  readonly c: bigint;
  readonly v: bigint;
  readonly r: bigint;
}

type G1 = InstanceType<typeof bn254.G1.Point>;
type G2 = InstanceType<typeof bn254.G2.Point>;
type Pair = { g1: G1; g2: G2 };

const { Point: PointG1 } = bn254.G1;
const { Point: PointG2 } = bn254.G2;
const { Fp12 } = bn254.fields;

/** Answers the places of the statements that do not hold, lowest first. `randomWeight` gives uniform 128-bit integers. */
export function falseStatements(
  key: VerifyingKey,
  statements: readonly SpacetimeStatement[],
  randomWeight: () => bigint,
): number[] {
  const points = statements.map(pointsOf);
  const keyPoints = pointsOfKey(key);
  const search = (from: number, to: number): number[] => {
    if (from === to) return [];
    const part = points.slice(from, to);
    if (part.every((one) => one !== undefined) && productIsOne(keyPoints, part, randomWeight)) return [];
    if (to - from === 1) return [from];
    const middle = (from + to) >> 1;
    return [...search(from, middle), ...search(middle, to)];
  };
  return search(0, statements.length);
}

interface Points extends Omit<SpacetimeStatement, "proof"> {
  readonly a: G1;
  readonly b: G2;
  readonly c1: G1;
}

/** Undefined for what the precompiles refuse: coordinates or inputs outside their fields, points off curve or subgroup. */
function pointsOf({ proof, c, v, r }: SpacetimeStatement): Points | undefined {
  if ([c, v, r].some((input) => input >= SCALAR_FIELD)) return undefined;
  if (proof.some((word) => word >= COORDINATE_FIELD)) return undefined;
  const [ax, ay, bxIm, bxRe, byIm, byRe, cx, cy] = proof;
  try {
    return { a: g1(ax, ay), b: g2([bxIm, bxRe], [byIm, byRe]), c1: g1(cx, cy), c, v, r };
  } catch {
    return undefined;
  }
}

function pointsOfKey({ alpha, beta, gamma, delta, ic }: VerifyingKey) {
  return {
    alpha: g1(...alpha),
    beta: g2(...beta),
    gamma: g2(...gamma),
    delta: g2(...delta),
    ic: ic.map((point) => g1(...point)) as [G1, G1, G1, G1],
  };
}

function productIsOne(
  { alpha, beta, gamma, delta, ic }: ReturnType<typeof pointsOfKey>,
  claims: readonly Points[],
  randomWeight: () => bigint,
): boolean {
  const pairs: Pair[] = [];
  const sums = [0n, 0n, 0n, 0n] as [bigint, bigint, bigint, bigint];
  let sumOfC = PointG1.ZERO;
  for (const { a, b, c1, c, v, r } of claims) {
    // One claim alone needs no weight.
    const weight = claims.length === 1 ? 1n : randomWeight() | 1n;
    pairs.push({ g1: times(a, weight), g2: b });
    sumOfC = sumOfC.add(times(c1, weight));
    for (const [i, input] of [1n, c, v, r].entries()) sums[i] = (sums[i]! + weight * input) % SCALAR_FIELD;
  }
  const x = ic.reduce((sum, point, i) => sum.add(times(point, sums[i]!)), PointG1.ZERO);
  pairs.push({ g1: times(alpha, sums[0]).negate(), g2: beta });
  pairs.push({ g1: x.negate(), g2: gamma });
  pairs.push({ g1: sumOfC.negate(), g2: delta });
  // A pair with the point at infinity is the factor 1, which noble does not take.
  const factors = pairs.filter((pair) => !pair.g1.is0() && !pair.g2.is0());
  return factors.length === 0 || Fp12.eql(bn254.pairingBatch(factors), Fp12.ONE);
}

function times(point: G1, scalar: bigint): G1 {
  return scalar === 0n || point.is0() ? PointG1.ZERO : point.multiplyUnsafe(scalar);
}

/** The precompile's (0, 0) is the point at infinity. Throws for a point off the curve. */
function g1(x: bigint, y: bigint): G1 {
  if (x === 0n && y === 0n) return PointG1.ZERO;
  const point = PointG1.fromAffine({ x, y });
  point.assertValidity();
  return point;
}

/** Coordinates with the imaginary part first. Throws for a point off the curve or outside the subgroup. */
function g2([xIm, xRe]: readonly [bigint, bigint], [yIm, yRe]: readonly [bigint, bigint]): G2 {
  if (xIm === 0n && xRe === 0n && yIm === 0n && yRe === 0n) return PointG2.ZERO;
  const point = PointG2.fromAffine({ x: { c0: xRe, c1: xIm }, y: { c0: yRe, c1: yIm } } as Parameters<
    typeof PointG2.fromAffine
  >[0]);
  point.assertValidity();
  if (!point.isTorsionFree()) throw new RangeError("the point is outside the subgroup");
  return point;
}
