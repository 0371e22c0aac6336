/** What binds a spacetime proof to its window, as contracts/libraries/Challenges.sol and SpacetimeProofs.sol have it. */
import { type Address, concat, encodeAbiParameters, type Hex, keccak256, numberToHex } from "viem";
import { SCALAR_FIELD } from "./digest.ts";

/** Everything that the point r depends on. */
export type ChallengeContext = {
  readonly chainId: bigint;
  /** The SpacetimeProofs contract. */
  readonly spacetime: Address;
  readonly provider: Address;
  readonly window: number;
  readonly K: number;
  readonly D: number;
  readonly seed: Hex;
};

const SEED = [{ type: "bytes32" }, { type: "address" }, { type: "uint256" }] as const;
const POINT = [
  { type: "string" },
  { type: "uint256" },
  { type: "address" },
  { type: "address" },
  { type: "uint256" },
  { type: "uint256" },
  { type: "uint256" },
  { type: "bytes32" },
  { type: "uint256" },
  { type: "bytes32" },
] as const;

/** The window's seed, from the beacon's randomness of its opening block. */
export function seedOf(randomness: Hex, provider: Address, window: number): Hex {
  return keccak256(encodeAbiParameters(SEED, [randomness, provider, BigInt(window)]));
}

/** The point r at which the two vectors are compared; `c` is the digest of the prover's vector, `w` the contract's. */
export function challengePoint(context: ChallengeContext, c: bigint, w: readonly bigint[]): bigint {
  const { chainId, spacetime, provider, window, K, D, seed } = context;
  const vectorHash = keccak256(concat(w.map((value) => numberToHex(value, { size: 32 }))));
  const encoded = encodeAbiParameters(POINT, [
    "holdfast/digest/v1",
    chainId,
    spacetime,
    provider,
    BigInt(window),
    BigInt(K),
    BigInt(D),
    seed,
    c,
    vectorHash,
  ]);
  return BigInt(keccak256(encoded)) % SCALAR_FIELD;
}
