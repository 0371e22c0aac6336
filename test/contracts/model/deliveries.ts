/** Replicas with real bytes and what a seller can make of them: masking takes a while, so a whole run shares a few. */
import { bytesToHex, type Hex, keccak256 } from "viem";
import { buildDispute, type DownloadSession, maskRange } from "../../../node/data/strict-download.ts";
import { type StoredReplica, storedReplica } from "../support/replica.ts";

export interface Delivery {
  readonly dataRoot: Hex;
  readonly key: Hex;
  readonly isGood: boolean;
  /** All of a session that does not depend on the deal. */
  readonly session: Pick<
    DownloadSession,
    "session" | "dataRoot" | "groups" | "first" | "count" | "cipherRoot" | "keyHash"
  >;
  /** The first group, as a dispute shows it. */
  readonly shown: ReturnType<typeof buildDispute>;
}

export const WRONG_KEY: Hex = keccak256("0x77");

/** Of 1, 2 and 3 groups: a tree, an uneven one and none. */
export function storedReplicas(): StoredReplica[] {
  return [1, 2, 3].map((groups) => storedReplica(groups, groups));
}

/** For each replica one delivery that is good and one whose first group is another one. */
export function deliveriesOf(replicas: readonly StoredReplica[]): Delivery[] {
  return replicas.flatMap((replica, i) => [true, false].map((isGood) => deliveryOf(replica, i, isGood)));
}

function deliveryOf({ dataRoot, groups, leaves }: StoredReplica, i: number, isGood: boolean): Delivery {
  const key = new Uint8Array(32).fill(isGood ? i + 1 : i + 101);
  const session = new Uint8Array(32).fill(i + 50);
  const first = groups.length > 1 ? 1 : 0;
  const range = groups.slice(first).map((group, at) => (isGood || at > 0 ? group : group.map((byte) => byte ^ 1)));
  const { cipher, cipherRoot, keyHash } = maskRange(key, session, first, range);
  return {
    ...{ dataRoot, key: bytesToHex(key), isGood },
    session: {
      ...{ session: bytesToHex(session), dataRoot, groups: groups.length, first, count: range.length },
      ...{ cipherRoot: bytesToHex(cipherRoot), keyHash: bytesToHex(keyHash) },
    },
    shown: buildDispute(cipher, leaves.slice(first), 0),
  };
}
