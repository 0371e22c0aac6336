import { expect } from "chai";
import { bytesToHex, type Hex, hexToBytes } from "viem";
import { equalBytes } from "../../../node/common/bytes.ts";
import { HoldfastError } from "../../../node/common/errors.ts";
import { bindCount } from "../../../node/data/data-root.ts";
import { createHashTree, leafHash, rootFromPath } from "../../../node/data/hash-tree.ts";
import { GROUP_BYTES } from "../../../node/data/layout.ts";
import { keyHash, maskGroup } from "../../../node/data/mask.ts";
import {
  buildDispute,
  checkDelivery,
  cipherRoot,
  type DownloadSession,
  maskRange,
  sessionDigest,
  unmaskRange,
} from "../../../node/data/strict-download.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";
import vectors from "../../fixtures/strict-download-vectors.json" with { type: "json" };

const GROUPS = 11;
const FIRST = 4;
const COUNT = 5;
const KEY = new Uint8Array(32).fill(1);
const SESSION = new Uint8Array(32).fill(2);
const ADDRESS = "0x00000000000000000000000000000000000000AA";

/** A delivery as an honest seller makes it; `spoil` changes the groups before they are masked. */
function delivery(spoil: (groups: Uint8Array[]) => void = () => {}) {
  const groups = Array.from({ length: GROUPS }, (_, i) => pattern(GROUP_BYTES, i + 1));
  const tree = createHashTree(groups.map((group) => leafHash(group)));
  const range = groups.slice(FIRST, FIRST + COUNT);
  const leaves = range.map((group, i) => ({ leaf: leafHash(group), path: tree.path(FIRST + i) }));
  const sent = [...range];
  spoil(sent);
  const masked = maskRange(KEY, SESSION, FIRST, sent);
  const session: DownloadSession = {
    ...{ buyer: ADDRESS, seller: ADDRESS, session: bytesToHex(SESSION), groups: GROUPS, first: FIRST, count: COUNT },
    ...{ dataRoot: bytesToHex(bindCount(GROUPS, tree.root)), cipherRoot: bytesToHex(masked.cipherRoot) },
    ...{ keyHash: bytesToHex(masked.keyHash), price: 5n, revealBy: 10, disputeUntil: 20 },
  };
  return { range, leaves, cipher: masked.cipher, session };
}

function refusalOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
  return undefined;
}

describe("a strict download", () => {
  it("masks, hashes its key and signs as the shared vectors do", () => {
    for (const { key, keyHash: hash, session, index, seed, leaf, maskedLeaf } of vectors.masks) {
      const group = pattern(GROUP_BYTES, seed);
      expect(bytesToHex(leafHash(group))).to.equal(leaf);
      const masked = maskGroup(hexToBytes(key as Hex), hexToBytes(session as Hex), index, group);
      expect(bytesToHex(leafHash(masked))).to.equal(maskedLeaf);
      expect(bytesToHex(keyHash(hexToBytes(key as Hex)))).to.equal(hash);
    }
    const { chainId, downloads, session, digest } = vectors.session;
    const typed = { ...session, price: BigInt(session.price) } as DownloadSession;
    expect(sessionDigest(chainId, downloads as Hex, typed)).to.equal(digest);
  });

  it("gives the buyer exactly the range once the key is out", () => {
    const { session, cipher, leaves, range } = delivery();
    checkDelivery(session, cipher, leaves);
    expect(cipher.some((group, i) => equalBytes(group, range[i]!))).to.equal(false);
    expect(unmaskRange(session, KEY, cipher, leaves)).to.deep.equal({ groups: range });
  });

  it("masks no two groups, and no two sessions, with the same words", () => {
    const zeros = new Uint8Array(GROUP_BYTES);
    const other = new Uint8Array(32).fill(3);
    const masks = [
      maskGroup(KEY, SESSION, 0, zeros),
      maskGroup(KEY, SESSION, 1, zeros),
      maskGroup(KEY, other, 0, zeros),
    ];
    const words = masks.flatMap((mask) =>
      Array.from({ length: GROUP_BYTES / 32 }, (_, j) => bytesToHex(mask.subarray(32 * j, 32 * j + 32))),
    );
    expect(new Set(words).size).to.equal(3 * 496);
  });

  it("finds the first bad group, and builds the two paths that a dispute over it needs", () => {
    const { session, cipher, leaves } = delivery((groups) => {
      groups[2] = flipBit(groups[2]!, 77);
      groups[4] = flipBit(groups[4]!, 0);
    });
    checkDelivery(session, cipher, leaves);
    expect(unmaskRange(session, KEY, cipher, leaves)).to.deep.equal({ bad: 2 });
    const dispute = buildDispute(cipher, leaves, 2);
    const rootOf = (leaf: Uint8Array, index: number, groups: number, path: readonly Hex[]) =>
      bytesToHex(
        bindCount(
          groups,
          rootFromPath(
            leaf,
            index,
            groups,
            path.map((hash) => hexToBytes(hash)),
          )!,
        ),
      );
    expect(dispute.index).to.equal(2);
    expect(rootOf(leafHash(hexToBytes(dispute.cipher)), 2, COUNT, dispute.cipherPath)).to.equal(session.cipherRoot);
    expect(rootOf(hexToBytes(dispute.leaf), FIRST + 2, GROUPS, dispute.leafPath)).to.equal(session.dataRoot);
  });

  describe("is not signed by a buyer", () => {
    const { session, cipher, leaves } = delivery();
    const cases: Record<string, () => void> = {
      "whose masked groups are not the session's": () =>
        checkDelivery(session, [flipBit(cipher[0]!, 5), ...cipher.slice(1)], leaves),
      "that lacks a group": () => checkDelivery(session, cipher.slice(1), leaves),
      "that lacks a hash": () => checkDelivery(session, cipher, leaves.slice(1)),
      "whose hashes are another range's": () => checkDelivery({ ...session, first: FIRST + 1 }, cipher, leaves),
      "whose hash is made up": () =>
        checkDelivery(session, cipher, [{ leaf: SESSION, path: leaves[0]!.path }, ...leaves.slice(1)]),
      "whose replica has another size": () => checkDelivery({ ...session, groups: GROUPS + 1 }, cipher, leaves),
      "whose range ends behind the replica": () => checkDelivery({ ...session, first: GROUPS - 1 }, cipher, leaves),
      "that buys nothing": () => checkDelivery({ ...session, count: 0 }, [], []),
    };
    for (const [name, run] of Object.entries(cases)) {
      it(name, () => expect(refusalOf(run)).to.equal("STRICT_DOWNLOAD_MISMATCH"));
    }
  });

  it("takes keys, sessions and groups of the right length only", () => {
    const group = pattern(GROUP_BYTES);
    const short = new Uint8Array(31);
    for (const run of [
      () => keyHash(short),
      () => maskGroup(short, SESSION, 0, group),
      () => maskGroup(KEY, short, 0, group),
      () => maskGroup(KEY, SESSION, 0, group.subarray(1)),
    ]) {
      expect(refusalOf(run)).to.equal("BAD_LENGTH");
    }
    expect(refusalOf(() => cipherRoot([]))).to.equal("EMPTY_TREE");
  });
});
