/** Judges a beacon before anything is deployed on it: docs/randomness.md says who could choose what with which. */
import { type Address, type Hex, type PublicClient, parseAbi } from "viem";
import { HoldfastError } from "../../node/common/errors.ts";
import { readArtifact } from "./artifacts.ts";

export type BeaconKind = "prevrandao" | "drand" | "blockhash" | "unknown";

const SOURCES = {
  prevrandao: "contracts/beacons/PrevrandaoBeacon.sol",
  drand: "contracts/beacons/DrandBeacon.sol",
  blockhash: "contracts/beacons/BlockhashBeacon.sol",
} as const;

const BEACON = parseAbi(["function lifetime() view returns (uint256)", "function DELAY() view returns (uint256)"]);

/** `SpacetimeProofs.BEACON_MARGIN`: blocks by which a beacon must remember longer than a window lasts. */
const MARGIN = 64n;

/** Which of this version's beacons has its code at the address, whatever its delay. */
export async function beaconKindOf(client: PublicClient, beacon: Address): Promise<BeaconKind> {
  const code = await client.getCode({ address: beacon });
  if (code === undefined) return "unknown";
  for (const [kind, source] of Object.entries(SOURCES)) {
    const { deployedBytecode, immutableReferences } = readArtifact(source);
    const places = Object.values(immutableReferences).flat();
    if (blank(code, places) === blank(deployedBytecode, places)) return kind as BeaconKind;
  }
  return "unknown";
}

export type BeaconDemands = {
  readonly client: PublicClient;
  readonly beacon: Address;
  readonly windowLength: bigint;
  /** Nobody's money is on the chain: any randomness will do. */
  readonly local: boolean;
  /** The deployer says that block builders may choose challenges, or that it knows a beacon that we do not. */
  readonly acceptChosenChallenges: boolean;
};

/**
 * @throws HoldfastError DEPLOY_FORBIDDEN for a beacon that cannot carry the window; off local chains also for one whose
 * randomness somebody chooses or knows in time, unless that is accepted.
 */
export async function requireBeacon({
  client,
  beacon,
  windowLength,
  local,
  acceptChosenChallenges,
}: BeaconDemands): Promise<void> {
  const lifetime = await client
    .readContract({ address: beacon, abi: BEACON, functionName: "lifetime" })
    .catch(() => 0n);
  if (windowLength + MARGIN >= lifetime) {
    throw forbidden(
      `The beacon ${beacon} answers for ${lifetime} blocks, a window of ${windowLength} needs more than ${windowLength + MARGIN}: choose shorter windows, another beacon, or a chain with EIP-2935.`,
    );
  }
  if (local || acceptChosenChallenges) return;
  const kind = await beaconKindOf(client, beacon);
  if (kind === "blockhash" || kind === "unknown") {
    throw forbidden(
      `${kind === "blockhash" ? "A blockhash is chosen by whoever builds the block" : `The code of ${beacon} is not a beacon of this version`}: give a PrevrandaoBeacon or a DrandBeacon, or accept the risk with --accept-chosen-challenges.`,
    );
  }
  if (kind === "prevrandao") await requireRandao(client, beacon);
}

async function requireRandao(client: PublicClient, beacon: Address): Promise<void> {
  const delay = await client.readContract({ address: beacon, abi: BEACON, functionName: "DELAY" });
  if (delay === 0n) {
    throw forbidden(
      "With a delay of 0 the proposer of the block before an opening knows its draw and can still change its bag: deploy the PrevrandaoBeacon with a delay of 1.",
    );
  }
  const latest = await client.getBlock();
  const before = latest.number === 0n ? undefined : await client.getBlock({ blockNumber: latest.number - 1n });
  if (BigInt(latest.mixHash) === 0n || latest.mixHash === before?.mixHash) {
    throw forbidden(
      "The blocks of this chain carry no RANDAO (the field is zero, or the same twice): a rollup's sequencer would choose the challenges. Use a DrandBeacon.",
    );
  }
}

function forbidden(sentence: string): HoldfastError {
  return new HoldfastError("DEPLOY_FORBIDDEN", sentence);
}

/** Code without what a constructor writes into it. */
function blank(code: Hex, places: readonly { readonly start: number; readonly length: number }[]): string {
  let digits = code.slice(2).toLowerCase();
  for (const { start, length } of places) {
    digits = digits.slice(0, 2 * start) + "0".repeat(2 * length) + digits.slice(2 * (start + length));
  }
  return digits;
}
