import type { MultiaddrConnection, StreamMuxer } from "@libp2p/interface";
import { multiaddrConnectionPair } from "@libp2p/utils";
import { expect } from "chai";
import type { Uint8ArrayList } from "uint8arraylist";
import { boundedYamux } from "../../../node/network/bounded-yamux.ts";
import { MAX_PARTS } from "../../../node/network/waiting-bytes.ts";

const WINDOW_BYTES = 256 * 1024;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A data frame's header: a stream's first, or one that follows. */
function header(streamId: number, length: number, first: boolean): Uint8Array {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(first ? 1 : 0, 2);
  bytes.writeUInt32BE(streamId, 4);
  bytes.writeUInt32BE(length, 8);
  return new Uint8Array(bytes);
}

describe("a connection's streams", () => {
  let peer: MultiaddrConnection;
  let muxer: StreamMuxer;
  let came: number;

  beforeEach(async () => {
    const [outbound, inbound] = multiaddrConnectionPair();
    peer = outbound;
    muxer = boundedYamux()().createStreamMuxer(inbound);
    came = 0;
    muxer.addEventListener("stream", ({ detail }) => {
      detail.addEventListener("message", ({ data }) => {
        came += data.byteLength;
      });
    });
  });
  afterEach(() => muxer.abort(new Error("the test is over")));

  const send = async (...all: Uint8Array[]) => {
    for (const bytes of all) peer.send(bytes);
    await pause(30);
  };

  for (const [what, streamId, length, first] of [
    ["4 GiB on a new stream", 1, 2 ** 32 - 1, true],
    ["a byte more than a new stream's window", 1, WINDOW_BYTES + 1, true],
    ["4 GiB on a stream that it never opened", 7, 2 ** 32 - 1, false],
  ] as const) {
    it(`end when a frame is announced of ${what}`, async () => {
      await send(header(streamId, length, first).subarray(0, 11));
      expect(muxer.status).to.equal("open");
      await send(header(streamId, length, first).subarray(11));
      expect(muxer.status).to.equal("closed");
      expect(peer.status).not.to.equal("open");
    });
  }

  it("end when a frame is announced that goes beyond what is left of a window", async () => {
    await send(header(1, 1_000, true), new Uint8Array(1_000));
    expect(came).to.equal(1_000);
    const [stream] = muxer.streams;
    stream!.pause();
    await send(header(1, 200_000, false), new Uint8Array(200_000));
    expect(muxer.status).to.equal("open");
    await send(header(1, 200_000, false));
    expect(muxer.status).to.equal("closed");
  });

  it("bring a frame as large as the window, whatever it comes in, and hold it in few parts meanwhile", async () => {
    const length = WINDOW_BYTES / 8;
    await send(header(1, length, true));
    const body = new Uint8Array(length);
    const { decoder } = muxer as unknown as { decoder: { buffer: Uint8ArrayList } };
    let most = 0;
    for (let i = 0; i < length; i++) {
      peer.send(body.subarray(i, i + 1));
      if (i % 100 !== 0) continue;
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, [...decoder.buffer].length);
    }
    await pause(50);
    expect(came).to.equal(length);
    expect(most).to.be.above(1).and.at.most(MAX_PARTS);
    await send(header(3, WINDOW_BYTES, true), new Uint8Array(WINDOW_BYTES));
    expect(came).to.equal(length + WINDOW_BYTES);
  });
});
