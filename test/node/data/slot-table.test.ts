import { encode } from "cborg";
import { expect } from "chai";
import { verifyTypedData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { fromHex, toHex } from "../../../node/common/hex.ts";
import { decodeSlotTable, encodeSlotTable, type SlotTable, slotTableMessage } from "../../../node/data/slot-table.ts";
import {
  checkSlotTable,
  encodeSignedSlotTable,
  openSlotTable,
  staleSlots,
} from "../../../node/data/slot-table-checks.ts";
import { marketDomain, slotTableTypes } from "../../../node/data/terms.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";
import { storeFile } from "../../fixtures/stored-file.ts";

const file = storeFile(1_000_003, 2, 4, 2);
const dealKey = toHex(pattern(32, 3));
const table: SlotTable = {
  dealKey,
  headerHash: file.headerHash,
  slots: [0, 1, 2, null].map((slot) =>
    slot === null
      ? null
      : {
          generation: slot,
          sealingProvider: "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
          secret: (["hot", "hot", "steward"] as const)[slot]!,
          root: toHex(pattern(32, 10 + slot)),
          dataRoot: toHex(pattern(32, 20 + slot)),
          m: file.layout.m,
          groups: file.layout.shardGroups,
        },
  ),
};
const bytes = encodeSlotTable(table);

describe("slot table", () => {
  it("keeps its golden digest", () => {
    expect(slotTableMessage(bytes)).to.deep.equal({
      dealKey,
      digest: "0xa0e51aeaa34eb4e6979c4b1a504e918d3de8d8beb8687ee7f6bee6d937f6eec0",
    });
  });

  it("reads back what was written, vacant slots included", () => {
    expect(decodeSlotTable(bytes)).to.deep.equal(table);
  });

  it("is refused with a bad slot, an unknown secret or a class that is not its group count's", () => {
    const slot = [0, pattern(20), 0, pattern(32), pattern(32), 13, 16];
    const fields = { type: "holdfast/slot-table", version: 1, dealKey: pattern(32), headerHash: pattern(32) };
    decodeSlotTable(encode({ ...fields, slots: [slot] }));
    const wrong = [
      slot.with(0, 256),
      ["0", ...slot.slice(1)],
      slot.with(1, pattern(19)),
      slot.with(2, 3),
      [...slot.slice(0, 3), "0x", ...slot.slice(4)],
      slot.with(4, pattern(33)),
      slot.with(5, 14),
      slot.with(6, 0),
      slot.with(6, 17),
      slot.slice(1),
      [...slot, 1],
      {},
      7,
    ];
    for (const bad of wrong) expect(() => decodeSlotTable(encode({ ...fields, slots: [bad] }))).to.throw();
    for (const slots of [[], {}, 1, Array(256).fill(null)])
      expect(() => decodeSlotTable(encode({ ...fields, slots }))).to.throw();
    expect(() => decodeSlotTable(new Uint8Array(2 ** 16 + 1))).to.throw("is larger than 65536 bytes");
    expect(() => decodeSlotTable(encode({ ...fields, version: 7, slots: [] }))).to.throw("has version 7");
  });

  describe("from a stranger", () => {
    const client = privateKeyToAccount(toHex(pattern(32, 5)));
    const domain = marketDomain(31337, "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045");
    const typed = { domain, types: slotTableTypes, primaryType: "SlotTable" } as const;
    const verify: Parameters<typeof openSlotTable>[2] = (message, signature) =>
      verifyTypedData({ ...typed, address: client.address, message, signature }).catch(() => false);
    const failure = (document: Uint8Array, key = dealKey) =>
      openSlotTable(document, key, verify).catch((error: Error) => error);

    it("opens when the owner signed it for this deal", async () => {
      const signature = await client.signTypedData({ ...typed, message: slotTableMessage(bytes) });
      expect(await openSlotTable(encodeSignedSlotTable(bytes, signature), dealKey, verify)).to.deep.equal(table);
    });

    it("is refused with another signer, another deal, or a flipped bit in table or signature", async () => {
      const signature = await client.signTypedData({ ...typed, message: slotTableMessage(bytes) });
      const outsider = privateKeyToAccount(toHex(pattern(32, 6)));
      const forged = await outsider.signTypedData({ ...typed, message: slotTableMessage(bytes) });
      expect(await failure(encodeSignedSlotTable(bytes, forged))).to.match(/not signed by the deal's owner/);
      expect(await failure(encodeSignedSlotTable(bytes, signature), toHex(pattern(32, 4)))).to.match(/of another deal/);
      const bent = toHex(flipBit(fromHex(signature), 100));
      expect(await failure(encodeSignedSlotTable(bytes, bent))).to.match(/not signed/);
      for (let bit = 0; bit < 8 * bytes.length; bit += 89) {
        expect(await failure(encodeSignedSlotTable(flipBit(bytes, bit), signature)), `bit ${bit}`).to.have.property(
          "code",
        );
      }
    });
  });

  it("fits its header, and none with another hash, n, size or hot slots", () => {
    checkSlotTable(table, file.header, file.headerHash);
    const entry = table.slots[2]!;
    expect(() => checkSlotTable(table, file.header, dealKey)).to.throw("names another header");
    expect(() => checkSlotTable({ ...table, slots: table.slots.slice(1) }, file.header, file.headerHash)).to.throw(
      "has 3 slots",
    );
    const small = { ...table, slots: table.slots.with(0, { ...table.slots[0]!, m: 13, groups: 1 }) };
    expect(() => checkSlotTable(small, file.header, file.headerHash)).to.throw("wrong size in slot 0");
    const hot = { ...table, slots: table.slots.with(2, { ...entry, secret: "hot" }) };
    expect(() => checkSlotTable(hot, file.header, file.headerHash)).to.throw("seals slot 2 under a wrong secret");
    const cold = { ...table, slots: table.slots.with(1, { ...entry, secret: "cold" }) };
    expect(() => checkSlotTable(cold, file.header, file.headerHash)).to.throw("seals slot 1 under a wrong secret");
  });

  it("counts only for the slots where it equals the chain", () => {
    const chain = table.slots.map((entry) => entry && { ...entry });
    expect(staleSlots(table, chain)).to.deep.equal([]);
    expect(staleSlots(table, chain.with(0, null))).to.deep.equal([]);
    const other = { ...chain[1]!, root: toHex(pattern(32, 99)) };
    expect(staleSlots(table, chain.with(1, other))).to.deep.equal([1]);
    expect(staleSlots(table, chain.with(1, { ...chain[1]!, generation: 9 }))).to.deep.equal([1]);
    expect(staleSlots(table, chain.with(1, { ...chain[1]!, dataRoot: other.root }))).to.deep.equal([1]);
    expect(staleSlots(table, chain.with(3, chain[2]!))).to.deep.equal([3]);
  });
});
