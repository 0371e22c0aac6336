import { expect } from "chai";
import {
  classOfGroups,
  depthOfClass,
  fileLayout,
  GROUP_BYTES,
  GROUP_ELEMENTS,
  groupsOfPiece,
  MAX_SHARD_GROUPS,
  PIECE_BYTES,
  pieceCount,
  segmentBytes,
  segmentsOfRange,
} from "../../../node/data/layout.ts";

describe("layout", () => {
  it("gives an empty file and a one-byte file one segment of one group", () => {
    for (const size of [0, 1]) {
      const layout = fileLayout(size, 3);
      expect(layout).to.deep.include({ segments: 1, lastSegmentBytes: size, lastGroups: 1, shardGroups: 1, m: 13 });
      expect(layout.shardBytes).to.equal(15_872);
    }
  });

  it("fills exactly k groups before it needs a second group per piece", () => {
    expect(fileLayout(3 * GROUP_BYTES, 3).shardGroups).to.equal(1);
    expect(fileLayout(3 * GROUP_BYTES + 1, 3).shardGroups).to.equal(2);
  });

  it("starts a second segment one byte after k full pieces", () => {
    expect(fileLayout(3 * PIECE_BYTES, 3)).to.deep.include({ segments: 1, shardGroups: 16, lastGroups: 16 });
    expect(fileLayout(3 * PIECE_BYTES + 1, 3)).to.deep.include({ segments: 2, shardGroups: 17, lastSegmentBytes: 1 });
    expect(fileLayout(3 * PIECE_BYTES - 1, 3)).to.deep.include({ segments: 1, shardGroups: 16 });
  });

  it("accounts for every plaintext byte and every shard group, whatever the size and k", () => {
    for (const k of [1, 2, 3, 10, 255]) {
      for (const size of [
        0,
        1,
        30,
        31,
        32,
        15_871,
        15_872,
        15_873,
        k * PIECE_BYTES - 1,
        k * PIECE_BYTES + 1,
        9_999_991,
      ]) {
        const layout = fileLayout(size, k);
        let plain = 0;
        let groups = 0;
        for (let i = 0; i < layout.segments; i++) {
          const length = segmentBytes(layout, i);
          const room = groupsOfPiece(layout.shardGroups, i) * k * GROUP_BYTES;
          expect(length).to.be.at.most(room);
          if (length > 0) expect(room - length).to.be.below(k * GROUP_BYTES);
          plain += length;
          groups += groupsOfPiece(layout.shardGroups, i);
        }
        expect(plain).to.equal(size);
        expect(groups).to.equal(layout.shardGroups);
        expect(pieceCount(layout.shardGroups)).to.equal(layout.segments);
        expect(2 ** layout.m).to.be.at.least(groups * GROUP_ELEMENTS);
        expect(layout.m === 13 || 2 ** (layout.m - 1) < groups * GROUP_ELEMENTS).to.equal(true);
      }
    }
  });

  it("puts 16 groups in class 13, 17 in class 14 and 2^18 in class 27", () => {
    expect([1, 16, 17, 32, 33, MAX_SHARD_GROUPS].map(classOfGroups)).to.deep.equal([13, 13, 14, 14, 15, 27]);
    expect([13, 14, 15, 16, 27].map(depthOfClass)).to.deep.equal([5, 5, 5, 6, 9]);
  });

  it("refuses what no class holds and names the k that would do", () => {
    const most = MAX_SHARD_GROUPS * GROUP_BYTES;
    expect(fileLayout(most, 1)).to.deep.include({ m: 27, fill: 1 });
    expect(() => fileLayout(most + 1, 1)).to.throw("use k >= 2");
    expect(() => classOfGroups(MAX_SHARD_GROUPS + 1)).to.throw("262144 groups");
    for (const size of [-1, 0.5, Number.NaN, 2 ** 53])
      expect(() => fileLayout(size, 3)).to.throw("whole number of bytes");
    for (const k of [0, 256, 1.5]) expect(() => fileLayout(1, k)).to.throw("k-of-n");
  });

  it("finds the segments of a byte range and refuses one outside the file", () => {
    const layout = fileLayout(3 * PIECE_BYTES + 5, 3);
    expect(segmentsOfRange(layout, 0, 1)).to.deep.equal({ first: 0, last: 0 });
    expect(segmentsOfRange(layout, 3 * PIECE_BYTES - 1, 2)).to.deep.equal({ first: 0, last: 1 });
    expect(segmentsOfRange(layout, 3 * PIECE_BYTES, 5)).to.deep.equal({ first: 1, last: 1 });
    expect(() => segmentsOfRange(layout, 3 * PIECE_BYTES, 6)).to.throw("asked for 6");
    expect(() => segmentsOfRange(layout, -1, 2)).to.throw("asked for 2");
  });
});
