import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { toHex } from "../../../node/common/hex.ts";
import { commitSector, createSectorFiller as fillerOf } from "../../../node/data/capacity-sector.ts";
import { encodeTree, rootOf } from "../../../node/data/commitment.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { createSectorFiller, type SectorFiller } from "../../../node/interface/sector-filler.ts";
import { openSectorFiles, type SectorFiles } from "../../../node/physical/sector-store.ts";

const M = 15;
const STRETCH = 8192 * 32;
const task = { sector: 7, id: 99n, m: M };

describe("sectors of empty space", () => {
  const hash = createPoseidon8();
  const labels = new Uint8Array(2 ** M * 32);
  let expected: { root: string; tree: Uint8Array };
  let folder: string;
  let files: SectorFiles;
  let filler: SectorFiller;

  before(() => {
    fillerOf(hash, task.id, labels).fill(2 ** M);
    const tree = commitSector(hash, labels);
    expected = { root: toHex(rootOf(tree)), tree: encodeTree(tree) };
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-sectors-"));
    files = await openSectorFiles(folder);
    filler = createSectorFiller(folder);
  });
  afterEach(async () => {
    await filler.close();
    await rm(folder, { recursive: true, force: true });
  });

  const file = () => path.join(folder, "7/labels");
  const check = async (root: string) => {
    expect(root).to.equal(expected.root);
    expect(Buffer.compare(await readFile(file()), labels)).to.equal(0);
    expect(await files.readTree(7)).to.deep.equal(expected.tree);
    expect(await files.read(7, 32, 64)).to.deep.equal(labels.slice(32, 96));
    expect(await files.list()).to.deep.equal([7]);
  };

  it("are filled by a thread, labels and tree", async () => {
    expect(await files.readTree(7)).to.equal(undefined);
    await check(await filler.fill(task));
  });

  it("go on where a thread that was killed left them", async () => {
    const killed = filler.fill(task).catch((error: { code: string }) => error.code);
    while (((await stat(file()).catch(() => undefined))?.size ?? 0) < 2 * STRETCH) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await filler.close();
    expect(await killed).to.equal("WORKER_POOL_CLOSED");
    expect(await files.readTree(7)).to.equal(undefined);
    const { size, mtimeMs } = await stat(file());
    expect(size).to.be.at.least(2 * STRETCH);
    filler = createSectorFiller(folder);
    await check(await filler.fill(task));
    expect((await stat(file())).mtimeMs).to.be.above(mtimeMs);
  });

  it("are made again from the last flushed stretch on, whatever a crash left behind it", async () => {
    await filler.fill(task);
    await truncate(file(), 3 * STRETCH + 5);
    const torn = await readFile(file());
    torn.fill(0, 2 * STRETCH); // the length of a file may survive a crash without its bytes
    await writeFile(file(), torn);
    await check(await filler.fill(task));
  });

  it("of which labels exist are not made from the first on", async () => {
    await filler.fill(task);
    const changed = await readFile(file());
    changed[0]! ^= 1; // nobody looks at it again: the first stretch is taken for what it was
    await writeFile(file(), changed.subarray(0, 2 * STRETCH));
    expect(await filler.fill(task)).not.to.equal(expected.root);
  });

  it("leave nothing behind when they go", async () => {
    await filler.fill(task);
    await files.remove(7);
    await files.remove(7);
    expect(await files.list()).to.deep.equal([]);
    expect(await files.readTree(7)).to.equal(undefined);
  });
});
