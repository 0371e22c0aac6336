/** Numbers that a deployment fixes for ever. */

export type DeploymentParameters = {
  /** Base units minted to the deployer when the deployment brings its own token. */
  readonly supply: bigint;
  /** Stake without which no replica is taken (base units), and blocks from a request to unstake to its payment. */
  readonly registry: { readonly minimumStake: bigint; readonly unbondingDelay: bigint };
  /** Blocks, but `beta` (base units burned per element and miss, times 2^64) and `maxWeight` (elements); genesis 0 is the deployment's block. */
  readonly spacetime: {
    readonly genesis: bigint;
    readonly period: bigint;
    readonly windowLength: bigint;
    readonly beta: bigint;
    readonly maxWeight: bigint;
  };
  /** Basis points; what the shares of a failed slot's collateral leave is burned. */
  readonly market: {
    readonly protocolFeeBps: number;
    readonly clientShareBps: number;
    readonly repairerShareBps: number;
    readonly callerShareBps: number;
  };
  /** Blocks from a payer's wish to close a channel to the close. */
  readonly closeDelay: bigint;
};

const TOKEN = 10n ** 18n;

/**
 * For a chain of one's own with a block a second.
 * `beta`: 32 misses of 2^22 elements (some 64 MiB with padding) burn 4 tokens, so that a demo stakes a few tokens and a
 * price of a few thousandths of a token for a replica of 4 MiB and a window stays below what the proofs stand for.
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
  market: { protocolFeeBps: 300, clientShareBps: 5000, repairerShareBps: 2500, callerShareBps: 500 },
  closeDelay: 60n,
};
