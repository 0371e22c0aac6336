import { createHash } from "node:crypto";
import { encode } from "cborg";
import { expect } from "chai";
import { toHex } from "../../../node/common/hex.ts";
import { cidDigest, cidToText, createCidHasher } from "../../../node/data/cid.ts";
import { decodeHeader, encodeHeader, MAX_HEADER_BYTES, openHeader } from "../../../node/data/header.ts";
import { decryptFacts, encryptFacts } from "../../../node/data/plaintext-facts.ts";
import { flipBit, pattern } from "../../fixtures/pattern.ts";
import { storeFile } from "../../fixtures/stored-file.ts";

describe("header", () => {
  const file = storeFile(1_000_003, 3, 5, 5);
  const { header, headerBytes } = file;

  it("keeps its golden hash", () => {
    expect(file.headerHash).to.equal("0x24c43ed89c87d8f084a71d7c7ed2a852aa28ae18340fe847dd05a15dd6aa3984");
    expect(headerBytes.length).to.equal(541);
  });

  it("reads back what was written", () => {
    expect(decodeHeader(headerBytes)).to.deep.equal(header);
    expect(openHeader(headerBytes, file.headerHash)).to.deep.equal(header);
  });

  it("opens under no other hash, whichever bit is flipped", () => {
    for (let bit = 0; bit < 8 * headerBytes.length; bit += 97) {
      expect(() => openHeader(flipBit(headerBytes, bit), file.headerHash)).to.throw("is not the one the deal names");
    }
  });

  it("is refused before decoding when it is too large", () => {
    const huge = new Uint8Array(MAX_HEADER_BYTES + 1);
    expect(() => decodeHeader(huge)).to.throw("is larger than");
    expect(() => openHeader(huge, file.headerHash)).to.throw("is larger than");
  });

  it("is refused from a later version with one clear sentence", () => {
    const later = encode({ type: "holdfast/header", version: 2, surprise: true });
    expect(() => decodeHeader(later)).to.throw(
      "This holdfast/header has version 2, this program reads version 1: update Holdfast.",
    );
    const suite = encode({ type: "holdfast/header", version: 1, ...header, suite: 9 });
    expect(() => decodeHeader(suite)).to.throw("cipher suite 9");
  });

  it("is refused when a field is missing, extra, of another type or of another size", () => {
    const fields = { type: "holdfast/header", version: 1, ...header };
    const wrong: Record<string, unknown>[] = [
      { ...fields, extra: 1 },
      { ...fields, k: "3" },
      { ...fields, k: 3.5 },
      { ...fields, k: 0 },
      { ...fields, n: 2 },
      { ...fields, e: 2 },
      { ...fields, e: 6 },
      { ...fields, n: 256 },
      { ...fields, fileId: new Uint8Array(15) },
      { ...fields, fileSize: -1 },
      { ...fields, fileSize: 2n ** 60n },
      { ...fields, tags: header.tags.subarray(16) },
      { ...fields, pieceHashes: header.pieceHashes.subarray(32) },
      { ...fields, facts: new Uint8Array(10) },
      { ...fields, type: "holdfast/slot-table" },
    ];
    for (const { tags, ...rest } of [fields]) wrong.push(rest);
    for (const other of wrong) expect(() => decodeHeader(encode(other)), JSON.stringify(Object.keys(other))).to.throw();
    expect(() => encodeHeader({ ...header, n: 4, e: 4 })).to.throw("bad pieceHashes");
  });

  it("is refused in any but its canonical form", () => {
    const unsorted = encode(
      { type: "holdfast/header", version: 1, ...header },
      {
        mapSorter: (a, b) => String((b[0] as { value: string }).value).localeCompare((a[0] as { value: string }).value),
      },
    );
    expect(unsorted.length).to.equal(headerBytes.length);
    expect(() => decodeHeader(unsorted)).to.throw("canonical form");
    const at = Buffer.from(headerBytes).indexOf("616b03", "hex") + 2; // "k": 3, spelled in two bytes
    const long = Uint8Array.of(...headerBytes.subarray(0, at), 0x18, ...headerBytes.subarray(at));
    expect(() => decodeHeader(long)).to.throw("cannot be decoded");
    const float = Uint8Array.of(...headerBytes.subarray(0, at), 0xf9, 0x42, 0x00, ...headerBytes.subarray(at + 1));
    expect(() => decodeHeader(float)).to.throw("canonical form");
    expect(() => decodeHeader(Uint8Array.of(...headerBytes, 0))).to.throw("cannot be decoded");
  });

  it("survives garbage, deep nesting and absurd lengths with a typed refusal", () => {
    const absurd = [
      new Uint8Array(),
      pattern(1000),
      new Uint8Array(200_000).fill(0x81),
      Uint8Array.of(0x5b, 255, 255, 255, 255, 255, 255, 255, 255),
    ];
    for (const bytes of [...absurd, encode([1]), encode(null), encode("x")]) {
      expect(() => decodeHeader(bytes))
        .to.throw()
        .with.property("code", "BAD_DOCUMENT");
    }
  });
});

