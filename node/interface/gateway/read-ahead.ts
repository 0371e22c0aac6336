// A reader that is slow, or reads two objects in turns, must not keep the providers' connections and the client's lock: bytes
// are taken as fast as they come and wait on disk, in a ring, for whoever reads.

/** Where bytes wait. */
export interface Hold {
  readonly capacity: number;
  /** `position` is below the capacity, and the bytes end there at the latest. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  read(position: number, length: number): Promise<Uint8Array>;
}

/** The same bytes in the same order. A failure of the source counts at once, before what was read ahead. */
export async function* readAhead(source: AsyncIterable<Uint8Array>, hold: Hold): AsyncGenerator<Uint8Array> {
  const state = { written: 0, taken: 0, over: false, stopped: false, failure: undefined as unknown, failed: false };
  let wake = () => {};
  let changed = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const tell = () => {
    wake();
    changed = new Promise<void>((resolve) => {
      wake = resolve;
    });
  };

  async function fill(): Promise<void> {
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; ) {
        while (!state.stopped && state.written - state.taken === hold.capacity) await changed;
        if (state.stopped) return;
        const position = state.written % hold.capacity;
        const room = Math.min(hold.capacity - position, hold.capacity - (state.written - state.taken));
        const bytes = chunk.subarray(at, at + room);
        await hold.write(position, bytes);
        at += bytes.length;
        state.written += bytes.length;
        tell();
      }
      if (state.stopped) return;
    }
  }

  const filling = fill()
    .catch((cause: unknown) => {
      state.failed = true;
      state.failure = cause;
    })
    .finally(() => {
      state.over = true;
      tell();
    });

  try {
    for (;;) {
      if (state.failed) throw state.failure;
      const ready = state.written - state.taken;
      if (ready > 0) {
        const position = state.taken % hold.capacity;
        const bytes = await hold.read(position, Math.min(ready, hold.capacity - position, READ_BYTES));
        yield bytes;
        state.taken += bytes.length;
        tell();
      } else if (state.over) return;
      else await changed;
    }
  } finally {
    state.stopped = true;
    tell();
    await filling;
  }
}

const READ_BYTES = 256 * 1024;

/** In memory, for what is small. */
export function memoryHold(capacity: number): Hold {
  const kept = new Uint8Array(capacity);
  return {
    capacity,
    async write(position, bytes) {
      kept.set(bytes, position);
    },
    read: async (position, length) => kept.slice(position, position + length),
  };
}
