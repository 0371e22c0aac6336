// Names and addresses that mean this machine.

import { HoldfastError } from "../../common/errors.ts";

/** `localhost`, `127.x.y.z` or `[::1]`. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|::1)$/i.test(host);
}

/** Throws `NOT_LOOPBACK`: what signs for money and reads private files is for this machine's own programs. */
export function requireLoopback(host: string): void {
  if (isLoopbackHost(host)) return;
  throw new HoldfastError("NOT_LOOPBACK", `The gateway listens on this machine only (127.0.0.1), not at "${host}".`, {
    details: { host },
  });
}
