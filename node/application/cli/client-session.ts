// What every client command works with: the client that scripts use too, of the data folder in the settings.

import type { CallOptions } from "../../interface/client/progress.ts";
import { type Client, createClient } from "../sdk.ts";
import type { Args } from "./command.ts";
import type { Io } from "./io.ts";

/** Runs `work` with a client of the data folder's key; its connections end whatever happens. */
export async function withClient<T>({ settings }: Args, io: Io, work: (client: Client) => Promise<T>): Promise<T> {
  const { home: folder, rpcUrl, market, chainId } = settings;
  await using client = createClient({ folder, rpcUrl, market, chainId, password: () => io.password(settings) });
  return await work(client);
}

/** Progress on stderr; the first Ctrl-C stops the verb in order. */
export function callOf(io: Io): CallOptions {
  return { signal: io.signal, onProgress: ({ text }) => io.progress(text) };
}
