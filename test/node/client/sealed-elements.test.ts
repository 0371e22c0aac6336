import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { ELEMENT_BYTES, fileLayout, GROUP_ELEMENTS, PIECE_BYTES, PIECE_ELEMENTS } from "../../../node/data/layout.ts";
import { deriveSecrets } from "../../../node/data/secrets.ts";
import { contentKey, encryptParts, encryptSegment } from "../../../node/data/segment-cipher.ts";
import { createSealer, encodeFile } from "../../../node/interface/client/encode-file.ts";
import type { PutPlan, SlotProgress } from "../../../node/interface/client/put-plan.ts";
import { confirmElement, sealedElements } from "../../../node/interface/client/sealed-elements.ts";
import { describeFile } from "../../../node/physical/regular-file.ts";
import { pattern } from "../../fixtures/pattern.ts";

const [k, n] = [3, 5];
const secrets = deriveSecrets(pattern(32, 4));

describe("single elements of a put", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-elements-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function planOf(size: number): Promise<PutPlan> {
    const file = path.join(folder, `file-${size}`);
    writeFileSync(file, pattern(size, 3));
    const where = { chainId: 31337, market: `0x${"11".repeat(20)}`, dealKey: `0x${"22".repeat(32)}` };
    return { ...(await describeFile(file)), ...where, k, n, e: n } as unknown as PutPlan;
  }

  const slots = Array.from(
    { length: n },
    (_, slot) => ({ slot, placed: { quote: { provider: `0x${`0${slot}`.repeat(20)}` } } }) as SlotProgress,
  );

  it("are those of the sealed pieces, data and parity, in full segments, in the last one and in its padding", async () => {
    for (const size of [0, 100, 2 * k * PIECE_BYTES, k * PIECE_BYTES + 2 * 15_872 + 33]) {
      const plan = await planOf(size);
      const layout = fileLayout(size, k);
      const elements = layout.shardGroups * GROUP_ELEMENTS;
      const indices = [...new Set([0, 1, 2, 511, 512, 513, 8_191, 8_192, 8_700, elements - 1])]
        .filter((index) => index < elements)
        .sort((a, b) => a - b);
      const found = await sealedElements({ plan, layout, secrets, slots }, indices);
      for await (const { index: segment, pieces } of encodeFile({ plan, layout, secrets, confirm: async () => {} })) {
        for (const { slot, placed } of slots) {
          const sealed = createSealer(plan, secrets, slot, placed.quote.provider)(segment, pieces[slot]!);
          for (const [i, index] of indices.entries()) {
            if (Math.floor(index / PIECE_ELEMENTS) !== segment) continue;
            const at = (index % PIECE_ELEMENTS) * ELEMENT_BYTES;
            const expected = Buffer.from(sealed.subarray(at, at + ELEMENT_BYTES)).toString("hex");
            expect(Buffer.from(found.get(slot)![i]!).toString("hex"), `${size}: ${slot}, ${index}`).to.equal(expected);
          }
        }
      }
    }
  });

  it("stop where the file has changed, in length, in time, or only in its bytes", async () => {
    const size = k * PIECE_BYTES + 5;
    const plan = await planOf(size);
    const layout = fileLayout(size, k);
    const digests: Uint8Array[] = [];
    const note = async (_: number, some: readonly Uint8Array[]) => void digests.push(...some);
    for await (const _ of encodeFile({ plan, layout, secrets, confirm: note }));
    const confirm = async (segment: number, [digest]: readonly Uint8Array[]) => {
      if (Buffer.compare(digest!, digests[segment]!) !== 0) throw new Error(`segment ${segment} changed`);
    };
    await confirmElement({ plan, layout, secrets }, confirm, PIECE_ELEMENTS);
    const other = pattern(size, 3);
    other[size - 1]! ^= 1;
    writeFileSync(plan.path, other);
    utimesSync(plan.path, new Date(plan.modifiedMs), new Date(plan.modifiedMs));
    const same = { ...plan, modifiedMs: (await describeFile(plan.path)).modifiedMs };
    await confirmElement({ plan: same, layout, secrets }, confirm, 0);
    const failure = await confirmElement({ plan: same, layout, secrets }, confirm, PIECE_ELEMENTS).catch((e) => e);
    expect(failure.message).to.equal("segment 1 changed");
    utimesSync(plan.path, new Date(), new Date(0));
    const late = await sealedElements({ plan, layout, secrets, slots }, [0]).catch((e) => e);
    expect(late.code).to.equal("FILE_CHANGED");
  });
});

describe("a part of a segment", () => {
  it("is encrypted as in the whole, wherever it begins and ends", () => {
    const fileId = pattern(16, 9);
    const key = contentKey(pattern(32, 8), fileId);
    const plaintext = pattern(100_000, 7);
    const { ciphertext } = encryptSegment(key, { fileId, index: 3, last: true }, plaintext);
    for (const [from, to] of [
      [0, 1],
      [0, 100_000],
      [15, 17],
      [31, 62],
      [65_535, 65_600],
      [99_999, 100_000],
    ] as const) {
      const [part] = encryptParts(key, [{ index: 3, offset: from, plaintext: plaintext.subarray(from, to) }]);
      expect(Buffer.compare(part!, ciphertext.subarray(from, to)), `${from} to ${to}`).to.equal(0);
    }
  });
});
