// Gets a file back: any k providers, paid piece by piece, every byte checked, the output complete or absent.

import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { equalBytes } from "../../common/bytes.ts";
import { HoldfastError } from "../../common/errors.ts";
import { secretsOf } from "../../data/capability.ts";
import { decodeCapability } from "../../data/capability-codec.ts";
import { cidToText, createCidHasher } from "../../data/cid.ts";
import { layoutOf } from "../../data/header.ts";
import { createReedSolomon } from "../../data/kernels/reed-solomon.ts";
import { decryptFacts } from "../../data/plaintext-facts.ts";
import { contentKey } from "../../data/segment-cipher.ts";
import { decodeSegment } from "../../data/segment-codec.ts";
import { syncFolder } from "../../physical/durable-file.ts";
import { checkOutput, partOf } from "../../physical/output-file.ts";
import { fileError } from "../../physical/user-file.ts";
import type { ClientContext } from "./context.ts";
import { type LiveDeal, readDeal } from "./deal-on-chain.ts";
import { fetchHeader, fetchSlotTable } from "./fetch-metadata.ts";
import { isOwnFault } from "./own-fault.ts";
import { openSources } from "./sources.ts";
import { fetchSegments } from "./swarm.ts";

export interface GetOptions {
  readonly capability: string;
  /** Where the file goes; its own name in the current folder unless told. */
  readonly output?: string;
  /** Replaces an existing file. */
  readonly force?: boolean;
  /** The most to pay per piece; base units. Unless told, a few times what the k cheapest ask. */
  readonly maxPrice?: bigint;
}

export interface GetResult {
  readonly path: string;
  readonly bytes: number;
  readonly cid: string;
  /** Base units promised by vouchers, as decimal text. */
  readonly paid: string;
  /** Slots that failed or were too slow, with the reason. */
  readonly trouble: readonly { readonly slot: number; readonly reason: string }[];
}

/** Throws a HoldfastError and leaves no output behind, unless the whole file is there and its CID is right. */
export async function get(context: ClientContext, options: GetOptions): Promise<GetResult> {
  const capability = decodeCapability(options.capability);
  const secrets = secretsOf(capability);
  if (secrets.fileKey === undefined) {
    throw new HoldfastError(
      "CAPABILITY_TOO_WEAK",
      `A ${capability.type} capability cannot read the file: ask its owner for a read capability.`,
    );
  }
  const replace = options.force === true;
  if (options.output !== undefined) await checkOutput(path.resolve(options.output), replace);
  const deal = await readDeal(context, capability);
  requireThreshold(deal);
  const header = await fetchHeader(context, deal);
  const table = await fetchSlotTable(context, deal, header);
  const { cid, name } = decryptFacts(secrets.fileKey, header.fileId, header.facts);
  const output = path.resolve(options.output ?? path.basename(name));
  if (options.output === undefined) await checkOutput(output, replace);

  const layout = layoutOf(header);
  const code = createReedSolomon(header.k, header.n);
  const key = contentKey(secrets.fileKey, header.fileId);
  const trouble = new Map<number, string>();
  const sources = await openSources(context, {
    deal,
    table,
    seal: secrets.seal,
    pieces: layout.segments,
    k: header.k,
    maxPrice: options.maxPrice,
    onTrouble: (slot, cause) => trouble.set(slot, reasonOf(cause)),
  });
  try {
    const temporary = partOf(output, deal.reference.dealKey);
    try {
      await writeSegments(temporary);
      await rename(temporary, output);
      await syncFolder(path.dirname(output));
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {});
      throw fileError(cause, output);
    }
    const found = [...trouble].map(([slot, reason]) => ({ slot, reason }));
    const paid = sources.paid().toString();
    return { path: output, bytes: header.fileSize, cid: cidToText(cid), paid, trouble: found };
  } finally {
    await sources.close();
  }

  async function writeSegments(file: string): Promise<void> {
    // A run that was killed may have left its part. Exclusively: nobody's link may say where the plaintext goes.
    await rm(file, { force: true });
    const handle = await open(file, "wx", 0o600);
    try {
      const hasher = createCidHasher();
      let index = 0;
      const swarm = fetchSegments({
        segments: layout.segments,
        k: header.k,
        sources: sources.list,
        isFinal: isOwnFault,
        onTrouble: (slot, cause) => {
          trouble.set(slot, reasonOf(cause));
          context.tell(`slot ${slot}: ${reasonOf(cause)}`);
        },
        ...(context.signal === undefined ? {} : { signal: context.signal }),
      });
      for await (const pieces of swarm) {
        const segment = decodeSegment(
          header,
          code,
          key,
          index,
          pieces.map(({ slot, bytes }) => ({ index: slot, bytes })),
        );
        hasher.update(segment);
        await handle.writeFile(segment);
        index++;
        context.tell(`fetched ${Math.floor((100 * index) / layout.segments)} %`);
      }
      if (!equalBytes(hasher.finish(), cid)) {
        throw new HoldfastError("WRONG_CONTENT", "The file that was put together is not the one that was stored.");
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** What is not under contract any more is deleted by its provider: nobody needs to be asked, or paid, for it. */
function requireThreshold({ active, deal }: LiveDeal): void {
  const needed = deal.terms.threshold;
  if (active.length >= needed) return;
  throw new HoldfastError(
    "DEAL_OVER",
    `${active.length === 0 ? "None" : `Only ${active.length}`} of this file's replicas is under contract any more and ${needed} are needed: its deal is over, it cannot be fetched.`,
    { details: { needed, active: active.length } },
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
