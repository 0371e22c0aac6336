// Whom a client lets look after a file while it is away, and its signs of life.

import type { Address } from "viem";
import { HoldfastError } from "../../../common/errors.ts";
import type { SigningChain } from "../../../consensus/chain.ts";
import { heartbeat, setSteward } from "../../../consensus/changes.ts";
import { attenuate, type FileReference } from "../../../data/capability.ts";
import { decodeCapability, encodeCapability } from "../../../data/capability-codec.ts";
import type { StewardGrant } from "../../../data/change-messages.ts";
import { readDeal } from "../deal-on-chain.ts";

export interface NameStewardOptions {
  /** The owner's. */
  readonly capability: string;
  /** The zero address for nobody. */
  readonly steward: Address;
  /** For how many blocks from now on. */
  readonly blocks: number;
  /** The most that a window may cost, and the least that must answer for a replica; base units. As now unless told. */
  readonly maxPrice?: bigint | undefined;
  readonly minCollateral?: bigint | undefined;
}

export interface NamedSteward extends StewardGrant {
  /** For the steward: it rebuilds and reseals, and cannot read. Keep it from everybody else. */
  readonly capability: string;
}

/** Longer than any deal; the chain counts blocks in 40 bits. */
const MOST_BLOCKS = 2 ** 32;

/** Only the deal's client may. Counts as a heartbeat. */
export async function nameSteward(chain: SigningChain, options: NameStewardOptions): Promise<NamedSteward> {
  const { steward, blocks } = options;
  if (!Number.isInteger(blocks) || blocks < 1 || blocks > MOST_BLOCKS) {
    throw new HoldfastError("BAD_BLOCKS", `A steward acts for 1 to ${MOST_BLOCKS} blocks, got ${blocks}.`);
  }
  const capability = decodeCapability(options.capability);
  const repair = encodeCapability(attenuate(capability, "repair"));
  const { deal, replicas } = await readDeal({ chain }, capability);
  const most = (amounts: bigint[]) => amounts.reduce((a, b) => (a > b ? a : b), 0n);
  const least = (amounts: bigint[]) => amounts.reduce((a, b) => (a < b ? a : b));
  const grant: StewardGrant = {
    steward,
    until: Number(await chain.publicClient.getBlockNumber()) + blocks,
    maxPrice: options.maxPrice ?? most(replicas.map(({ offer }) => offer.price)),
    minCollateral: options.minCollateral ?? least(replicas.map(({ offer }) => offer.collateral)),
  };
  await setSteward(chain, deal, grant);
  return { ...grant, capability: repair };
}

/** The client is still there: its steward may approve n - k replacements again. Any capability names the file. */
export async function sendHeartbeat(chain: SigningChain, capability: string): Promise<void> {
  const reference: FileReference = attenuate(decodeCapability(capability), "verify");
  const { deal } = await readDeal({ chain }, reference);
  await heartbeat(chain, deal);
}
