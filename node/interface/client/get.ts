// Gets a file back: any k providers, paid piece by piece, every byte checked, the output complete or absent.

import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { equalBytes } from "../../common/bytes.ts";
import { HoldfastError } from "../../common/errors.ts";
import { carPrefix } from "../../data/car.ts";
import { cidToText, createCidHasher } from "../../data/cid.ts";
import { syncFolder } from "../../physical/durable-file.ts";
import { checkAbsent, checkOutput, partOf } from "../../physical/output-file.ts";
import { fileError } from "../../physical/user-file.ts";
import type { ClientContext } from "./context.ts";
import { getFolder, isFolder } from "./get-folder.ts";
import { findFile, type OpenSegments, openSegments, type ReadableFile } from "./open-file.ts";
import { percent } from "./progress.ts";

export interface GetOptions {
  readonly capability: string;
  /** Where the file goes; its own name in the current folder unless told. */
  readonly output?: string | undefined;
  /** Writes a CAR that holds the file as one block under its CID; NAME.car unless told. */
  readonly car?: boolean | undefined;
  /** Replaces an existing file. */
  readonly force?: boolean | undefined;
  /** The most to pay per piece; base units. Unless told, a few times what the k cheapest ask. */
  readonly maxPrice?: bigint | undefined;
}

export interface GetResult {
  readonly path: string;
  readonly bytes: number;
  readonly cid: string;
  /** Base units promised by vouchers. */
  readonly paid: bigint;
  /** Slots that failed or were too slow, with the reason. */
  readonly trouble: readonly { readonly slot: number; readonly reason: string }[];
}

/** Throws a HoldfastError and leaves no output behind, unless the whole file is there and its CID is right. */
export async function get(context: ClientContext, options: GetOptions): Promise<GetResult> {
  const replace = options.force === true;
  if (options.output !== undefined) await checkOutput(path.resolve(options.output), replace);
  const file = await findFile(context, options.capability);
  const output = path.resolve(options.output ?? `${path.basename(file.name)}${options.car === true ? ".car" : ""}`);
  if (options.output === undefined) await checkOutput(output, replace);

  if (isFolder(file)) {
    if (options.car === true) {
      throw new HoldfastError("NOT_A_FILE", `${file.name} is a folder: a CAR holds one file.`);
    }
    await checkAbsent(output);
    return await getFolder(context, file, output, options);
  }
  const indices = Array.from({ length: file.layout.segments }, (_, i) => i);
  const segments = await openSegments(context, file, { indices, maxPrice: options.maxPrice });
  try {
    const temporary = partOf(output, file.deal.reference.dealKey);
    try {
      const prefix = options.car === true ? carPrefix(file.cid, file.header.fileSize) : new Uint8Array();
      await writeSegments(context, file, segments, { target: temporary, prefix });
      await rename(temporary, output);
      await syncFolder(path.dirname(output));
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {});
      throw fileError(cause, output);
    }
    const { fileSize: bytes } = file.header;
    return { path: output, bytes, cid: cidToText(file.cid), paid: segments.paid(), trouble: segments.trouble() };
  } finally {
    await segments.close();
  }
}

async function writeSegments(
  context: ClientContext,
  { layout, cid }: ReadableFile,
  segments: OpenSegments,
  { target, prefix }: { target: string; prefix: Uint8Array },
): Promise<void> {
  // A run that was killed may have left its part. Exclusively: nobody's link may say where the plaintext goes.
  await rm(target, { force: true });
  const handle = await open(target, "wx", 0o600);
  try {
    await handle.writeFile(prefix);
    const hasher = createCidHasher();
    let done = 0;
    for await (const segment of segments) {
      hasher.update(segment);
      await handle.writeFile(segment);
      const amount = { stage: "fetch", done: ++done, total: layout.segments } as const;
      context.tell(`fetched ${percent(amount)} %`, amount);
    }
    if (!equalBytes(hasher.finish(), cid)) {
      throw new HoldfastError("WRONG_CONTENT", "The file that was put together is not the one that was stored.");
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
