/** A token bucket per peer for what is free of charge. */
import { Refusal } from "../network/refusal.ts";

export interface RateLimit {
  /** Takes `cost` from the peer's bucket; throws a Refusal `RATE_LIMITED` when it is empty. */
  take(peerId: string, cost?: number): void;
}

/** Buckets kept at most: whoever makes up peers gets forgotten, and with them only full buckets. */
const MAX_PEERS = 10_000;

/** Every bucket holds `burst` and fills up by `perSecond`. `now` in milliseconds. */
export function createRateLimit(options: { perSecond: number; burst: number; now: () => number }): RateLimit {
  const { perSecond, burst, now } = options;
  const buckets = new Map<string, { left: number; at: number }>();

  function evict(at: number): void {
    for (const [peer, bucket] of buckets) {
      if (bucket.left + ((at - bucket.at) / 1000) * perSecond >= burst) buckets.delete(peer);
    }
    const [oldest] = buckets.keys();
    if (buckets.size >= MAX_PEERS && oldest !== undefined) buckets.delete(oldest);
  }

  return {
    take(peerId, cost = 1) {
      const at = now();
      if (buckets.size >= MAX_PEERS && !buckets.has(peerId)) evict(at);
      const bucket = buckets.get(peerId) ?? { left: burst, at };
      const left = Math.min(burst, bucket.left + ((at - bucket.at) / 1000) * perSecond);
      if (left < cost) {
        const seconds = Math.ceil((cost - left) / perSecond);
        throw new Refusal("RATE_LIMITED", `Too many free requests; try again in ${seconds} s.`);
      }
      buckets.set(peerId, { left: left - cost, at });
    },
  };
}

type Handler<Request, Answer> = (request: Request, peerId: string) => Promise<Answer>;

/**
 * `handle` behind what one peer may have, and what all may have together: peers cost nothing, and a crowd of them must not
 * keep this process from its proofs.
 */
export function limitCalls<Request, Answer>(
  handle: Handler<Request, Answer>,
  { each, together }: { each: RateLimit; together: RateLimit },
): Handler<Request, Answer> {
  return async (request, peerId) => {
    each.take(peerId);
    together.take("");
    return await handle(request, peerId);
  };
}
