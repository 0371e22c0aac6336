// A steward at work: looks at each of its files again and again, and never stops over one that it cannot help.

import { setTimeout as sleep } from "node:timers/promises";
import { HoldfastError } from "../common/errors.ts";
import type { TendResult } from "../interface/client/steward/tend-file.ts";
import type { Client } from "./sdk.ts";

export interface StewardOptions {
  /** Repair capabilities. */
  readonly capabilities: readonly string[];
  /** Between two rounds. */
  readonly everyMs: number;
  /** One round instead of rounds until the signal. */
  readonly once: boolean;
  /** The most to pay per piece fetched; base units. */
  readonly maxPrice?: bigint | undefined;
  /** Ends the rounds. */
  readonly signal: AbortSignal;
  /** Told what happened: a file's deal key, and what was done or why nothing was. */
  readonly onLook: (look: Look) => void;
  readonly onProgress?: (progress: { text: string }) => void;
}

export type Look = { readonly file: number } & (
  | { readonly result: TendResult; readonly failure?: undefined }
  | { readonly failure: HoldfastError; readonly result?: undefined }
);

/** Resolves when the signal is aborted, or after one round; throws only what is no fault of a file, a peer or the chain. */
export async function runSteward(client: Client, options: StewardOptions): Promise<void> {
  const { capabilities, everyMs, once, signal, onLook, onProgress, maxPrice } = options;
  for (;;) {
    for (const [file, capability] of capabilities.entries()) {
      if (signal.aborted) return;
      try {
        const result = await client.tend(capability, { maxPrice, signal, ...(onProgress && { onProgress }) });
        onLook({ file, result });
      } catch (cause) {
        if (signal.aborted) return;
        if (!(cause instanceof HoldfastError)) throw cause;
        onLook({ file, failure: cause });
      }
    }
    if (once) return;
    await sleep(everyMs, undefined, { signal }).catch(() => {}); // the signal is looked at above
  }
}
