// Ends the deals that no object has any more, one after the other, until each is: after a failure it is tried again.

import type { ObjectTable } from "../../physical/objects/object-table.ts";
import type { ObjectStore } from "./object-store.ts";

export interface DealEndings {
  /** There may be some now. */
  kick(): void;
  /** Resolves when none is worked on any more. */
  stop(): Promise<void>;
}

export interface EndingOptions {
  readonly objects: ObjectTable;
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  readonly retryMs: number;
  readonly onFailure: (dealKey: string, cause: unknown) => void;
}

export function createDealEndings({ objects, store, signal, retryMs, onFailure }: EndingOptions): DealEndings {
  let running: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  async function run(): Promise<void> {
    do {
      again = false;
      for (const { dealKey, capability } of objects.endings()) {
        if (signal.aborted) return;
        try {
          await store.end(capability);
          objects.ended(dealKey);
        } catch (cause) {
          if (signal.aborted) return;
          onFailure(dealKey, cause);
          clearTimeout(timer);
          timer = setTimeout(kick, retryMs);
        }
      }
    } while (again && !signal.aborted);
  }

  function kick(): void {
    if (signal.aborted) return;
    again = true;
    running ??= run().finally(() => {
      running = undefined;
      if (again) kick();
    });
  }

  return {
    kick,
    async stop() {
      clearTimeout(timer);
      await running;
    },
  };
}
