import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
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
    await journal.confirmSegments(0, [hash(1)]);
    await journal.confirmSegments(1, [hash(2), hash(3)]);
    await journal.close();
    const again = (await openPutJournal(root, "one"))!;
    await again.confirmSegments(1, [hash(2), hash(3)]);
    for (const [first, digests] of [
      [0, [hash(9)]],
      [1, [hash(2), hash(9)]],
      [2, [hash(9), hash(4)]],
    ] as const) {
      const code = await again.confirmSegments(first, digests).then(
        () => "confirmed",
        (error) => error.code,
      );
      expect(code).to.equal("FILE_CHANGED");
    }
    await again.confirmSegments(2, [hash(3), hash(4), hash(5)]);
    await again.close();
    const third = (await openPutJournal(root, "one"))!;
    await third.confirmSegments(0, [1, 2, 3, 4, 5].map(hash));
    await third.close();
  });

  for (const [when, opened] of [
    ["it begins", () => createPutJournal(root, "one", {})],
    ["a crash left its state alone", () => openPutJournal(root, "one")],
  ] as const) {
    it(`is opened only when the name of the file with the hashes is durable, when ${when}`, async () => {
      const folder = path.join(root, "one");
      if (when !== "it begins") await (await createPutJournal(root, "one", {})).close();
      rmSync(path.join(folder, "segments"), { force: true });
      const named: boolean[] = [];
      const handle = await open(root, "r");
      const prototype = Object.getPrototypeOf(handle) as FileHandle;
      await handle.close();
      const { sync } = prototype;
      prototype.sync = async function (this: FileHandle) {
        const before = existsSync(path.join(folder, "segments"));
        const { ino } = await this.stat();
        await sync.call(this);
        if (ino === statSync(folder).ino) named.push(before);
      };
      try {
        await (await opened())!.close();
      } finally {
        prototype.sync = sync;
      }
      expect(named.at(-1)).to.equal(true);
    });
  }

  it("forgets a hash that a crash tore: its segment had not left", async () => {
    const journal = await createPutJournal(root, "one", {});
    await journal.confirmSegments(0, [hash(1)]);
    await journal.close();
    appendFileSync(path.join(root, "one", "segments"), hash(7).subarray(0, 20));
    for (const second of [2, 2, 3]) {
      const again = (await openPutJournal(root, "one"))!;
      const confirmed = await again.confirmSegments(1, [hash(second)]).then(
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

  it("that was cut short before it had a state goes", async () => {
    mkdirSync(path.join(root, "one"));
    expect(await openPutJournal(root, "one")).to.equal(undefined);
    expect(await listPutJournals(root)).to.deep.equal([]);
  });
});
