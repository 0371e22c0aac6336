// `import { createClient } from "holdfast"`: everything a client can do, typed. The command line does the same by the same calls.

import { formatAmount } from "../common/amounts.ts";
import { HoldfastError } from "../common/errors.ts";
import type { Chain } from "../consensus/chain.ts";
import { decodeCapability } from "../data/capability-codec.ts";
import { cidOfSha256 } from "../data/cid.ts";
import { type Abandoned, abandonPut } from "../interface/client/abandon-put.ts";
import { type AuditOptions, auditFile, type FileAudit } from "../interface/client/audit-file.ts";
import { type CatOptions, cat } from "../interface/client/cat.ts";
import type { ClientContext } from "../interface/client/context.ts";
import { examine, type Finding } from "../interface/client/doctor.ts";
import { type EndResult, endFile } from "../interface/client/end-file.ts";
import { type FileFacts, fileFacts } from "../interface/client/file-facts.ts";
import { fileHistory, type HistoryEntry } from "../interface/client/file-history.ts";
import { type FileStatus, fileStatus } from "../interface/client/file-status.ts";
import { type GetOptions, type GetResult, get } from "../interface/client/get.ts";
import { readManifest } from "../interface/client/get-folder.ts";
import { codeOfFile, contentOf, findFile } from "../interface/client/open-file.ts";
import { type PinReport, pinFile } from "../interface/client/pin-file.ts";
import { type PutPreview, previewPut } from "../interface/client/preview-put.ts";
import type { CallOptions, Progress } from "../interface/client/progress.ts";
import { type ClosedChannels, closeChannels, type Purse, readPurse, withdrawFree } from "../interface/client/purse.ts";
import { type PutOptions, type PutResult, put } from "../interface/client/put.ts";
import { backUpIndex } from "../interface/client/recovery/backup.ts";
import { type RestoreResult, restoreFiles } from "../interface/client/recovery/restore.ts";
import { type RenewOptions, type RenewResult, renewFile } from "../interface/client/renew-file.ts";
import { type RepairOptions, type RepairResult, repairFile } from "../interface/client/repair/repair.ts";
import { type Audience, type Shared, share } from "../interface/client/share.ts";
import { type NamedSteward, nameSteward, sendHeartbeat } from "../interface/client/steward/name-steward.ts";
import { type TendResult, tendFile } from "../interface/client/steward/tend-file.ts";
import { capabilityOf } from "../interface/client/stored-capability.ts";
import { type Activity, readActivities, recordActivity } from "../physical/activity-log.ts";
import { readFileIndex, type StoredFile } from "../physical/file-index.ts";
import type { Client, FileName, ListedEntry } from "./client-api.ts";
import { type ClientOptions, createClientParts } from "./client-parts.ts";
import { interrupted, interruptible } from "./interruptible.ts";

export type {
  Abandoned,
  Activity,
  Audience,
  AuditOptions,
  CallOptions,
  CatOptions,
  Client,
  ClientOptions,
  ClosedChannels,
  EndResult,
  FileAudit,
  FileFacts,
  FileStatus,
  Finding,
  GetOptions,
  GetResult,
  HistoryEntry,
  ListedEntry,
  NamedSteward,
  PinReport,
  Progress,
  Purse,
  PutOptions,
  PutPreview,
  PutResult,
  RenewOptions,
  RenewResult,
  RepairOptions,
  RepairResult,
  RestoreResult,
  Shared,
  StoredFile,
  TendResult,
};
export { HoldfastError };

