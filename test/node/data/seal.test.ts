import { expect } from "chai";
import { concatBytes } from "../../../node/common/bytes.ts";
import { fromHex, type Hex, toHex } from "../../../node/common/hex.ts";
import { canonical } from "../../../node/data/canonical.ts";
import { GROUP_BYTES, PIECE_BYTES } from "../../../node/data/layout.ts";
import { type SealContext, seal, sealKey, unseal } from "../../../node/data/seal.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";

const flipHex = (hex: Hex, bit: number) => toHex(flipBit(fromHex(hex), bit));
const secret = pattern(32, 1);
const context: SealContext = {
  chainId: 31337,
  market: toHex(pattern(20, 2)),
  dealKey: toHex(pattern(32, 3)),
  slot: 4,
  generation: 0,
  sealingProvider: toHex(pattern(20, 5)),
};

describe("canonical", () => {
  it("keeps its golden bytes", () => {
    expect(toHex(canonical("d", "x", Uint8Array.of(0, 1), 0, 258n))).to.equal(
      "0x010000000164010000000178020000000200010300000000030000000201" + "02",
    );
  });

  it("separates lists that a plain concatenation confuses", () => {
    const lists = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["abc", 0], [Uint8Array.of(97, 98, 99)], [0x616263]];
    expect(new Set(lists.map((fields) => toHex(canonical("d", ...fields)))).size).to.equal(lists.length);
  });

  it("refuses fractions, negatives and numbers beyond 2^53", () => {
    for (const bad of [0.5, -1, 2 ** 53]) expect(() => canonical("d", bad)).to.throw();
  });
});

describe("seal", () => {
  it("keeps its golden key and bytes", () => {
    const key = sealKey(secret, context);
    expect(toHex(key)).to.equal("0x43b41af8e819e769e1a5d481c9adab401449ea902bf44c7ed3ae27966d863c6b");
    expect(toHex(seal(key, PIECE_BYTES, new Uint8Array(16)))).to.equal("0x863968269c2a2329ea00bf2b7a502e5e");
  });

  it("does not care how an address is capitalised", () => {
    const upper = `0x${context.market.slice(2).toUpperCase()}` as const;
    expect(sealKey(secret, { ...context, market: upper })).to.deep.equal(sealKey(secret, context));
  });

  it("has another key when any part of the context or the secret differs", () => {
    const others: SealContext[] = [
      context,
      { ...context, chainId: 1 },
      { ...context, market: flipHex(context.market, 0) },
      { ...context, dealKey: flipHex(context.dealKey, 255) },
      { ...context, slot: 5 },
      { ...context, generation: 1 },
      { ...context, slot: 0, generation: 4 },
      { ...context, sealingProvider: flipHex(context.sealingProvider, 9) },
    ];
    const keys = [...others.map((other) => sealKey(secret, other)), sealKey(flipBit(secret, 3), context)];
    expect(new Set(keys.map(toHex)).size).to.equal(9);
  });

  it("gives the same bytes whether a shard is sealed whole or from any group on", () => {
    const key = sealKey(secret, context);
    const shard = pattern(PIECE_BYTES + 3 * GROUP_BYTES);
    const whole = seal(key, 0, shard);
    for (const at of [0, 16, GROUP_BYTES, PIECE_BYTES]) {
      expect(seal(key, at, shard.subarray(at, at + GROUP_BYTES))).to.deep.equal(whole.slice(at, at + GROUP_BYTES));
    }
    expect(concatBytes(unseal(key, 0, whole.subarray(0, 32)), unseal(key, 32, whole.subarray(32)))).to.deep.equal(
      shard,
    );
  });

  it("carries the counter past 2^32 blocks", () => {
    const key = sealKey(secret, context);
    const at = 16 * (2 ** 32 - 1);
    const both = seal(key, at, new Uint8Array(32));
    expect(seal(key, at + 16, new Uint8Array(16))).to.deep.equal(both.slice(16));
    expect(both.slice(16)).to.not.deep.equal(seal(key, 0, new Uint8Array(16)));
  });

  it("refuses an unaligned offset and parts of the wrong length, without showing the secret", () => {
    const key = sealKey(secret, context);
    for (const at of [1, 15, -16, 0.5]) expect(() => seal(key, at, new Uint8Array(16))).to.throw("multiple of 16");
    expect(() => sealKey(secret.subarray(1), context)).to.throw("A seal secret must be 32 bytes, got 31.");
    expect(() => sealKey(secret, { ...context, market: toHex(secret) })).to.throw("Expected 20 bytes of hex");
  });
});
