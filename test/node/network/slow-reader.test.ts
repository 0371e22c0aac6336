import type { Stream } from "@libp2p/interface";
import { expect } from "chai";
import { frameHead } from "../../../node/network/frame-reader.ts";
import type { Host } from "../../../node/network/host.ts";
import { encodeMessage } from "../../../node/network/message-codec.ts";
import { dialAddresses, type Peer } from "../../../node/network/peer.ts";
import { serve } from "../../../node/network/serve.ts";
import { twoHosts } from "./hosts.ts";

const PROTOCOL = "/test/1";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const answer = { t: "ok", bytes: new Uint8Array(250_000).fill(7) };
const ANSWER_BYTES = frameHead(encodeMessage(answer).byteLength).length + encodeMessage(answer).byteLength;
const ASKED = 40;

/** Of a Yamux stream, what decides how much its peer may send. */
interface Window {
  recvWindowCapacity: number;
  readonly streamId: number;
  sendFrame(header: { type: number; flag: number; streamID: number; length: number }): void;
}

/** Lets the peer of a paused stream send so many bytes more. */
function grant(stream: Stream, length: number): void {
  const window = stream as unknown as Window;
  window.recvWindowCapacity += length;
  window.sendFrame({ type: 1, flag: 0, streamID: window.streamId, length });
}

describe("a peer that reads slowly", () => {
  let provider: Host;
  let client: Host;
  let peer: Peer;
  let stop: () => Promise<void>;
  let stream: Stream;

  beforeEach(async () => {
    ({ provider, client, peer, stop } = await twoHosts());
  });
  afterEach(async () => await stop());

  /** Asks for more than the first window holds, and reads nothing of it. */
  async function askAndPause(idleMs: number): Promise<Stream> {
    const options = { protocol: PROTOCOL, maxRequestBytes: 1024, sideBySide: ["ask"], idleMs };
    await serve(provider, options, () => ({ answer: async () => answer }));
    stream = await client.dialProtocol(dialAddresses(peer), PROTOCOL);
    stream.pause();
    const request = encodeMessage({ t: "ask" });
    for (let i = 0; i < ASKED; i++) {
      stream.send(frameHead(request.byteLength));
      stream.send(request);
    }
    for (;;) {
      await pause(20);
      const [connection] = provider.getConnections(client.peerId);
      const providers = connection?.streams.find(({ protocol }) => protocol === PROTOCOL);
      if (providers !== undefined && providers.writeBufferLength > 0) return providers;
    }
  }

  it("has one answer waiting for it, however often it lets a few bytes through, and gets all in the end", async () => {
    const providers = await askAndPause(60_000);
    let most = 0;
    for (let i = 0; i < 30; i++) {
      grant(stream, 1_000);
      await pause(5);
      expect(providers.writeBufferLength).to.be.above(0);
      most = Math.max(most, providers.writeBufferLength);
    }
    expect(most).to.be.at.most(ANSWER_BYTES);
    let came = 0;
    const all = new Promise<void>((resolve) => {
      stream.addEventListener("message", ({ data }) => {
        came += data.byteLength;
        if (came >= ASKED * ANSWER_BYTES) resolve();
      });
    });
    stream.resume();
    await all;
    expect(came).to.equal(ASKED * ANSWER_BYTES);
  });

  it("is waited for as long as it takes bytes, and dropped when it takes none", async () => {
    const providers = await askAndPause(2_000);
    const closed = new Promise((resolve) => providers.addEventListener("close", () => resolve(providers.status)));
    for (let i = 0; i < 12; i++) {
      grant(stream, 1_000);
      await pause(200);
    }
    expect(providers.status).to.equal("open");
    expect(await closed).to.equal("aborted");
  });
});
