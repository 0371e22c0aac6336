import type { Stream } from "@libp2p/interface";
import { expect } from "chai";
import { Uint8ArrayList } from "uint8arraylist";
import { release } from "../../../node/common/release.ts";
import { frameHead, frameReader } from "../../../node/network/frame-reader.ts";
import { RUN_PIECES } from "../../../node/network/frames.ts";
import { LARGE_BYTES } from "../../../node/network/message-codec.ts";
import { dialAddresses } from "../../../node/network/peer.ts";
import { MAX_PARTS, waitingBytes } from "../../../node/network/waiting-bytes.ts";
import { twoHosts } from "./hosts.ts";

const PACKET_BYTES = 65_519;
const MIB = 2 ** 20;

/** A reader of a stream that brings what it is told to. */
function fedReader(maxBytes: number) {
  const stream = Object.assign(new EventTarget(), { readableEnded: false, abort: () => undefined });
  const reader = frameReader(stream as unknown as Stream, maxBytes, 5 * (maxBytes + 8));
  const feed = (data: Uint8Array | Uint8ArrayList) => {
    stream.dispatchEvent(Object.assign(new Event("message"), { data }));
  };
  return { reader, feed };
}

function framed(...bodies: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(bodies.flatMap((body) => [frameHead(body.length), body])));
}

/** `sizes` one after the other, again and again, until `total` is reached. */
function partsOf(total: number, sizes: readonly number[]): { bytes: Uint8Array; parts: Uint8Array[] } {
  const bytes = new Uint8Array(total).fill(1);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < total; at += parts.at(-1)!.length) {
    parts.push(bytes.subarray(at, at + sizes[parts.length % sizes.length]!));
  }
  return { bytes, parts };
}

describe("bytes that wait to be read", () => {
  const MOST = 5 * MIB;

  /** What is held as it came shows a change of what was given; what was copied does not. */
  function heldAsGiven(total: number, sizes: readonly number[], inLists: boolean): { held: number; given: number } {
    const { bytes, parts } = partsOf(total, sizes);
    const waiting = waitingBytes(MOST);
    for (let i = 0; i < parts.length; i += 100) {
      const some = parts.slice(i, i + 100);
      if (inLists) waiting.append(new Uint8ArrayList(...some));
      else for (const part of some) waiting.append(part);
    }
    bytes.fill(2);
    const taken = waiting.take(0, total);
    let [at, held] = [0, 0];
    for (const { length } of parts) {
      if (taken[at] === 2) held++;
      at += length;
    }
    return { held, given: parts.length };
  }

  for (const [what, total, sizes] of [
    ["single bytes", MIB / 2, [1]],
    ["scraps of 1 to 700 bytes", MOST, [1, 700, 30, 2, 411]],
    ["packets of a third of the size and single bytes by turns", MOST, [20_000, 1]],
    ["parts of middle size and single bytes by turns", MOST, [9_000, 1, 1]],
  ] as const) {
    it(`are held in ${MAX_PARTS} parts or fewer when they come as ${what}`, () => {
      for (const inLists of [false, true]) {
        const { held, given } = heldAsGiven(total, sizes, inLists);
        expect(held).to.be.at.most(MAX_PARTS);
        expect(given).to.be.above(2 * MAX_PARTS);
      }
    });
  }

  it("are not copied when they come in packets of full size, however many may wait", () => {
    const { held, given } = heldAsGiven(MOST, [PACKET_BYTES], false);
    expect(held).to.equal(given);
    expect(given).to.be.above(80);
  });

  it("come out in the order in which they came, whatever their parts", () => {
    const waiting = waitingBytes(MIB);
    const given = Uint8Array.from({ length: MIB }, (_, i) => (i * 31) ^ (i >> 8));
    let [came, out] = [0, 0];
    for (let turn = 0; came < MIB; turn++) {
      const size = [1, 1, 900, 5_000, 1, 70_000][turn % 6]!;
      waiting.append(given.subarray(came, came + size));
      came = Math.min(MIB, came + size);
      if (turn % 400 !== 399) continue;
      const end = came - out - 17;
      expect(waiting.get(3)).to.equal(given[out + 3]);
      expect(Buffer.compare(waiting.take(2, end), given.subarray(out + 2, out + end))).to.equal(0);
      out += end;
    }
    expect(Buffer.compare(waiting.take(0, waiting.byteLength), given.subarray(out))).to.equal(0);
    expect(waiting.byteLength).to.equal(0);
  });
});

describe("frames off a stream", () => {
  it("are read right when they come byte by byte, in memory that does not grow with the number of parts", async () => {
    const { reader, feed } = fedReader(MIB);
    const body = new Uint8Array(MIB).fill(5);
    const given = framed(body, body);
    for (let i = 0; i < given.length; i++) feed(given.subarray(i, i + 1));
    const first = (await reader.read())!;
    expect(Buffer.compare(first, body)).to.equal(0);
    given.fill(0);
    const second = (await reader.read())!;
    expect(second.reduce((sum, byte) => sum + (byte === 5 ? 0 : 1), 0)).to.be.at.most(MAX_PARTS);
  });

  it("have their memory to themselves when they are large, though several came in one part", async () => {
    const { reader, feed } = fedReader(MIB);
    const [first, second] = [new Uint8Array(LARGE_BYTES).fill(1), new Uint8Array(20_000).fill(2)];
    feed(framed(first, second));
    const read = (await reader.read())!;
    expect(Buffer.compare(read, first)).to.equal(0);
    release(read);
    expect(Buffer.compare((await reader.read())!, second)).to.equal(0);
  });

  it("come from a host in parts below a large one's length, so that a large one is copied together anyway", async () => {
    const { provider, client, peer, stop } = await twoHosts();
    try {
      const body = new Uint8Array(RUN_PIECES * 253_952).fill(9);
      const sizes: number[] = [];
      const read = new Promise<Uint8Array | undefined>((resolve) => {
        void provider.handle("/test/1", (stream) => {
          const reader = frameReader(stream, body.length, body.length + 8);
          stream.addEventListener("message", ({ data }) => {
            for (const part of new Uint8ArrayList(data)) sizes.push(part.length);
          });
          resolve(reader.read());
        });
      });
      const stream = await client.dialProtocol(dialAddresses(peer), "/test/1");
      stream.send(framed(body));
      expect(Buffer.compare((await read)!, body)).to.equal(0);
      expect(Math.max(...sizes))
        .to.be.above(LARGE_BYTES / 2)
        .and.below(LARGE_BYTES);
      expect(sizes.length).to.be.below(MAX_PARTS / 4);
    } finally {
      await stop();
    }
  });

  it("are read right off a connection that brings a byte in each of its frames", async () => {
    const { provider, client, peer, stop } = await twoHosts();
    try {
      const body = Uint8Array.from({ length: 20_000 }, (_, i) => i % 251);
      const read = new Promise<Uint8Array | undefined>((resolve) => {
        void provider.handle("/test/1", (stream) => {
          resolve(frameReader(stream, body.length, body.length + 8).read());
        });
      });
      const stream = await client.dialProtocol(dialAddresses(peer), "/test/1");
      for (const byte of framed(body)) {
        if (!stream.send(Uint8Array.of(byte))) await stream.onDrain().catch(() => undefined);
      }
      expect(Buffer.compare((await read)!, body)).to.equal(0);
    } finally {
      await stop();
    }
  });
});
