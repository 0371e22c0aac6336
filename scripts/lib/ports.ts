// Ports for servers that start a moment after their port was chosen. The system's own choice (port 0) will not do for them:
// until they listen, any outgoing connection or another server may be given the same one.

import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { HoldfastError } from "../../node/common/errors.ts";

/** Below what systems give to outgoing connections (Linux: from 32,768), above what services are assigned. */
const FIRST = 20_000;
const BLOCK = 100;
const BLOCKS = 120;

let block: { readonly base: number; next: number } | undefined;

/** A free port that no other process of this repository's scripts and tests is given. Throws `NO_PORT`. */
export async function ownPort(): Promise<number> {
  block ??= await claimBlock();
  for (let tried = 1; tried < BLOCK; tried++) {
    const port = block.base + 1 + (block.next++ % (BLOCK - 1));
    if (await isFree(port)) return port;
  }
  throw new HoldfastError("NO_PORT", `Ports ${block.base} to ${block.base + BLOCK - 1} are all used; stop a network.`);
}

/** Whether a server could listen there now. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listenAt(port);
  if (!server) return false;
  server.close();
  await once(server, "close");
  return true;
}

/** A block belongs to whoever listens at its first port, until that process ends: no file to clean up after a kill. */
async function claimBlock(): Promise<{ base: number; next: number }> {
  const first = process.pid % BLOCKS;
  for (let i = 0; i < BLOCKS; i++) {
    const base = FIRST + ((first + i) % BLOCKS) * BLOCK;
    const server = await listenAt(base);
    if (!server) continue;
    server.unref();
    return { base, next: 0 };
  }
  throw new HoldfastError("NO_PORT", "Every block of ports is used; stop a network.");
}

async function listenAt(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}
