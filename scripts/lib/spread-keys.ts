// Provider keys whose proving windows are spread over the period: five proofs at once would not fit two cores.

import type { Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { phaseOf } from "../../node/data/windows.ts";

/** `count` fresh random keys; key i's windows open in the i-th of `count` equal parts of the period. */
export function spreadKeys(count: number, period: bigint): Hex[] {
  const part = Number(period) / count;
  return Array.from({ length: count }, (_, i) => {
    for (;;) {
      const key = generatePrivateKey();
      const phase = Number(phaseOf(privateKeyToAccount(key).address, period));
      // The first block of the part, so that neighbours are a whole part away from each other.
      if (phase === Math.floor(i * part)) return key;
    }
  });
}
