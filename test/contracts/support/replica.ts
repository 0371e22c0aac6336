/** A replica with real bytes behind its dataRoot, and its offer in an active slot of the market. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { bytesToHex, type Hex } from "viem";
import { bindCount } from "../../../node/data/data-root.ts";
import { createHashTree, leafHash } from "../../../node/data/hash-tree.ts";
import { classOfGroups, GROUP_BYTES } from "../../../node/data/layout.ts";
import type { LeafProof } from "../../../node/data/strict-download.ts";
import type { Offer } from "../../../node/data/terms.ts";
import { pattern } from "../../fixtures/pattern.ts";
import { type Fixture, openDeal } from "../market/fixture.ts";

export interface StoredReplica {
  readonly groups: readonly Uint8Array[];
  readonly leaves: readonly LeafProof[];
  readonly dataRoot: Hex;
}

/** `count` groups that differ from those of every other seed. */
export function storedReplica(count: number, seed = 1): StoredReplica {
  const groups = Array.from({ length: count }, (_, i) => pattern(GROUP_BYTES, seed * 100_000 + i));
  const hashes = groups.map((group) => leafHash(group));
  const tree = createHashTree(hashes);
  return {
    groups,
    leaves: hashes.map((leaf, i) => ({ leaf, path: tree.path(i) })),
    dataRoot: bytesToHex(bindCount(count, tree.root)),
  };
}

/** Opens a deal of one slot for it. */
export async function storeReplica(
  fixture: Fixture,
  replica: StoredReplica,
  client: HardhatEthersSigner,
  provider: HardhatEthersSigner,
  offer: Partial<Offer> = {},
) {
  const { length } = replica.groups;
  const size = { dataRoot: replica.dataRoot, groups: length, m: classOfGroups(length) };
  const deal = await openDeal(fixture, { client, providers: [provider], offer: { ...size, ...offer } });
  return { ...deal, claim: deal.claims[0]!, offer: deal.offers[0]!.offer };
}

export function hexPath(path: readonly Uint8Array[]): Hex[] {
  return path.map((hash) => bytesToHex(hash));
}
