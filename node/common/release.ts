// Giving memory back at once. V8 collects everything whenever some 30 MB of buffers have come and gone, and with this many modules
// loaded that takes longer than all that is done with those bytes: half the CPU time of a download.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** glibc keeps memory for buffers up to the largest that was ever freed instead of mapping each anew: 0.7 s of system time per GB. */
const KEPT_BYTES = 8 * 2 ** 20;
/** What was released says how many buffers others (the network stack) have dropped meanwhile: they are young, and cheap to find. */
const COLLECT_AFTER_BYTES = 16 * 2 ** 20;
/**
 * V8 marks the whole heap when it has grown by a tenth or 8 MB, buffers counted, and the pieces under way are more than that: up to
 * forty times in an upload, for two of its five CPU seconds. It may triple first; what is not released is collected then.
 */
const HEAP_GROWTH_PERCENT = 200;

let collectYoung: (() => void) | undefined;
let released = 0;

/**
 * Frees the whole buffer behind `bytes` and makes every view of it empty: only for bytes that the caller owns and that nobody reads
 * any more. Does nothing where the buffer holds much else.
 */
export function release(bytes: Uint8Array): void {
  collectYoung ??= prepare();
  const { buffer, byteLength } = bytes;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength > 2 * byteLength) return;
  buffer.transfer(0);
  released += byteLength;
  if (released < COLLECT_AFTER_BYTES) return;
  released = 0;
  collectYoung();
}

/**
 * Node has no call of its own for a young collection. The flag is the whole process's: where another thread takes it back between
 * the two lines, this one goes without, and V8 collects when it likes.
 */
function prepare(): () => void {
  new ArrayBuffer(KEPT_BYTES).transfer(0);
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("globalThis.gc") as ((options: { type: "minor" }) => void) | undefined;
  setFlagsFromString("--no-expose-gc");
  return () => gc?.({ type: "minor" });
}
