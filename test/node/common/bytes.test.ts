import { expect } from "chai";
import { bytesToInteger, concatBytes, equalBytes, integerToBytes } from "../../../node/common/bytes.ts";
import { fromHex, toHex } from "../../../node/common/hex.ts";

describe("bytes", () => {
  it("writes integers big-endian in exactly the asked length", () => {
    expect(toHex(integerToBytes(258, 4))).to.equal("0x00000102");
    expect(toHex(integerToBytes(2n ** 256n - 1n, 32))).to.equal(`0x${"ff".repeat(32)}`);
    expect(integerToBytes(0, 0).length).to.equal(0);
  });

  it("reads back every integer it wrote, also from the middle of a buffer", () => {
    const joined = concatBytes(Uint8Array.of(9), integerToBytes(12_345_678_901_234_567_890n, 12));
    expect(bytesToInteger(joined.subarray(1))).to.equal(12_345_678_901_234_567_890n);
    expect(bytesToInteger(new Uint8Array())).to.equal(0n);
  });

  it("refuses an integer that does not fit and a negative one", () => {
    expect(() => integerToBytes(256, 1)).to.throw("does not fit");
    expect(() => integerToBytes(-1, 4)).to.throw("does not fit");
    expect(() => integerToBytes(1, 0)).to.throw("does not fit");
  });

  it("tells strings of different length or content apart", () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).to.equal(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).to.equal(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).to.equal(false);
  });
});

describe("hex", () => {
  it("reads either case and refuses odd, unprefixed and overlong input without echoing it", () => {
    expect(fromHex("0xAbcd")).to.deep.equal(Uint8Array.of(0xab, 0xcd));
    for (const bad of ["0xabc", "abcd", "0xzz", "0x12 "]) expect(() => fromHex(bad)).to.throw(/^Expected an even/);
    expect(() => fromHex("0xabcd", 3)).to.throw("Expected 3 bytes of hex, got 2.");
  });
});
