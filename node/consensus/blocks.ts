// The clock of the node: the chain's blocks.

import { setTimeout as sleep } from "node:timers/promises";
import type { Chain } from "./chain.ts";
import { chainError } from "./revert.ts";

/** Called with a new block's number. While it runs it is not called again; then it gets the newest block. */
export type BlockListener = (block: bigint) => void | Promise<void>;

export interface BlockClockOptions {
  /** Milliseconds between looks; the connection's polling interval unless told. */
  interval?: number;
  /** The chain stopped answering; called once per outage. */
  onOutage?: (error: Error) => void;
  /** It answers again. */
  onRecovery?: () => void;
  /** A listener failed; the clock goes on. */
  onListenerError?: (error: unknown) => void;
}

/** The longest pause between looks while the chain does not answer, in milliseconds. */
const LONGEST_BACKOFF = 10_000;

/**
 * Calls its listeners with every new block once, in rising order; survives outages of the chain. A listener that takes
 * longer than a block skips to the newest one: duties act on the present, and read the past from the chain.
 */
export class BlockClock {
  readonly #chain: Chain;
  readonly #options: BlockClockOptions;
  readonly #listeners = new Map<BlockListener, Promise<void>>();
  readonly #pending = new Map<BlockListener, bigint>();
  #latest: bigint | undefined;
  #abort: AbortController | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(chain: Chain, options: BlockClockOptions = {}) {
    this.#chain = chain;
    this.#options = options;
  }

  /** The newest block seen; undefined before the first. */
  get latest(): bigint | undefined {
    return this.#latest;
  }

  /** Adds a listener; the answer removes it again. */
  onBlock(listener: BlockListener): () => void {
    this.#listeners.set(listener, Promise.resolve());
    return () => {
      this.#listeners.delete(listener);
      this.#pending.delete(listener);
    };
  }

  start(): void {
    if (this.#abort !== undefined) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#loop = this.#run(abort.signal);
  }

  /** Resolves once the clock stands and every listener that was running has returned. */
  async stop(): Promise<void> {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#pending.clear();
    await this.#loop;
    await Promise.all(this.#listeners.values());
  }

  /** Resolves with the newest block once it is at least `block`; rejects when `signal` is aborted. */
  until(block: bigint, signal?: AbortSignal): Promise<bigint> {
    if (this.#latest !== undefined && this.#latest >= block) return Promise.resolve(this.#latest);
    return new Promise((resolve, reject) => {
      const leave = this.onBlock((latest) => {
        if (latest < block) return;
        leave();
        signal?.removeEventListener("abort", stop);
        resolve(latest);
      });
      const stop = () => {
        leave();
        reject(signal?.reason as Error);
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    const interval = this.#options.interval ?? this.#chain.publicClient.pollingInterval;
    let pause = interval;
    let out = false;
    while (!signal.aborted) {
      try {
        const block = await this.#chain.publicClient.getBlockNumber();
        if (out) this.#options.onRecovery?.();
        out = false;
        pause = interval;
        if (!signal.aborted && (this.#latest === undefined || block > this.#latest)) this.#announce(block);
      } catch (error) {
        if (!out) this.#options.onOutage?.(chainError("the block number", error));
        out = true;
        pause = Math.min(2 * pause, LONGEST_BACKOFF);
      }
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  #announce(block: bigint): void {
    this.#latest = block;
    for (const [listener, running] of this.#listeners) {
      const waits = this.#pending.has(listener);
      this.#pending.set(listener, block);
      if (!waits)
        this.#listeners.set(
          listener,
          running.then(() => this.#call(listener)),
        );
    }
  }

  async #call(listener: BlockListener): Promise<void> {
    const block = this.#pending.get(listener);
    this.#pending.delete(listener);
    if (block === undefined) return;
    try {
      await listener(block);
    } catch (error) {
      this.#options.onListenerError?.(error);
    }
  }
}
