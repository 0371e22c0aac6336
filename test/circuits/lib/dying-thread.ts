// Imported into every thread of a process: ends the first of those that compute for a proof, once it has taken its seat.

import { unlinkSync } from "node:fs";
import { isMainThread, workerData } from "node:worker_threads";

if (!isMainThread && workerData?.scratch !== undefined) {
  let mine = true;
  try {
    unlinkSync(process.env.DYING_THREAD_MARK!);
  } catch {
    mine = false;
  }
  if (mine) setTimeout(() => process.exit(1), 50);
}
