// What is left of a put that failed, by its journal and the chain.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { abandonPut } from "../../../node/interface/client/abandon-put.ts";
import type { ClientContext } from "../../../node/interface/client/context.ts";
import type { PutState } from "../../../node/interface/client/put-plan.ts";
import { createPutJournal, listPutJournals } from "../../../node/physical/put-journal.ts";

const ZERO = `0x${"0".repeat(64)}`;

describe("abandoning a put", () => {
  let folder: string;
  let file: string;
  let root: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-abandon-"));
    file = path.join(folder, "file");
    root = path.join(folder, "puts");
    writeFileSync(file, "bytes");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A chain on which the deal is open or not, and the client's transactions are all in blocks or not. */
  function context({ open = false, sending = false } = {}): ClientContext {
    const publicClient = {
      readContract: async () => (open ? `0x${"1".repeat(64)}` : ZERO),
      getTransactionCount: async ({ blockTag }: { blockTag: string }) => (blockTag === "pending" && sending ? 4 : 3),
    };
    const chain = { account: { address: "0x1" }, addresses: { market: "0x2" }, publicClient };
    return { folder, chain } as unknown as ClientContext;
  }

  async function begun(of: string, more: Partial<PutState> = {}): Promise<void> {
    const state = { plan: { path: of, dealKey: ZERO }, slots: [], spare: [], ...more } as unknown as PutState;
    await (await createPutJournal(root, path.basename(of), state)).close();
  }
  const content = { headerHash: ZERO, cid: "b" } as NonNullable<PutState["content"]>;

  it("that had not come to its transaction leaves nothing, and no other put is touched", async () => {
    await begun(file);
    await begun("/elsewhere/other");
    expect(await abandonPut(context({ sending: true }), file)).to.equal("gone");
    expect(await listPutJournals(root)).to.deep.equal(["other"]);
    expect(await abandonPut(context(), file)).to.equal("gone");
  });

  it("whose deal is open keeps what it takes to end it for nothing", async () => {
    await begun(file, { content });
    expect(await abandonPut(context({ open: true }), file)).to.equal("open");
    expect(await listPutJournals(root)).to.have.length(1);
  });

  it("whose transaction may be on its way is kept until that is known", async () => {
    await begun(file, { content });
    expect(await abandonPut(context({ sending: true }), file)).to.equal("unsure");
    expect(await listPutJournals(root)).to.have.length(1);
    expect(await abandonPut(context(), file)).to.equal("gone");
    expect(await listPutJournals(root)).to.deep.equal([]);
  });

  it("is found by its file's place, through links too, and when the file is gone", async () => {
    const link = path.join(folder, "link");
    symlinkSync(file, link);
    await begun(file);
    expect(await abandonPut(context(), link)).to.equal("gone");
    expect(await listPutJournals(root)).to.deep.equal([]);
    await begun(file);
    rmSync(file);
    expect(await abandonPut(context(), file)).to.equal("gone");
    expect(await listPutJournals(root)).to.deep.equal([]);
  });
});