/** A client of one data folder. Connects at the first verb that needs it; `close` it, or use `await using`. */
export function createClient(options: ClientOptions): Client {
  const parts = createClientParts(options);
  const { folder } = parts;
  const tokens = (amount: bigint) => `${formatAmount(amount)} tokens`;

  /** The capability of a file; a wrong name or a mistyped one is said before a password is asked for. */
  async function named(file: FileName): Promise<string> {
    const capability = await capabilityOf(folder, file);
    decodeCapability(capability);
    return capability;
  }

  /** Runs a verb that talks to providers or pays: alone, and it leaves everything in order when it is aborted. */
  async function work<T>(call: CallOptions, verb: (context: ClientContext) => Promise<T>): Promise<T> {
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

  /** As `work`, about a file. */
  async function about<T>(
    file: FileName,
    call: CallOptions,
    verb: (context: ClientContext, capability: string) => Promise<T>,
  ): Promise<T> {
    const capability = await named(file);
    return await work(call, (context) => verb(context, capability));
  }

  /** Reads the chain about a file, without a key. */
  function read<T>(file: FileName, call: CallOptions, verb: (chain: Chain, capability: string) => Promise<T>) {
    return interruptible(call, async () => {
      const capability = await named(file);
      call.onProgress?.({ text: "reading the chain" });
      return await verb(await parts.reader(), capability);
    });
  }

  const note = (verb: string, dealKey: string, text: string) =>
    recordActivity(folder, { at: new Date().toISOString(), verb, dealKey, text });

  async function storedAs(capability: string): Promise<StoredFile | undefined> {
    const { dealKey } = decodeCapability(capability);
    return (await readFileIndex(folder)).find((file) => file.dealKey === dealKey);
  }

  /** Folders that refer to the object would lose the files in it. */
  async function requireUnused(capability: string): Promise<void> {
    const { dealKey } = decodeCapability(capability);
    const user = (await readFileIndex(folder)).find(
      ({ packs = [], endedAt }) => endedAt === undefined && packs.includes(dealKey),
    );
    if (user === undefined) return;
    throw new HoldfastError("IN_USE", `The folder ${user.name} stored later has files in it: end that one first.`, {
      details: { dealKey, user: user.dealKey },
    });
  }

  async function* catFile(file: FileName, call: Parameters<Client["cat"]>[1] = {}): AsyncGenerator<Uint8Array> {
    const capability = await named(file);
    try {
      const { context, release } = await parts.lease(call);
      try {
        yield* cat(context, { ...call, capability });
      } finally {
        release();
      }
    } catch (cause) {
      throw interrupted(call, cause);
    }
  }

  return {
    address: (call = {}) => interruptible(call, async () => (await parts.signer()).account.address),
    put: (path, call = {}) =>
      work(call, async (context) => {
        const stored = await put(context, { ...call, path });
        const cost = stored.escrow === undefined ? "" : ` for ${tokens(stored.escrow + stored.fee!)}`;
        await note("put", stored.dealKey, `stored ${stored.bytes} bytes in ${stored.slots.length} slots${cost}`);
        return stored;
      }),
    abandon: (path, call = {}) => work(call, (context) => abandonPut(context, path)),
    preview: (path, call = {}) => work(call, (context) => previewPut(context, { ...call, path })),
    get: (file, call = {}) =>
      about(file, call, async (context, capability) => {
        const got = await get(context, { ...call, capability });
        const { dealKey } = decodeCapability(capability);
        await note("get", dealKey, `fetched ${got.bytes} bytes to ${got.path} for ${tokens(got.paid)}`);
        return got;
      }),
    cat: catFile,
    entries: (file, call = {}) =>
      about(file, call, async (context, capability) => {
        const { entries } = await readManifest(context, await findFile(context, capability), call);
        return entries.map((entry) => (entry.type === "file" ? { ...entry, cid: cidOfSha256(entry.sha256) } : entry));
      }),
    ls: (call = {}) => interruptible(call, () => readFileIndex(folder)),
    cid: (file, call = {}) => interruptible(call, async () => (await storedAs(await named(file)))?.cid),
    async stat(file, call = {}) {
      const capability = await named(file);
      const known = await storedAs(capability);
      const own = known && { name: known.name, size: known.size, cid: known.cid, hot: known.hot ?? known.slots };
      // What this folder did not store is in the header, which only a reading capability opens.
      const readable = ["owner", "read"].includes(decodeCapability(capability).type);
      if (own !== undefined || !readable) return await read(file, call, (chain) => fileFacts(chain, capability, own));
      return await work(call, async (context) =>
        fileFacts(context.chain, capability, await contentOf(context, capability)),
      );
    },
    rm: (file, call = {}) =>
      about(file, call, async (context, capability) => {
        await requireUnused(capability);
        const ended = await endFile(context, capability, call);
        const { paidBack } = ended;
        if (paidBack !== undefined) await note("rm", ended.dealKey, `ended early; ${tokens(paidBack)} came back`);
        return ended;
      }),
    renew: (file, call) =>
      about(file, call, async (context, capability) => {
        const renewed = await renewFile(context, capability, call);
        const text = `extended ${renewed.slots.length} slots by ${call.windows} windows for at most ${tokens(renewed.cost)}`;
        if (renewed.done) await note("renew", renewed.dealKey, text);
        const others = (await storedAs(capability))?.packs ?? [];
        if (others.length === 0) return renewed;
        const { chain } = context;
        const { keptUntilBlock: end = 0n } = await fileFacts(chain, capability, undefined);
        const { period } = chain.parameters;
        // Openings of different providers lie up to a period apart.
        const enough = (renewed.done ? end : end + BigInt(call.windows) * period) - period;
        const packs: RenewResult[] = [];
        let spent = renewed.cost;
        for (const dealKey of others) {
          const text = await capabilityOf(folder, dealKey);
          const { keptUntilBlock = 0n } = await fileFacts(chain, text, undefined);
          if (keptUntilBlock >= enough) continue;
          const budget = call.budget === undefined ? undefined : call.budget - spent;
          const pack = await renewFile(context, text, { ...call, budget });
          spent += pack.cost;
          packs.push(pack);
        }
        return { ...renewed, packs };
      }),
    history: (file, call = {}) => read(file, call, (chain, capability) => fileHistory(chain, folder, capability)),
    activities: (call = {}) => interruptible(call, () => readActivities(folder)),
    async share(file, audience, call = {}) {
      const capability = await named(file);
      const known = await storedAs(capability);
      const codeOf = async () => {
        if (known === undefined) return await work(call, (context) => codeOfFile(context, capability));
        return { k: known.threshold, n: known.slots, e: known.hot ?? known.slots };
      };
      const code = audience === "public" ? await codeOf() : undefined;
      const shared = share(capability, audience, { code, oneCopy: call.oneCopy });
      await note("share", decodeCapability(capability).dealKey, `a ${audience} capability was made`);
      return shared;
    },
    audit: (file, call = {}) =>
      about(file, call, async (context, capability) => {
        const audit = await auditFile(context, { ...call, capability });
        const { dealKey, health, sound, slots, paid } = audit;
        await note("audit", dealKey, `${health}: ${sound} of ${slots.length} slots sound; pieces for ${tokens(paid)}`);
        return audit;
      }),
    repair: (file, call = {}) =>
      about(file, call, async (context, capability) => {
        const repaired = await repairFile(context, { ...call, capability });
        const text = `${repaired.repaired.length} lost slots have a replica again, ${repaired.stillLost.length} have none`;
        await note("repair", repaired.dealKey, text);
        return repaired;
      }),
    nameSteward: (file, steward, call) =>
      interruptible(call, async () => {
        const capability = await capabilityOf(folder, file);
        call.onProgress?.({ text: "naming the steward on the chain" });
        const named = await nameSteward(await parts.signer(), { ...call, capability, steward });
        await note(
          "steward",
          decodeCapability(capability).dealKey,
          `${steward} is the steward until block ${named.until}`,
        );
        return named;
      }),
    heartbeat: (file, call = {}) =>
      interruptible(call, async () => {
        const capability = await named(file);
        call.onProgress?.({ text: "giving the chain a sign of life" });
        await sendHeartbeat(await parts.signer(), capability);
        await note("heartbeat", decodeCapability(capability).dealKey, "a sign of life was given");
      }),
    tend: (file, call = {}) =>
      about(file, call, async (context, capability) => {
        const tended = await tendFile(context, { ...call, capability });
        const filled = tended.repair?.repaired.length ?? 0;
        if (filled > 0) await note("tend", tended.dealKey, `${filled} lost slots have a replica again`);
        return tended;
      }),
    backup: (call = {}) => work(call, (context) => backUpIndex(context, call)),
    restore: (call = {}) => work(call, (context) => restoreFiles(context, call)),
    status: (file, call = {}) => read(file, call, (chain, capability) => fileStatus({ chain }, capability)),
    pin: (file, call = {}) =>
      interruptible(call, async () => {
        const capability = await named(file);
        call.onProgress?.({ text: "pinning the next windows to the file" });
        const pins = await pinFile(await parts.signer(), capability, call.fee);
        const { length } = pins.filter(({ window }) => window !== undefined);
        await note("pin", decodeCapability(capability).dealKey, `${length} windows will ask for it`);
        return pins;
      }),
    wallet: (call = {}) =>
      interruptible(call, async () => {
        const chain = await parts.signer();
        call.onProgress?.({ text: "reading the chain" });
        return await readPurse(chain, chain.account.address);
      }),
    withdraw: (call = {}) => work(call, ({ chain }) => withdrawFree(chain, call)),
    closeChannels: (call = {}) => work(call, ({ chain }) => closeChannels(chain)),
    doctor: (call = {}) => {
      const { reader, signer, host } = parts;
      call.onProgress?.({ text: "looking at chain, key, money, disk and providers" });
      return interruptible(call, () => examine({ folder, reader, signer, host, now: Date.now }));
    },
    close: () => parts.close(),
    [Symbol.asyncDispose]: () => parts.close(),
  };
}
