/** How long after an upload's last byte its commitment is ready: a file that a client puts with a provider's daemon, each a process. */
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startNetwork } from "../../lib/network.ts";
import { holdfast } from "../../lib/processes.ts";

const MIB = 2 ** 20;
/** What node/interface/provider-api-upload.ts tells the operator. */
const SAID = /Committed to a replica of \d+ groups, ([\d.]+) s after its last piece came/;

export type UploadReport = {
  readonly mebibytes: number;
  /** From the arrival of the last piece at the provider to a commitment that is durable. */
  readonly afterLastByteSeconds: number;
};

export async function measureUpload(mebibytes: number, tell: (text: string) => void): Promise<UploadReport> {
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-bench-"));
  const tokens = { provider: "100000", client: "100000", stake: "1000" };
  const network = await startNetwork({ folder, providers: 1, tokens, tell });
  try {
    const file = path.join(folder, "file");
    for (let i = 0; i < mebibytes; i++) appendFileSync(file, randomBytes(MIB));
    tell(`putting ${mebibytes} MiB`);
    const place = ["--data", "1", "--total", "1"];
    await holdfast(["client", "put", file, ...place, ...network.options(network.client.folder)]);
    const said = SAID.exec(readFileSync(network.providers[0]!.daemon.log, "utf8"));
    if (said === null) throw new Error("the provider's log does not tell of a commitment");
    return { mebibytes, afterLastByteSeconds: Number(said[1]) };
  } finally {
    await network.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
