import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
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
import { openGrowingFile } from "../../../node/physical/growing-file.ts";

describe("a file that grows over several runs", () => {
  const content = randomBytes(3_000_000);
  const sha256 = createHash("sha256").update(content).digest("hex");
  let folder: string;
  let target: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-growing-"));
    target = path.join(folder, "film");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const opened = () => openGrowingFile(target, content.length, sha256);

  it("goes on behind what is there, and is whole at the end", async () => {
    const first = await opened();
    expect(first.written).to.equal(0);
    await first.append(content.subarray(0, 2_500_000));
    await first.close();
    chmodSync(target, 0o200);
    const second = await opened();
    expect(second.written).to.equal(2_500_000);
    await second.append(content.subarray(2_500_000, 2_600_000));
    await second.append(content.subarray(2_600_000));
    expect(await second.finish()).to.equal(true);
    expect(readFileSync(target).equals(content)).to.equal(true);
  });

  it("that is whole already needs nothing", async () => {
    writeFileSync(target, content);
    const file = await opened();
    expect(file.written).to.equal(content.length);
    expect(await file.finish()).to.equal(true);
    expect(readFileSync(target).equals(content)).to.equal(true);
  });

  it("that has other bytes is removed: at once where all are there, else at the end", async () => {
    writeFileSync(target, randomBytes(content.length));
    expect((await opened()).written).to.equal(0);
    expect(existsSync(target)).to.equal(false);
    writeFileSync(target, randomBytes(1_000_000));
    const file = await opened();
    await file.append(content.subarray(1_000_000));
    expect(await file.finish()).to.equal(false);
    expect(existsSync(target)).to.equal(false);
  });

  it("that lacks bytes is not what it should be", async () => {
    const file = await opened();
    await file.append(content.subarray(1));
    await file.close();
    expect(await file.finish()).to.equal(false);
  });

  it("of no bytes is there in the end", async () => {
    const empty = createHash("sha256").digest("hex");
    for (const run of [1, 2]) {
      const file = await openGrowingFile(target, 0, empty);
      expect(await file.finish(), `${run}`).to.equal(true);
      expect(readFileSync(target)).to.have.length(0);
    }
  });

  it("never goes on with a link, a folder, or more than it should have", async () => {
    const elsewhere = path.join(folder, "elsewhere");
    for (const lay of [
      () => symlinkSync(elsewhere, target),
      () => linkSync(elsewhere, target),
      () => mkdirSync(path.join(target, "inner"), { recursive: true }),
      () => writeFileSync(target, Buffer.concat([content, content])),
    ]) {
      writeFileSync(elsewhere, "mine");
      lay();
      const file = await opened();
      expect(file.written, String(lay)).to.equal(0);
      await file.append(content);
      expect(await file.finish(), String(lay)).to.equal(true);
      expect(readFileSync(elsewhere, "utf8"), String(lay)).to.equal("mine");
      rmSync(target);
    }
  });
});
