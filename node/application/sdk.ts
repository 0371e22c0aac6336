// `import { createClient } from "holdfast"`: everything a client can do, typed. The command line does the same by the same calls.

import type { Address } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { decodeCapability } from "../data/capability-codec.ts";
import { type AuditOptions, auditFile, type FileAudit } from "../interface/client/audit-file.ts";
import { type CatOptions, cat } from "../interface/client/cat.ts";
import type { ClientContext } from "../interface/client/context.ts";
import { type FileStatus, fileStatus } from "../interface/client/file-status.ts";
import { type GetOptions, type GetResult, get } from "../interface/client/get.ts";
import { codeOfFile } from "../interface/client/open-file.ts";
import { type PinReport, pinFile } from "../interface/client/pin-file.ts";
import type { CallOptions, Progress } from "../interface/client/progress.ts";
import { type PutOptions, type PutResult, put } from "../interface/client/put.ts";
import { type RepairOptions, type RepairResult, repairFile } from "../interface/client/repair/repair.ts";
import { type Audience, type Shared, share } from "../interface/client/share.ts";
import { capabilityOf } from "../interface/client/stored-capability.ts";
import { readFileIndex, type StoredFile } from "../physical/file-index.ts";
import { type ClientOptions, createClientParts } from "./client-parts.ts";

export type {
  Audience,
  CallOptions,
  CatOptions,
  ClientOptions,
  FileAudit,
  FileStatus,
  GetResult,
  PinReport,
  Progress,
  PutResult,
  RepairResult,
  Shared,
  StoredFile,
};
export { HoldfastError };

/** A file: its capability, or the name or deal key of one that was stored from the client's folder. */
export type FileName = string;

/**
 * Verbs throw a HoldfastError; its `code` is listed in docs/errors.md. Money is base units of the token. An aborted verb throws
 * `INTERRUPTED`, and the same call goes on where it was. Verbs that talk to providers take turns: two of one folder, in
 * whatever process, never run side by side.
 */
export interface Client extends AsyncDisposable {
  /** Who pays. */
  address(): Promise<Address>;
  /** Stores the file at `path`; its capability is in the result and in the folder's list. */
  put(path: string, options?: Omit<PutOptions, "path"> & CallOptions): Promise<PutResult>;
  /** Writes the whole file; unless it is all there and right, nothing is left behind. */
  get(file: FileName, options?: Omit<GetOptions, "capability"> & CallOptions): Promise<GetResult>;
  /** A range of bytes, checked; only what it touches is fetched and paid. To stop early is fine. */
  cat(file: FileName, options?: CatOptions & CallOptions): AsyncGenerator<Uint8Array>;
  /** What was stored from this folder, oldest first. The capabilities are secrets. */
  ls(): Promise<StoredFile[]>;
  /** How each replica is doing, from the chain alone. */
  status(file: FileName, options?: CallOptions): Promise<FileStatus>;
  /** Makes each provider's next window ask for this file; `fee` is burned per replica, the least there is unless told. */
  pin(file: FileName, options?: { readonly fee?: bigint | undefined } & CallOptions): Promise<PinReport[]>;
  /** Asks every provider at random for what it is paid to keep, and says whether the file could be had. */
  audit(file: FileName, options?: Omit<AuditOptions, "capability"> & CallOptions): Promise<FileAudit>;
  /** Gives every lost slot a replica again; killed anywhere, the same call goes on and pays nothing twice. */
  repair(file: FileName, options?: Omit<RepairOptions, "capability"> & CallOptions): Promise<RepairResult>;
  /** A capability to give away. `oneCopy` publishes a file that keeps too few slots cold. */
  share(file: FileName, audience: Audience, options?: ShareOptions & CallOptions): Promise<Shared>;
  close(): Promise<void>;
}

export interface ShareOptions {
  readonly oneCopy?: boolean | undefined;
}

/** A client of one data folder. Connects at the first verb that needs it. */
export function createClient(options: ClientOptions): Client {
  const parts = createClientParts(options);
  const { folder } = parts;
  const capability = (file: FileName) => capabilityOf(folder, file);

  /** Runs a verb that talks to providers. */
  async function work<T>(call: CallOptions, verb: (context: ClientContext) => Promise<T>): Promise<T> {
    // It ends by itself when the signal is aborted, and leaves everything in order first.
    try {
      const { context, release } = await parts.lease(call);
      try {
        return await verb(context);
      } finally {
        release();
      }
    } catch (cause) {
      throw interrupted(call, cause);
    }
  }

  async function* catFile(file: FileName, call: CatOptions & CallOptions): AsyncGenerator<Uint8Array> {
    const text = await capability(file);
    try {
      const { context, release } = await parts.lease(call);
      try {
        yield* cat(context, { ...call, capability: text });
      } finally {
        release();
      }
    } catch (cause) {
      throw interrupted(call, cause);
    }
  }

  /** What is known of a file's code: from the folder's list, else from its providers. */
  async function codeOf(text: string, call: CallOptions) {
    const { dealKey } = decodeCapability(text);
    const stored = (await readFileIndex(folder)).find((file) => file.dealKey === dealKey);
    if (stored === undefined) return await work(call, (context) => codeOfFile(context, text));
    return { k: stored.threshold, n: stored.slots, e: stored.hot ?? stored.slots };
  }

  return {
    address: async () => (await parts.signer()).account.address,
    put: (path, call = {}) => work(call, (context) => put(context, { ...call, path })),
    async get(file, call = {}) {
      const text = await capability(file); // said before a password is asked for
      return await work(call, (context) => get(context, { ...call, capability: text }));
    },
    cat: (file, call = {}) => catFile(file, call),
    ls: () => readFileIndex(folder),
    status: (file, call = {}) =>
      interruptible(call, async () => fileStatus({ chain: await parts.reader() }, await capability(file))),
    pin: (file, call = {}) =>
      interruptible(call, async () => {
        const text = await capability(file);
        return await pinFile(await parts.signer(), text, call.fee);
      }),
    async audit(file, call = {}) {
      const text = await capability(file);
      return await work(call, (context) => auditFile(context, { ...call, capability: text }));
    },
    async repair(file, call = {}) {
      const text = await capability(file);
      return await work(call, (context) => repairFile(context, { ...call, capability: text }));
    },
    async share(file, audience, call = {}) {
      const text = await capability(file);
      const code = audience === "public" ? await codeOf(text, call) : undefined;
      return share(text, audience, { code, oneCopy: call.oneCopy });
    },
    close: () => parts.close(),
    [Symbol.asyncDispose]: () => parts.close(),
  };
}

/** Ends with `INTERRUPTED` when the signal is aborted, at once even where the work cannot be: a read of the chain, say. */
async function interruptible<T>({ signal }: CallOptions, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return await work();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([work(), aborted]);
  } catch (cause) {
    throw interrupted({ signal }, cause);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function interrupted({ signal }: CallOptions, cause: unknown): unknown {
  if (signal?.aborted !== true) return cause;
  return new HoldfastError("INTERRUPTED", "Interrupted; run the same command again to go on.", { cause });
}
