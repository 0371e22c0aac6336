import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { createPutJournal, listPutJournals, openPutJournal } from "../../../node/physical/put-journal.ts";

const hash = (byte: number) => new Uint8Array(32).fill(byte);

describe("put journal", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "holdfast-journal-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("gives back its state, big integers and names that look like them included", async () => {
    const journal = await createPutJournal(root, "one", { price: 12n, name: "12n", nested: [{ bigint: 3n }] });
    await journal.save({ price: 13n, name: "13n", nested: [{ bigint: 4n }] });
    await journal.close();
    const again = await openPutJournal<unknown>(root, "one");
    expect(again?.state).to.deep.equal({ price: 13n, name: "13n", nested: [{ bigint: 4n }] });
    await again?.close();
    expect(await listPutJournals(root)).to.deep.equal(["one"]);
  });

  it("accepts a segment again only with the hash it left with", async () => {
    const journal = await createPutJournal(root, "one", {});
    await journal.confirmSegment(0, hash(1));
    await journal.confirmSegment(1, hash(2));
    await journal.close();
    const again = await openPutJournal(root, "one");
    await again?.confirmSegment(1, hash(2));
    let code = "";
    await again?.confirmSegment(0, hash(9)).catch((error) => {
      code = error.code;
    });
    expect(code).to.equal("FILE_CHANGED");
    await again?.confirmSegment(2, hash(3));
    await again?.close();
  });

  it("forgets a hash that a crash tore: its segment had not left", async () => {
    const journal = await createPutJournal(root, "one", {});
    await journal.confirmSegment(0, hash(1));
    await journal.close();
    appendFileSync(path.join(root, "one", "segments"), hash(7).subarray(0, 20));
    for (const second of [2, 2, 3]) {
      const again = (await openPutJournal(root, "one"))!;
      const confirmed = await again.confirmSegment(1, hash(second)).then(
        () => "confirmed",
        (error) => error.code,
      );
      expect(confirmed).to.equal(second === 2 ? "confirmed" : "FILE_CHANGED");
      await again.close();
    }
  });

  it("is gone without a trace once removed", async () => {
    const journal = await createPutJournal(root, "one", {});
    await journal.remove();
    expect(await listPutJournals(root)).to.deep.equal([]);
    expect(await openPutJournal(root, "one")).to.equal(undefined);
  });
});
