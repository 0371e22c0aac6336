// drand's public HTTP interface: the signature of a round. Nobody has to be believed, the beacon verifies it.
// Source: https://docs.drand.love/dev-guide/API%20Documentation%20v1/

import type { Hex } from "viem";
import { HoldfastError } from "../common/errors.ts";
import type { SignatureOf } from "./randomness.ts";

/** quicknet, whose key contracts/beacons/DrandBeacon.sol has. */
export const QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971";

export const defaultDrandUrls: readonly string[] = ["https://api.drand.sh", "https://drand.cloudflare.com"];

/** Longer than a round takes to reach all relays. */
const TIMEOUT_MS = 5_000;

/** Asks one relay after the other; the function throws `DRAND_UNREACHABLE` when none has the round. */
export function drandSignatures(urls: readonly string[], get: typeof fetch): SignatureOf {
  return async (round) => {
    const failures: string[] = [];
    for (const url of urls) {
      try {
        const answer = await get(`${url}/${QUICKNET}/public/${round}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        const { signature, round: found } = (await answer.json()) as { signature?: unknown; round?: unknown };
        if (found === Number(round) && typeof signature === "string" && /^[0-9a-f]{96}$/.test(signature)) {
          return `0x${signature}` satisfies Hex;
        }
        failures.push(`${url} answered ${answer.status} without the round`);
      } catch (error) {
        failures.push(`${url}: ${(error as Error).message}`);
      }
    }
    throw new HoldfastError("DRAND_UNREACHABLE", `No drand relay gave round ${round}: ${failures.join("; ")}.`, {
      details: { round },
    });
  };
}
