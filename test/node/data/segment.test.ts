import { expect } from "chai";
import { concatBytes } from "../../../node/common/bytes.ts";
import { toHex } from "../../../node/common/hex.ts";
import { splitSegment } from "../../../node/data/erasure.ts";
import { isHeaderPiece } from "../../../node/data/header.ts";
import { createReedSolomon } from "../../../node/data/kernels/reed-solomon.ts";
import { GROUP_BYTES, PIECE_BYTES } from "../../../node/data/layout.ts";
import {
  contentKey,
  decryptSegment,
  encryptSegment,
  SegmentNotAuthenticError,
} from "../../../node/data/segment-cipher.ts";
import { decodeSegment, encodeSegment, rebuildPieces, WrongPieceError } from "../../../node/data/segment-codec.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";
import { storeFile } from "../../fixtures/stored-file.ts";

const choose = (file: ReturnType<typeof storeFile>, segment: number, slots: number[]) =>
  slots.map((index) => ({ index, bytes: file.pieces[segment]![index]! }));

describe("segment cipher", () => {
  const fileId = pattern(16, 9);
  const key = contentKey(pattern(32, 8), fileId);
  const place = { fileId, index: 3, last: false };
  const plaintext = pattern(100, 7);
  const { ciphertext, tag } = encryptSegment(key, place, plaintext);

  it("keeps its golden key, ciphertext and tag", () => {
    expect(toHex(key)).to.equal("0x0c7236ff85d6d556c6b4114b0740b40063324fcc6af63770c4d0f2099fc1475e");
    expect(toHex(ciphertext.subarray(0, 16))).to.equal("0x2f6784101d0c169ab99f6d001d6f0e04");
    expect(toHex(tag)).to.equal("0xf350e44641a5fceee5527eae65ac3262");
  });

  it("gives the plaintext back", () => {
    expect(decryptSegment(key, place, ciphertext, tag)).to.deep.equal(plaintext);
  });

  it("refuses a flipped bit of bytes, tag or key, another place, a cut and a short tag", () => {
    const attempts: [Uint8Array, typeof place, Uint8Array, Uint8Array][] = [
      [flipBit(key, 0), place, ciphertext, tag],
      [key, place, flipBit(ciphertext, 799), tag],
      [key, place, ciphertext, flipBit(tag, 127)],
      [key, { ...place, index: 4 }, ciphertext, tag],
      [key, { ...place, last: true }, ciphertext, tag],
      [key, { ...place, fileId: flipBit(fileId, 1) }, ciphertext, tag],
      [key, place, ciphertext.subarray(1), tag],
    ];
    for (const attempt of attempts) expect(() => decryptSegment(...attempt)).to.throw(SegmentNotAuthenticError);
    expect(() => decryptSegment(key, place, ciphertext, tag.subarray(0, 4))).to.throw();
  });
});

describe("segments", () => {
  it("come back byte for byte from any k slots, whatever the file's size", () => {
    const [k, n] = [3, 5];
    const full = k * PIECE_BYTES;
    for (const size of [
      0,
      1,
      30,
      31,
      32,
      15_871,
      15_872,
      15_873,
      47_617,
      full - 1,
      full,
      full + 1,
      2 * full + 12_345,
    ]) {
      const file = storeFile(size, k, n, n);
      for (const slots of [
        [0, 1, 2],
        [2, 3, 4],
        [4, 0, 3],
      ]) {
        const segments = file.pieces.map((_, i) =>
          decodeSegment(file.header, file.code, file.key, i, choose(file, i, slots)),
        );
        expect(Buffer.compare(concatBytes(...segments), file.plaintext), `${size} bytes`).to.equal(0);
      }
    }
  });

  it("come back for 1-of-1, 1-of-3 and 10-of-30", () => {
    for (const [k, n] of [
      [1, 1],
      [1, 3],
      [10, 30],
    ] as const) {
      const file = storeFile(200_003, k, n, n);
      const slots = Array.from({ length: k }, (_, i) => n - 1 - i);
      const segment = decodeSegment(file.header, file.code, file.key, 0, choose(file, 0, slots));
      expect(Buffer.compare(segment, file.plaintext)).to.equal(0);
    }
  });

  it("are whole groups in every slot, the parity ones too", () => {
    const file = storeFile(3 * PIECE_BYTES + 1, 3, 5, 5);
    expect(file.pieces.map((pieces) => pieces.map((piece) => piece.length / GROUP_BYTES))).to.deep.equal([
      [16, 16, 16, 16, 16],
      [1, 1, 1, 1, 1],
    ]);
  });

  it("name the slot whose piece is wrong: a flipped bit, another slot's, another segment's, a cut one", () => {
    const file = storeFile(3 * PIECE_BYTES + 1, 3, 5, 5);
    const right = choose(file, 0, [0, 1, 4]);
    const wrong = [
      flipBit(right[1]!.bytes, 8 * PIECE_BYTES - 1),
      right[0]!.bytes,
      file.pieces[1]![1]!,
      right[1]!.bytes.subarray(1),
    ];
    for (const bytes of wrong) {
      const pieces = right.with(1, { index: 1, bytes });
      expect(() => decodeSegment(file.header, file.code, file.key, 0, pieces))
        .to.throw(WrongPieceError)
        .with.property("slot", 1);
    }
    expect(() =>
      decodeSegment(file.header, file.code, file.key, 0, right.with(0, { index: 5, bytes: right[0]!.bytes })),
    ).to.throw(WrongPieceError);
  });

  it("are refused under another file's key", () => {
    const file = storeFile(1000, 3, 5, 5);
    const other = contentKey(pattern(32, 77), file.header.fileId);
    expect(() => decodeSegment(file.header, file.code, other, 0, choose(file, 0, [0, 1, 2]))).to.throw(
      SegmentNotAuthenticError,
    );
  });

  it("rebuild lost slots without the file key", () => {
    const file = storeFile(3 * PIECE_BYTES + 1, 3, 5, 5);
    for (const segment of [0, 1]) {
      const rebuilt = rebuildPieces(file.header, file.code, segment, choose(file, segment, [1, 3, 4]), [0, 2]);
      expect(rebuilt.map((piece, i) => isHeaderPiece(file.header, [0, 2][i]!, segment, piece))).to.deep.equal([
        true,
        true,
      ]);
      expect(Buffer.compare(rebuilt[1]!, file.pieces[segment]![2]!)).to.equal(0);
    }
  });

  it("refuse a plaintext of another length than the layout's: the file changed meanwhile", () => {
    const file = storeFile(1000, 3, 5, 5);
    const context = { code: file.code, key: file.key, fileId: file.header.fileId, layout: file.layout };
    expect(() => encodeSegment(context, 0, file.plaintext.subarray(1))).to.throw("the file changed while it was read");
    expect(() => splitSegment(createReedSolomon(1, 2), new Uint8Array(GROUP_BYTES + 1), 1)).to.throw(
      "does not fit 1 pieces",
    );
  });
});
