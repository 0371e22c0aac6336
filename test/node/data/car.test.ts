import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { CID } from "multiformats/cid";
import { create } from "multiformats/hashes/digest";
import { concatBytes } from "../../../node/common/bytes.ts";
import { carPrefix } from "../../../node/data/car.ts";
import { createCidHasher } from "../../../node/data/cid.ts";
import { importCar } from "../../../node/interface/client/import-car.ts";
import { rejection } from "../../contracts/support/rejection.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
const cidOf = (code: number, block: Uint8Array) => CID.createV1(code, create(0x12, sha256(block)));
const field = (number: number, bytes: Uint8Array) => concatBytes(Uint8Array.of(number * 8 + 2), lengthOf(bytes), bytes);
const lengthOf = ({ length }: Uint8Array) =>
  length < 128 ? Uint8Array.of(length) : Uint8Array.of((length % 128) + 128, Math.floor(length / 128));

/** A dag-pb node of a file over `links`, with `inner` bytes of its own; type 1 is a folder. */
function node(links: readonly CID[], inner: Uint8Array = new Uint8Array(), type = 2): Uint8Array {
  const data = inner.length === 0 ? new Uint8Array() : field(2, inner);
  const children = links.map((cid) => field(2, field(1, cid.bytes)));
  return concatBytes(...children, field(1, concatBytes(Uint8Array.of(8, type), data)));
}

/** The header as every tool writes it: dag-cbor of one root and the version. */
function headerOf(root: Uint8Array): Uint8Array {
  const hex = Buffer.from(root).toString("hex");
  return new Uint8Array(Buffer.from(`3aa265726f6f747381d82a582500${hex}6776657273696f6e01`, "hex"));
}

function carOf(root: CID, sections: readonly (readonly [CID, Uint8Array])[]): Uint8Array {
  return concatBytes(
    headerOf(root.bytes),
    ...sections.map(([cid, block]) => field(0, concatBytes(cid.bytes, block)).subarray(1)),
  );
}

describe("a CAR", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-car-"));
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  async function imported(bytes: Uint8Array) {
    const file = path.join(folder, "letter.txt.car");
    await writeFile(file, bytes);
    return await importCar(file, folder);
  }
  const problem = async (bytes: Uint8Array) => {
    const { code, message } = await rejection(imported(bytes));
    expect(code).to.equal("BAD_CAR");
    return message;
  };

  it("of a file is a header, as other tools write it, and the file as one block under its own CID", async () => {
    const plain = pattern(100_000, 3);
    const hasher = createCidHasher();
    hasher.update(plain);
    const cid = hasher.finish();
    const prefix = carPrefix(cid, plain.length);
    expect(prefix.subarray(0, 59)).to.deep.equal(headerOf(cid));
    const { path: file, root, remove } = await imported(concatBytes(prefix, plain));
    expect(path.basename(file)).to.equal("letter.txt");
    expect(root).to.equal(CID.decode(cid).toString());
    expect(new Uint8Array(await readFile(file))).to.deep.equal(plain);
    await remove();
    expect(await readFile(file).catch(({ code }) => code)).to.equal("ENOENT");
  });

  it("of another tool is read through its tree of nodes, in any order and with blocks that occur twice", async () => {
    const [a, b] = [pattern(70, 1), pattern(90, 2)];
    const [ca, cb] = [cidOf(0x55, a), cidOf(0x55, b)];
    const inner = node([cb, ca], pattern(5, 9));
    const root = node([ca, cidOf(0x70, inner), ca]);
    const sections = [
      [cb, b],
      [cidOf(0x70, root), root],
      [ca, a],
      [cidOf(0x70, inner), inner],
    ] as const;
    const { path: file } = await imported(carOf(cidOf(0x70, root), sections));
    const expected = concatBytes(a, pattern(5, 9), b, a, a);
    expect(new Uint8Array(await readFile(file))).to.deep.equal(expected);
  });

  it("is refused when a block is wrong or missing, at the leaf and in the tree", async () => {
    const leaf = pattern(70, 1);
    const cid = cidOf(0x55, leaf);
    const wrong = flipBit(leaf, 17);
    expect(await problem(carOf(cid, [[cid, wrong]]))).to.match(/other bytes/);
    const root = node([cid]);
    const rootCid = cidOf(0x70, root);
    expect(await problem(carOf(rootCid, [[rootCid, root]]))).to.match(/lacks the block/);
    expect(
      await problem(
        carOf(rootCid, [
          [rootCid, node([cid, cid])],
          [cid, leaf],
        ]),
      ),
    ).to.match(/other bytes/);
  });

  it("is refused when it is cut off, of a folder, or no CAR at all", async () => {
    const leaf = pattern(70, 1);
    const cid = cidOf(0x55, leaf);
    const whole = carOf(cid, [[cid, leaf]]);
    for (const length of [0, 1, 30, 58, 60, whole.length - 1]) {
      expect(await problem(whole.subarray(0, length)), `${length}`).to.match(/make the CAR again/);
    }
    const folderNode = node([cid], new Uint8Array(), 1);
    const folderCid = cidOf(0x70, folderNode);
    expect(
      await problem(
        carOf(folderCid, [
          [folderCid, folderNode],
          [cid, leaf],
        ]),
      ),
    ).to.match(/folder/);
    expect(await problem(pattern(5_000, 8))).to.match(/no CAR/);
  });
});