describe("plaintext facts", () => {
  const [key, fileId] = [pattern(32, 1), pattern(16, 2)];
  const cid = createCidHasher();
  cid.update(new TextEncoder().encode("hello "));
  cid.update(new TextEncoder().encode("world"));
  const facts = { cid: cid.finish(), name: "räksmörgås.txt" };

  it("come back, and are the same bytes every time", () => {
    const sealed = encryptFacts(key, fileId, facts);
    expect(decryptFacts(key, fileId, sealed)).to.deep.equal(facts);
    expect(encryptFacts(key, fileId, facts)).to.deep.equal(sealed);
    expect(toHex(sealed.subarray(0, 20))).to.equal("0x29d82b6de331f48472a67ec867f3b0bce0d8e71d");
  });

  it("do not repeat a nonce under another name", () => {
    const [a, b] = [encryptFacts(key, fileId, facts), encryptFacts(key, fileId, { ...facts, name: "other" })];
    expect(toHex(a.subarray(0, 12))).to.not.equal(toHex(b.subarray(0, 12)));
  });

  it("are refused after any flipped bit and under any other key", () => {
    const sealed = encryptFacts(key, fileId, facts);
    for (let bit = 0; bit < 8 * sealed.length; bit += 13) {
      expect(() => decryptFacts(key, fileId, flipBit(sealed, bit))).to.throw("does not belong");
    }
    expect(() => decryptFacts(flipBit(key, 0), fileId, sealed)).to.throw("does not belong");
    expect(() => decryptFacts(key, flipBit(fileId, 0), sealed)).to.throw("does not belong");
    expect(() => decryptFacts(key, fileId, sealed.subarray(0, 20))).to.throw("does not belong");
  });

  it("refuse a name of more than 1,024 bytes", () => {
    expect(() => encryptFacts(key, fileId, { ...facts, name: "ä".repeat(513) })).to.throw("got 1026");
  });
});

describe("CID", () => {
  it("is the CIDv1 raw sha2-256 that IPFS gives", () => {
    const hasher = createCidHasher();
    hasher.update(new TextEncoder().encode("hello world"));
    const cid = hasher.finish();
    // ipfs add --raw-leaves --cid-version 1
    expect(cidToText(cid)).to.equal("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
    expect(toHex(cidDigest(cid))).to.equal(`0x${createHash("sha256").update("hello world").digest("hex")}`);
  });

  it("refuses other codecs, hashes and lengths", () => {
    const cid = createCidHasher().finish();
    for (const bad of [
      cid.with(1, 0x70),
      cid.with(2, 0x13),
      cid.subarray(1),
      new Uint8Array(),
      Uint8Array.of(...cid, 0),
    ]) {
      expect(() => cidToText(bad)).to.throw("Expected a CIDv1 of raw bytes under sha2-256.");
    }
  });
});
