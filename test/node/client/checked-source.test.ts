import { expect } from "chai";
import { PIECE_BYTES } from "../../../node/data/layout.ts";
import { decodeSegment } from "../../../node/data/segment-codec.ts";
import { checkedSource } from "../../../node/interface/client/checked-source.ts";
import { fetchSegments } from "../../../node/interface/client/swarm.ts";
import { flipBit } from "../../fixtures/pattern.ts";
import { storeFile } from "../../fixtures/stored-file.ts";

describe("a replica that holds other bytes than the owner's", () => {
  const file = storeFile(5 * PIECE_BYTES + 1, 3, 5, 5);
  const segments = file.pieces.map((_, index) => index);
  /** The slots in `wrong` serve what their own dataRoot may well name, and the header does not. */
  async function read(wrong: readonly number[]): Promise<{ bytes: Buffer; trouble: [number, string][] }> {
    const trouble: [number, string][] = [];
    const sources = [0, 1, 2, 3, 4].map((slot) =>
      checkedSource(file.header, {
        slot,
        fetch: async (index) => {
          const piece = file.pieces[index]![slot]!;
          return wrong.includes(slot) ? flipBit(piece, 3) : piece;
        },
      }),
    );
    const onTrouble = (slot: number, cause: unknown) => trouble.push([slot, (cause as { code: string }).code]);
    const parts: Uint8Array[] = [];
    let index = 0;
    for await (const pieces of fetchSegments({ segments, k: 3, sources, onTrouble })) {
      const shards = pieces.map(({ slot, bytes }) => ({ index: slot, bytes }));
      parts.push(decodeSegment(file.header, file.code, file.key, index++, shards));
    }
    return { bytes: Buffer.concat(parts), trouble };
  }

  it("costs a get that source and nothing else while k others are right", async () => {
    const { bytes, trouble } = await read([0, 2]);
    expect(Buffer.compare(bytes, file.plaintext)).to.equal(0);
    expect(trouble.sort()).to.deep.equal([
      [0, "WRONG_PIECE"],
      [2, "WRONG_PIECE"],
    ]);
  });

  it("ends a get that has fewer than k others, before a wrong byte is written", async () => {
    const failure = await read([0, 1, 2]).catch((cause: unknown) => cause);
    expect(failure).to.have.property("code", "NOT_ENOUGH_PROVIDERS");
  });
});
