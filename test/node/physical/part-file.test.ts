import { chmodSync, linkSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { openPartFile, readAt } from "../../../node/physical/part-file.ts";

describe("the part of a download", () => {
  let folder: string;
  let target: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-part-"));
    target = path.join(folder, "film.part");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const opened = async () => {
    const handle = await openPartFile(target);
    const text = new TextDecoder().decode(await readAt(handle, 0, 100));
    await handle.write(new TextEncoder().encode("secret"), 0, 6, 0);
    await handle.close();
    return text;
  };

  it("of an earlier run goes on, and a new one is its owner's alone", async () => {
    expect(await opened()).to.equal("");
    expect(lstatSync(target).mode & 0o777).to.equal(0o600);
    expect(await opened()).to.equal("secret");
  });

  it("never follows a link to a file that others chose", async () => {
    const elsewhere = path.join(folder, "elsewhere");
    writeFileSync(elsewhere, "mine", { mode: 0o600 });
    for (const link of [symlinkSync, linkSync]) {
      rmSync(target, { force: true });
      link(elsewhere, target);
      expect(await opened(), link.name).to.equal("");
      expect(readFileSync(elsewhere, "utf8"), link.name).to.equal("mine");
    }
  });

  it("that others may read is not written to", async () => {
    writeFileSync(target, "theirs");
    chmodSync(target, 0o644);
    expect(await opened()).to.equal("");
    expect(lstatSync(target).mode & 0o777).to.equal(0o600);
  });
});
