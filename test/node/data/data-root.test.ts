import { createHash } from "node:crypto";
import { expect } from "chai";
import { toHex } from "../../../node/common/hex.ts";
import {
  createDataRootBuilder,
  dataRootOf,
  groupPath,
  pieceId,
  verifyGroup,
  verifyPiece,
} from "../../../node/data/data-root.ts";
import { createHashTree } from "../../../node/data/hash-tree.ts";
import { GROUP_BYTES, groupsOfPiece, PIECE_BYTES, pieceCount } from "../../../node/data/layout.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";

const sha = (...parts: Uint8Array[]) => new Uint8Array(createHash("sha256").update(Buffer.concat(parts)).digest());

/** MTH of RFC 6962 section 2.1, word for word. */
function mth(groups: Uint8Array[]): Uint8Array {
  if (groups.length === 1) return sha(Uint8Array.of(0), groups[0]!);
  let split = 1;
  while (split * 2 < groups.length) split *= 2;
  return sha(Uint8Array.of(1), mth(groups.slice(0, split)), mth(groups.slice(split)));
}

function replica(groupCount: number) {
  const bytes = pattern(groupCount * GROUP_BYTES, groupCount);
  const groups = Array.from({ length: groupCount }, (_, i) => bytes.subarray(i * GROUP_BYTES, (i + 1) * GROUP_BYTES));
  const pieces = Array.from({ length: pieceCount(groupCount) }, (_, i) =>
    bytes.subarray(i * PIECE_BYTES, i * PIECE_BYTES + groupsOfPiece(groupCount, i) * GROUP_BYTES),
  );
  return { groups, pieces, ids: pieces.map(pieceId) };
}

describe("dataRoot", () => {
  it("is the RFC 6962 root over single groups, with the count in front", () => {
    for (const groupCount of [1, 2, 15, 16, 17, 31, 32, 33, 49, 65, 80]) {
      const { groups, pieces, ids } = replica(groupCount);
      const builder = createDataRootBuilder();
      expect(pieces.map((piece) => builder.append(piece))).to.deep.equal(ids);
      const count = new Uint8Array(8);
      new DataView(count.buffer).setBigUint64(0, BigInt(groupCount));
      const expected = sha(Uint8Array.of(2), count, mth(groups));
      expect(builder.finish()).to.deep.equal({ dataRoot: expected, groupCount });
      expect(dataRootOf(ids, groupCount)).to.deep.equal(expected);
    }
  });

  it("keeps its golden value", () => {
    const { ids } = replica(17);
    expect(toHex(dataRootOf(ids, 17))).to.equal("0x1720d23df6cd2ccfb3c75e8bef9ff69735e519b98df0747576045f6c19198800");
    expect(toHex(ids[1]!)).to.equal("0x4760abd68f84d6d94b04d9248d8f4df3f047a8cb2c55a5651dda98f95ed109e4");
  });

  it("differs for the same tree under another count", () => {
    const { ids } = replica(17);
    expect(toHex(dataRootOf(ids, 18))).to.not.equal(toHex(dataRootOf(ids, 17)));
  });

  it("verifies every piece and every group by its audit path", () => {
    for (const groupCount of [1, 16, 17, 33, 50, 80]) {
      const { groups, pieces, ids } = replica(groupCount);
      const root = dataRootOf(ids, groupCount);
      for (const [i, piece] of pieces.entries()) {
        expect(verifyPiece(root, groupCount, i, piece, createHashTree(ids).path(i))).to.equal(true);
      }
      for (const [i, group] of groups.entries()) {
        const path = groupPath(pieces[Math.floor(i / 16)]!, createHashTree(ids).path(Math.floor(i / 16)), i);
        expect(verifyGroup(root, groupCount, i, group, path)).to.equal(true);
      }
    }
  });

  it("refuses a flipped bit in the bytes, the path or the root, and any other place, count or path length", () => {
    const groupCount = 50;
    const { groups, pieces, ids } = replica(groupCount);
    const root = dataRootOf(ids, groupCount);
    const piece = pieces[1]!;
    const path = createHashTree(ids).path(1);
    for (const bit of [0, 8 * GROUP_BYTES, 8 * piece.length - 1]) {
      expect(verifyPiece(root, groupCount, 1, flipBit(piece, bit), path)).to.equal(false);
    }
    for (let i = 0; i < path.length; i++) {
      const bent = path.with(i, flipBit(path[i]!, 100));
      expect(verifyPiece(root, groupCount, 1, piece, bent)).to.equal(false);
    }
    expect(verifyPiece(flipBit(root, 7), groupCount, 1, piece, path)).to.equal(false);
    for (const index of [0, 2, 3, 4, -1, 0.5])
      expect(verifyPiece(root, groupCount, index, piece, path)).to.equal(false);
    for (const count of [17, 49, 51, 64]) expect(verifyPiece(root, count, 1, piece, path)).to.equal(false);
    expect(verifyPiece(root, groupCount, 1, piece, path.slice(1))).to.equal(false);
    expect(verifyPiece(root, groupCount, 1, piece, [...path, path[0]!])).to.equal(false);
    expect(verifyPiece(root, groupCount, 1, piece.subarray(0, GROUP_BYTES), path)).to.equal(false);
    expect(verifyPiece(root, groupCount, 1, piece.subarray(1), path)).to.equal(false);

    const groupProof = groupPath(piece, path, 20);
    expect(verifyGroup(root, groupCount, 20, flipBit(groups[20]!, 5), groupProof)).to.equal(false);
    expect(verifyGroup(root, groupCount, 21, groups[20]!, groupProof)).to.equal(false);
    expect(verifyGroup(root, groupCount, 20, groups[20]!, groupProof.slice(0, -1))).to.equal(false);
  });

  it("refuses a piece of no whole group, an oversized one, and one after a short one", () => {
    expect(() => pieceId(new Uint8Array())).to.throw("got 0 bytes");
    expect(() => pieceId(new Uint8Array(GROUP_BYTES - 1))).to.throw("got 15871 bytes");
    expect(() => pieceId(new Uint8Array(PIECE_BYTES + GROUP_BYTES))).to.throw("A piece is 1 to 16 groups");
    const builder = createDataRootBuilder();
    expect(() => builder.finish()).to.throw("at least one leaf");
    builder.append(new Uint8Array(GROUP_BYTES));
    expect(() => builder.append(new Uint8Array(GROUP_BYTES))).to.throw("No piece may follow after 1 groups.");
    expect(() => dataRootOf(replica(17).ids, 16)).to.throw("2 pieces do not make 16 groups");
  });
});
