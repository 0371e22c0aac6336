/** Numbers that a deployment fixes for ever. */
import { readFileSync } from "node:fs";
import { HoldfastError } from "../../node/common/errors.ts";

export type DeploymentParameters = {
  /** Base units minted to the deployer when the deployment brings its own token. */
  readonly supply: bigint;
  /** Stake without which no replica is taken (base units), and blocks from a request to unstake to its payment. */
  readonly registry: { readonly minimumStake: bigint; readonly unbondingDelay: bigint };
  /** Blocks; `beta` is base units burned per element and miss, times 2^64; `maxWeight` elements; genesis 0 is the block of deployment. */
  readonly spacetime: {
    readonly genesis: bigint;
    readonly period: bigint;
    readonly windowLength: bigint;
    readonly beta: bigint;
    readonly maxWeight: bigint;
  };
  /** Basis points; what the shares of a failed slot's collateral leave is burned. */
  readonly market: {
    readonly protocolFeeBps: bigint;
    readonly clientShareBps: bigint;
    readonly repairerShareBps: bigint;
    readonly callerShareBps: bigint;
  };
  /** Blocks from a payer's wish to close a channel to the close. */
  readonly closeDelay: bigint;
  /** Basis points of a strict download's price that burn, and blocks that a buyer has at least for a dispute. */
  readonly downloads: { readonly protocolFeeBps: bigint; readonly disputeBlocks: bigint };
  /** Blocks for the answer to a forced retrieval; base units that pay for a unit of gas; stake that silence costs. */
  readonly retrieval: { readonly answerBlocks: bigint; readonly unitsPerGas: bigint; readonly penalty: bigint };
  /** Blocks that a reservation or the answer to one may take at most. */
  readonly orders: { readonly mostWait: bigint };
  /** Base units per GiB and period: the least, and the tick from which the price starts (ratio 1 + 1/1024 each). */
  readonly reference: { readonly leastPrice: bigint; readonly startTick: bigint };
  /** Basis points of the burned protocol fee that the reward pool gives back; at most 9,000. */
  readonly rewardBps: bigint;
  /** Base units that an audit pin burns at least. */
  readonly minimumPinFee: bigint;
  /**
   * What the programme for empty capacity pays where it is deployed: base units per element and window, times 2^64; base units a window
   * for one provider and a period for all at most; the first window that it pays for.
   */
  readonly programme: {
    readonly rate: bigint;
    readonly mostPerWindow: bigint;
    readonly mostPerPeriod: bigint;
    readonly firstWindow: bigint;
  };
};

const TOKEN = 10n ** 18n;

/**
 * For a chain of one's own with a block a second.
 * `beta`: 32 misses of 2^22 elements (some 64 MiB with padding) burn 4 tokens, so that a demo stakes a few tokens and a
 * price of a few thousandths of a token for a replica of 4 MiB and a window stays below what the proofs stand for.
 * `retrieval`: an answer is worth its gas up to a price of 10^-8 token; a bond is then 0.00875 token, and silence costs a tenth
 * of the least stake, of which the requester's quarter is nearly three bonds. A period to answer in, for all replicas at once.
 * `reference`: starts at a quarter of a token, a thousandth for a replica of 4 MiB, and never falls below a 250th of that.
 * `programme`: a hundredth of a token for a GiB of labels and window, a 25th of what a client pays at first.
 * `maxWeight`: 256 GiB, which four challenges can guard as well as sixteen guard 1 TiB.
 */
export const LOCAL_PARAMETERS: DeploymentParameters = {
  supply: 1_000_000_000n * TOKEN,
  registry: { minimumStake: TOKEN, unbondingDelay: 60n },
  spacetime: {
    genesis: 0n,
    period: 30n,
    windowLength: 24n,
    beta: (4n * TOKEN * 2n ** 64n) / (32n * 2n ** 22n),
    maxWeight: 2n ** 33n,
  },
  market: { protocolFeeBps: 300n, clientShareBps: 5000n, repairerShareBps: 2500n, callerShareBps: 500n },
  closeDelay: 60n,
  downloads: { protocolFeeBps: 300n, disputeBlocks: 30n },
  retrieval: { answerBlocks: 30n, unitsPerGas: 10n ** 10n, penalty: TOKEN / 10n },
  orders: { mostWait: 300n },
  reference: { leastPrice: TOKEN / 1000n, startTick: 5_657n },
  rewardBps: 9_000n,
  minimumPinFee: TOKEN / 1_000n,
  programme: {
    rate: ((TOKEN / 100n) * 2n ** 64n) / 2n ** 25n,
    mostPerWindow: TOKEN,
    mostPerPeriod: 10n * TOKEN,
    firstWindow: 0n,
  },
};

/**
 * Reads a JSON file shaped like `DeploymentParameters`, numbers as decimal strings; every one has to be there.
 * @throws HoldfastError PARAMETERS_INVALID
 */
export function readParameters(file: string): DeploymentParameters {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new HoldfastError("PARAMETERS_INVALID", `${file} cannot be read as JSON.`, { cause });
  }
  return readLike(LOCAL_PARAMETERS, json, file, "") as DeploymentParameters;
}

/** The value of `json` in the shape of `shape`, whose leaves are bigints. */
function readLike(shape: unknown, json: unknown, file: string, path: string): unknown {
  if (typeof shape === "bigint") {
    if (typeof json === "string" && /^\d+$/.test(json)) return BigInt(json);
    throw new HoldfastError("PARAMETERS_INVALID", `${file}: "${path}" must be a decimal number in quotes.`);
  }
  if (typeof json !== "object" || json === null) {
    throw new HoldfastError("PARAMETERS_INVALID", `${file}: "${path}" must be an object.`);
  }
  const fields = Object.entries(shape as Record<string, unknown>);
  const unknown = Object.keys(json).find((name) => !fields.some(([known]) => known === name));
  if (unknown !== undefined)
    throw new HoldfastError("PARAMETERS_INVALID", `${file}: there is no parameter "${unknown}".`);
  return Object.fromEntries(
    fields.map(([name, inner]) => {
      const at = path === "" ? name : `${path}.${name}`;
      return [name, readLike(inner, (json as Record<string, unknown>)[name], file, at)];
    }),
  );
}
