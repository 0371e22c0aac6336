/**
 * Bytes that wait to be read, as the parts in which they came. A peer may send its bytes one by one, and a part takes a hundred
 * times the memory of the byte in it: where there are many, small neighbours are copied together.
 */
import { Uint8ArrayList } from "uint8arraylist";

/** Packets of full size are some twenty to a megabyte: they are never copied. */
export const MAX_PARTS = 256;

export interface WaitingBytes {
  readonly byteLength: number;
  append(data: Uint8Array | Uint8ArrayList): void;
  /** The byte at `index`. */
  get(index: number): number;
  /** Takes the bytes before `end` away and returns those from `start` on: a view if they came in one part, else a copy. */
  take(start: number, end: number): Uint8Array;
  clear(): void;
}

/** The caller appends no more than `maxBytes` in all before it takes some away. */
export function waitingBytes(maxBytes: number): WaitingBytes {
  const inFewParts = partJoiner(maxBytes);
  let list = new Uint8ArrayList();
  return {
    get byteLength() {
      return list.byteLength;
    },
    append(data) {
      list.append(data);
      list = inFewParts(list, data);
    },
    get: (index) => list.get(index),
    take(start, end) {
      const bytes = list.subarray(start, end);
      list.consume(end);
      return bytes;
    },
    clear: () => list.consume(list.byteLength),
  };
}

/** What is to be called with one list, of at most `maxBytes`, whenever `added` came to it: returns it in {@link MAX_PARTS} parts or fewer. */
export function partJoiner(maxBytes: number) {
  // Joined, they are at most half of MAX_PARTS: the next time is as many parts away, and only blocks below this are copied twice.
  const blockBytes = Math.ceil((4 * maxBytes) / MAX_PARTS);
  /** What was taken away since it was last counted is still in it. */
  let parts = 0;
  return (list: Uint8ArrayList, added: Uint8Array | Uint8ArrayList): Uint8ArrayList => {
    parts += added instanceof Uint8Array ? 1 : countParts(added);
    if (parts <= MAX_PARTS) return list;
    parts = countParts(list);
    if (parts <= MAX_PARTS) return list;
    const few = joined(list, blockBytes);
    parts = countParts(few);
    return few;
  };
}

function countParts(list: Uint8ArrayList): number {
  let parts = 0;
  for (const _ of list) parts++;
  return parts;
}

/** The same bytes; of parts below `least` bytes, neighbours make blocks that are not. */
function joined(list: Uint8ArrayList, least: number): Uint8ArrayList {
  const out = new Uint8ArrayList();
  let small = new Uint8ArrayList();
  const close = () => {
    if (small.byteLength > 0) out.append(small.subarray());
    small = new Uint8ArrayList();
  };
  for (const part of list) {
    if (part.length >= least) {
      close();
      out.append(part);
    } else {
      small.append(part);
      if (small.byteLength >= least) close();
    }
  }
  close();
  return out;
}
