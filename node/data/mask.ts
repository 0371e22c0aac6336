// The mask of a strict download (contracts/libraries/Masks.sol): word j (32 bytes) of group i of a replica is xored with
// keccak256(key | session | i | j). Who lacks the key sees noise; who has it can show the chain one bad group at the cost
// of that group alone.

import { keccak_256 } from "@noble/hashes/sha3.js";
import { expectLength } from "../common/bytes.ts";
import { GROUP_BYTES } from "./layout.ts";

const WORD_BYTES = 32;

/** What the buyer signs of a key before it knows it. `key` is 32 random bytes, never used twice. */
export function keyHash(key: Uint8Array): Uint8Array {
  expectLength("A download key", key, WORD_BYTES);
  return keccak_256(key);
}

/** Masks or unmasks group `index` of the replica. Throws `BAD_LENGTH`. */
export function maskGroup(key: Uint8Array, session: Uint8Array, index: number, group: Uint8Array): Uint8Array {
  expectLength("A download key", key, WORD_BYTES);
  expectLength("A session id", session, WORD_BYTES);
  expectLength("A group", group, GROUP_BYTES);
  const input = new Uint8Array(4 * WORD_BYTES);
  const view = new DataView(input.buffer);
  input.set(key);
  input.set(session, WORD_BYTES);
  view.setUint32(3 * WORD_BYTES - 4, index);
  const out = Uint8Array.from(group);
  for (let j = 0; j * WORD_BYTES < GROUP_BYTES; j++) {
    view.setUint32(4 * WORD_BYTES - 4, j);
    const mask = keccak_256(input);
    for (let b = 0; b < WORD_BYTES; b++) out[j * WORD_BYTES + b]! ^= mask[b]!;
  }
  return out;
}
