// The nodes of a commitment tree over nothing but zero elements, by level. Padding elements are zeros that are hashed, so
// every all-padding subtree is one of these constants: zero(0) = 0, zero(l + 1) = Poseidon(zero(l) x 8).

import { fromHex } from "../common/hex.ts";

const ZERO_NODES = [
  "0x0000000000000000000000000000000000000000000000000000000000000000",
  "0x035ebc384d320413c9b97d446bf7de69e04d6278d68d52934a4f5f653348622a",
  "0x1dca89d53855db0ebcbc4d597b51f70e00dac9e6c922434ab4c1450b2bd4fa3a",
  "0x0edc95f5cd4c05a8133f9f1bd343d9c0611b3eeb96eb0d4091e9b058cda52dc2",
  "0x0daf9d788444470bdbb6437d983d1d345e83188031f6ad4dfe19525745aa1a70",
  "0x0c43848ec9c201866e3a5df25dd6c9b8589532facc00847a308a3114eb50abf3",
  "0x1d6c7585d1b26bf433158b660f2d47e29374535289774addfee61ed68a3e0d22",
  "0x27b7124281615ae953662cfb59e11795113297d693a3ed77453e9e88cd45a217",
  "0x05a46634d86c1e17e4ebed248b1e484199c6489967896de76d90fa216c209fdb",
].map((hex) => fromHex(hex, 32));

/** The node at `level` (0 to 8) above 8^level padding elements, 32 bytes big-endian. */
export function zeroNode(level: number): Uint8Array {
  return ZERO_NODES[level]!;
}
