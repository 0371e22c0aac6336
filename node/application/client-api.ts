// What a client does, for scripts and for the command line alike.

import type { Address } from "viem";
import type { FolderEntry } from "../data/folder-manifest.ts";
import type { Abandoned } from "../interface/client/abandon-put.ts";
import type { AuditOptions, FileAudit } from "../interface/client/audit-file.ts";
import type { CatOptions } from "../interface/client/cat.ts";
import type { Finding } from "../interface/client/doctor.ts";
import type { EndResult } from "../interface/client/end-file.ts";
import type { FileFacts } from "../interface/client/file-facts.ts";
import type { HistoryEntry } from "../interface/client/file-history.ts";
import type { FileStatus } from "../interface/client/file-status.ts";
import type { GetOptions, GetResult } from "../interface/client/get.ts";
import type { PinReport } from "../interface/client/pin-file.ts";
import type { PutPreview } from "../interface/client/preview-put.ts";
import type { CallOptions } from "../interface/client/progress.ts";
import type { ClosedChannels, Purse } from "../interface/client/purse.ts";
import type { PutOptions, PutResult } from "../interface/client/put.ts";
import type { RestoreOptions, RestoreResult } from "../interface/client/recovery/restore.ts";
import type { RenewOptions, RenewResult } from "../interface/client/renew-file.ts";
import type { RepairOptions, RepairResult } from "../interface/client/repair/repair.ts";
import type { Audience, Shared } from "../interface/client/share.ts";
import type { NamedSteward, NameStewardOptions } from "../interface/client/steward/name-steward.ts";
import type { TendOptions, TendResult } from "../interface/client/steward/tend-file.ts";
import type { Activity } from "../physical/activity-log.ts";
import type { StoredFile } from "../physical/file-index.ts";

/** What a folder holds, a file with the CIDv1 of its bytes. */
export type ListedEntry = FolderEntry & { readonly cid?: string };

/** A file: its capability, or the name or deal key of one that was stored from the client's folder. */
export type FileName = string;

/**
 * Verbs throw a HoldfastError; its `code` is listed in docs/errors.md. Money is base units of the token. An aborted verb throws
 * `INTERRUPTED`, and the same call goes on where it was. Verbs that talk to providers or pay take turns: two of one folder, in
 * whatever process, never run side by side.
 */
export interface Client extends AsyncDisposable {
  /** Who pays. */
  address(options?: CallOptions): Promise<Address>;
  /** Stores the file at `path`; its capability is in the result and in the folder's list. */
  put(path: string, options?: Omit<PutOptions, "path" | "salt"> & CallOptions): Promise<PutResult>;
  /** Forgets a put of the file at `path` that failed, and says what is left of it. */
  abandon(path: string, options?: CallOptions): Promise<Abandoned>;
  /** What `put` would cost, what its client can lose, and how every provider scores; nothing is sent or paid. */
  preview(path: string, options?: Omit<PutOptions, "path" | "salt"> & CallOptions): Promise<PutPreview>;
  /** Writes the whole file; unless it is all there and right, nothing is left behind. */
  get(file: FileName, options?: Omit<GetOptions, "capability"> & CallOptions): Promise<GetResult>;
  /** A range of bytes, checked; only what it touches is fetched and paid. To stop early is fine. */
  cat(file: FileName, options?: CatOptions & CallOptions): AsyncGenerator<Uint8Array>;
  /** What a stored folder holds; only its manifest is fetched. */
  entries(folder: FileName, options?: { readonly maxPrice?: bigint } & CallOptions): Promise<readonly ListedEntry[]>;
  /** What was stored from this folder, oldest first. The capabilities are secrets. */
  ls(options?: CallOptions): Promise<StoredFile[]>;
  /** CIDv1 of the file's bytes, where this folder's list has it; nothing is fetched for it. `stat` also reads it from the header. */
  cid(file: FileName, options?: CallOptions): Promise<string | undefined>;
  /** What the file is, what it costs and until when it is kept. */
  stat(file: FileName, options?: CallOptions): Promise<FileFacts>;
  /** Ends the deal early and says what comes back; with `dryRun` it only says it. */
  rm(file: FileName, options?: { readonly dryRun?: boolean } & CallOptions): Promise<EndResult>;
  /**
   * Keeps the file longer, at prices that its providers sign; with `dryRun` it only says them. A folder's other objects are renewed
   * with it where they end before it, each a result of its own.
   */
  renew(
    file: FileName,
    options: RenewOptions & CallOptions,
  ): Promise<RenewResult & { readonly packs?: readonly RenewResult[] }>;
  /** What happened to a file, on the chain and from this folder; without a file all that was done from this folder. */
  history(file: FileName, options?: CallOptions): Promise<HistoryEntry[]>;
  activities(options?: CallOptions): Promise<Activity[]>;
  /** Asks every provider at random for what it is paid to keep, and says whether the file could be had. */
  audit(file: FileName, options?: Omit<AuditOptions, "capability"> & CallOptions): Promise<FileAudit>;
  /** Gives every lost slot a replica again; killed anywhere, the same call goes on and pays nothing twice. */
  repair(file: FileName, options?: Omit<RepairOptions, "capability"> & CallOptions): Promise<RepairResult>;
  /** Names who may fill the file's lost slots, within limits, and gives the capability that it needs. */
  nameSteward(
    file: FileName,
    steward: Address,
    options: Omit<NameStewardOptions, "capability" | "steward"> & CallOptions,
  ): Promise<NamedSteward>;
  /** A sign of life: the file's steward may approve n - k replacements again. */
  heartbeat(file: FileName, options?: CallOptions): Promise<void>;
  /** One look of a steward at a file that it has a repair capability of: fills lost slots, claims earned bonuses. */
  tend(file: FileName, options?: Omit<TendOptions, "capability"> & CallOptions): Promise<TendResult>;
  /** Stores the list of stored files, so that the wallet's phrase alone finds it again. */
  backup(options?: Omit<PutOptions, "path" | "salt"> & CallOptions): Promise<PutResult>;
  /** Everything that the wallet stored, in the folder's list again, from the chain and the providers alone. */
  restore(options?: RestoreOptions & CallOptions): Promise<RestoreResult>;
  /** A capability to give away. `oneCopy` publishes a file that keeps too few slots cold. */
  share(file: FileName, audience: Audience, options?: { readonly oneCopy?: boolean } & CallOptions): Promise<Shared>;
  /** How each replica is doing, from the chain alone. */
  status(file: FileName, options?: CallOptions): Promise<FileStatus>;
  /** Makes each provider's next window ask for this file; `fee` is burned per replica, the least there is unless told. */
  pin(file: FileName, options?: { readonly fee?: bigint | undefined } & CallOptions): Promise<PinReport[]>;
  /** What the client owns, and its open payment channels. */
  wallet(options?: CallOptions): Promise<Purse>;
  /** Takes free tokens out of the vault: all, to the client's own wallet, unless told. */
  withdraw(options?: WithdrawOptions & CallOptions): Promise<{ readonly amount: bigint; readonly to: Address }>;
  /** Gets back what payment channels still hold; it takes a delay, and a second call after it. */
  closeChannels(options?: CallOptions): Promise<ClosedChannels>;
  /** What is wrong with chain, clock, key, money, disk or providers; never throws for that. */
  doctor(options?: CallOptions): Promise<Finding[]>;
  close(): Promise<void>;
}

export interface WithdrawOptions {
  readonly amount?: bigint | undefined;
  readonly to?: Address | undefined;
}
