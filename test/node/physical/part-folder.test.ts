import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { openFolder, openPartFolder } from "../../../node/physical/part-folder.ts";

describe("the part of a folder's download", () => {
  let folder: string;
  let target: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-part-"));
    target = path.join(folder, "album.part");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("of an earlier run goes on, and is its owner's alone", async () => {
    const first = await openPartFolder(target);
    expect(first.manifest).to.equal(undefined);
    await first.keepManifest("what it holds");
    writeFileSync(path.join(first.tree, "a"), "1");
    chmodSync(first.tree, 0o555);
    expect(lstatSync(target).mode & 0o777).to.equal(0o700);
    const second = await openPartFolder(target);
    expect(second.manifest).to.equal("what it holds");
    expect(readFileSync(path.join(second.tree, "a"), "utf8")).to.equal("1");
    expect(lstatSync(second.tree).mode & 0o777).to.equal(0o700);
  });

  it("becomes the output as a whole, and nothing is left of it", async () => {
    const part = await openPartFolder(target);
    await part.keepManifest("what it holds");
    writeFileSync(path.join(part.tree, "a"), "1");
    const output = path.join(folder, "album");
    await part.finish(output);
    expect(readFileSync(path.join(output, "a"), "utf8")).to.equal("1");
    expect(existsSync(target)).to.equal(false);
  });

  it("never goes on with what others could have laid there", async () => {
    const elsewhere = path.join(folder, "elsewhere");
    for (const lay of [
      () => symlinkSync(elsewhere, target),
      () => mkdirSync(target, { mode: 0o777 }),
      () => writeFileSync(target, "a file"),
    ]) {
      mkdirSync(elsewhere, { recursive: true, mode: 0o700 });
      lay();
      if (lstatSync(target).isDirectory()) {
        chmodSync(target, 0o777);
        writeFileSync(path.join(target, "manifest"), "theirs");
      }
      const part = await openPartFolder(target);
      expect(part.manifest, String(lay)).to.equal(undefined);
      expect(lstatSync(target).isDirectory() && lstatSync(target).mode & 0o777, String(lay)).to.equal(0o700);
      rmSync(target, { recursive: true });
    }
  });

  it("makes a folder once, and opens one that may not be written to", async () => {
    const inner = path.join(folder, "inner");
    await openFolder(inner);
    chmodSync(inner, 0o500);
    await openFolder(inner);
    expect(lstatSync(inner).mode & 0o777).to.equal(0o700);
    writeFileSync(path.join(folder, "file"), "");
    const failure = await openFolder(path.join(folder, "file", "below")).catch((cause: NodeJS.ErrnoException) => cause);
    expect(failure).to.have.property("code", "ENOTDIR");
  });
});
