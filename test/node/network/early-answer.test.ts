import { randomBytes } from "node:crypto";
import { lpStream } from "@libp2p/utils";
import { encode } from "cborg";
import { expect } from "chai";
import { release } from "../../../node/common/release.ts";
import { PIECE_BYTES } from "../../../node/data/layout.ts";
import { openCall } from "../../../node/network/call.ts";
import { createHost } from "../../../node/network/host.ts";
import { serve } from "../../../node/network/serve.ts";
import { peerOf, twoHosts } from "./hosts.ts";

const PROTOCOL = "/test/1";
const PIECES = 6;

describe("a peer that acknowledges pieces before it has read them", () => {
  it("spoils its own connection, and nothing else, when their memory is given back", async () => {
    const { provider, client, peer, stop } = await twoHosts();
    const honest = await createHost({ privateKey: randomBytes(32), listen: "/ip4/127.0.0.1/tcp/0" });
    try {
      await provider.handle(PROTOCOL, async (stream) => {
        stream.pause();
        const wire = lpStream(stream, { maxDataLength: 2 * PIECE_BYTES, maxBufferSize: 2 * PIECES * PIECE_BYTES });
        for (let index = 0; index < PIECES; index++) await wire.write(encode({ t: "ack", index }));
        await new Promise((resolve) => setTimeout(resolve, 300));
        stream.resume();
      });
      const call = await openCall(client, peer, PROTOCOL, { timeoutMs: 1_500 });
      const sent = Array.from({ length: PIECES }, async (_, index) => {
        const bytes = new Uint8Array(PIECE_BYTES).fill(index);
        await call.request({ t: "piece", index, bytes });
        release(bytes);
      });
      await Promise.allSettled(sent);
      const failure = await call.request({ t: "finish" }).catch((cause: unknown) => cause);
      expect((failure as { code: string }).code).to.match(/^PEER_(?:CLOSED|TIMEOUT)$/);
      await serve(honest, { protocol: PROTOCOL, maxRequestBytes: 2 * PIECE_BYTES }, () => ({
        answer: async ({ index }) => ({ t: "ack", index }),
      }));
      const other = await openCall(client, peerOf(honest), PROTOCOL);
      const bytes = new Uint8Array(PIECE_BYTES);
      expect(await other.request({ t: "piece", index: 0, bytes })).to.deep.equal({ t: "ack", index: 0 });
    } finally {
      await Promise.all([stop(), honest.stop()]);
    }
  });
});
