import { randomBytes } from "node:crypto";
import { encode } from "cborg";
import { expect } from "chai";
import { Uint8ArrayList } from "uint8arraylist";
import { bytesOf } from "../../../node/network/fields.ts";
import { decodeMessage, encodeMessage, type Message } from "../../../node/network/message-codec.ts";

const piece = new Uint8Array(randomBytes(253_952));
const messages: Message[] = [
  { t: "piece", index: 7, bytes: piece },
  { t: "piece", bytes: piece, path: [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] },
  { a: piece, t: "only", z: "letters", bytes: new Uint8Array(40_000).fill(3), b: -5, list: [{ b: 1, a: null }] },
  { t: "ack", index: 300 },
];

describe("messages", () => {
  it("are cborg's own bytes, whatever large field they carry", () => {
    for (const message of messages) {
      expect(Buffer.compare(encodeMessage(message).subarray(), encode(message))).to.equal(0);
    }
  });

  it("carry a list as one byte string, whatever its size", () => {
    for (const parts of [
      [piece, piece.subarray(0, 15_872)],
      [piece.subarray(0, 15_872)],
      [piece.subarray(0, 9), piece],
    ]) {
      const encoded = encodeMessage({ t: "pieces", index: 2, bytes: new Uint8ArrayList(...parts) });
      const whole = { t: "pieces", index: 2, bytes: new Uint8Array(Buffer.concat(parts)) };
      expect(Buffer.compare(encoded.subarray(), encode(whole))).to.equal(0);
    }
  });

  it("carry a large field without a copy", () => {
    const encoded = encodeMessage(messages[0]!);
    expect([...(encoded as Iterable<Uint8Array>)]).to.include(piece);
  });

  it("come back as they were, a large field as a view of what came", () => {
    for (const message of messages) {
      const decoded = decodeMessage(encode(message));
      expect(encode(decoded)).to.deep.equal(encode(message));
    }
    const whole = encode(messages[0]!);
    const bytes = bytesOf(decodeMessage(whole), "bytes", piece.length);
    expect(bytes.buffer).to.equal(whole.buffer);
    expect(bytes.constructor).to.equal(Uint8Array);
    expect(Buffer.compare(bytes.slice(), piece)).to.equal(0);
  });

  it("are refused with a field twice, lengths longer than they need be, or more bytes behind", () => {
    const whole = Buffer.from(encode(messages[0]!));
    const length = whole.indexOf(Uint8Array.of(0x5a, 0x00, 0x03, 0xe0, 0x00));
    const longer = Buffer.concat([
      whole.subarray(0, length),
      Uint8Array.of(0x5b, 0, 0, 0, 0, 0x00, 0x03, 0xe0, 0x00),
      whole.subarray(length + 5),
    ]);
    const twice = Buffer.concat([Uint8Array.of(0xa4), whole.subarray(1), encode("t"), encode("piece")]);
    for (const wrong of [longer, twice, Buffer.concat([whole, Uint8Array.of(0)]), whole.subarray(0, -1)]) {
      expect(() => decodeMessage(wrong)).to.throw("The peer sent bytes that are no message.");
    }
  });
});
