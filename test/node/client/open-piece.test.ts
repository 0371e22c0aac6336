import { expect } from "chai";
import { toHex } from "../../../node/common/hex.ts";
import { createDataRootBuilder } from "../../../node/data/data-root.ts";
import { createHashTree } from "../../../node/data/hash-tree.ts";
import { PIECE_BYTES } from "../../../node/data/layout.ts";
import { seal } from "../../../node/data/seal.ts";
import { decodeCheckedSegment } from "../../../node/data/segment-codec.ts";
import type { Offer } from "../../../node/data/terms.ts";
import { openPiece } from "../../../node/interface/client/open-piece.ts";
import { fetchSegments } from "../../../node/interface/client/swarm.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";
import { storeFile } from "../../fixtures/stored-file.ts";

const key = pattern(32, 77);

describe("pieces of a replica", () => {
  const file = storeFile(5 * PIECE_BYTES + 1, 3, 5, 5);
  const segments = file.pieces.map((_, index) => index);

  /** A slot whose replica was sealed from the owner's pieces, or from others, and what its provider serves of it. */
  function replica(slot: number, { other = false, lies = false } = {}) {
    const builder = createDataRootBuilder();
    const sealed = file.pieces.map((pieces, index) =>
      seal(key, index * PIECE_BYTES, other ? flipBit(pieces[slot]!, 3) : pieces[slot]!),
    );
    const tree = createHashTree(sealed.map((piece) => builder.append(piece)));
    const { dataRoot, groupCount } = builder.finish();
    const offer = { provider: `0x${"ab".repeat(20)}`, slot, dataRoot: toHex(dataRoot), groups: groupCount } as Offer;
    return (index: number) => {
      const bytes = lies ? flipBit(sealed[index]!, 5) : sealed[index]!;
      return openPiece(file.header, key, offer, index, { bytes, path: tree.path(index) });
    };
  }

  async function read(opens: readonly ((index: number) => Uint8Array)[]) {
    const trouble: [number, string][] = [];
    const sources = opens.map((open, slot) => ({
      slot,
      fetch: async (first: number, count: number) => Array.from({ length: count }, (_, i) => open(first + i)),
    }));
    const onTrouble = (slot: number, cause: unknown) => trouble.push([slot, (cause as Error).message]);
    const parts: Uint8Array[] = [];
    let index = 0;
    for await (const pieces of fetchSegments({ segments, k: 3, sources, onTrouble })) {
      const shards = pieces.map(({ slot, bytes }) => ({ index: slot, bytes }));
      parts.push(decodeCheckedSegment(file.header, file.code, file.key, index++, shards));
    }
    return { bytes: Buffer.concat(parts), trouble };
  }

  it("that was sealed from other bytes, or is lied about, cost a get their slot and nothing else", async () => {
    const opens = [replica(0, { other: true }), replica(1), replica(2, { lies: true }), replica(3), replica(4)];
    const { bytes, trouble } = await read(opens);
    expect(Buffer.compare(bytes, file.plaintext)).to.equal(0);
    expect(trouble.map(([slot]) => slot).sort()).to.deep.equal([0, 2]);
    const reasons = new Map(trouble);
    expect(reasons.get(0)).to.match(/^Slot 0 gave wrong bytes/);
    expect(reasons.get(2)).to.match(/^Provider 0xabab\w+ sent bytes that are not piece/);
  });

  it("end a get that has fewer than k right ones, before a wrong byte is written", async () => {
    const opens = [0, 1, 2, 3, 4].map((slot) => replica(slot, { other: slot < 3 }));
    const failure = await read(opens).catch((cause: unknown) => cause);
    expect(failure).to.have.property("code", "NOT_ENOUGH_PROVIDERS");
  });
});
