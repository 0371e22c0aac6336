// Whose process this is, also where the system has no account of that number.

import { stat } from "node:fs/promises";
import { userInfo } from "node:os";

/** Undefined where it cannot be known: nothing that lies there is this user's then. */
export async function ownUid(): Promise<number | undefined> {
  try {
    return userInfo().uid;
  } catch {
    return (await stat("/proc/self").catch(() => undefined))?.uid;
  }
}
