import { randomBytes } from "node:crypto";
import { Socket } from "node:net";
import { expect } from "chai";
import { openCall } from "../../../node/network/call.ts";
import type { Message } from "../../../node/network/message-codec.ts";
import { serve } from "../../../node/network/serve.ts";
import { twoHosts } from "./hosts.ts";

const PROTOCOL = "/test/1";

/** Writes that reach the system, of every socket of this process, while `work` runs. */
async function writesOf(work: () => Promise<unknown>): Promise<number> {
  let writes = 0;
  const { _write, _writev } = Socket.prototype;
  Socket.prototype._write = function (...given) {
    writes++;
    return _write.apply(this, given);
  };
  Socket.prototype._writev = function (...given) {
    writes++;
    return _writev!.apply(this, given);
  };
  try {
    await work();
  } finally {
    Object.assign(Socket.prototype, { _write, _writev });
  }
  return writes;
}

describe("writes of a host", () => {
  it("carry a message whole, and those of one turn together", async () => {
    const { provider, client, peer, stop } = await twoHosts();
    try {
      const answer = async ({ t }: Message) => ({ t });
      await serve(provider, { protocol: PROTOCOL, maxRequestBytes: 300_000, sideBySide: ["ask"] }, () => ({ answer }));
      const call = await openCall(client, peer, PROTOCOL);
      await call.request({ t: "ask" });
      await new Promise((resolve) => setTimeout(resolve, 50));
      // A question, its window update, the answer and its window update: four messages of three parts or more.
      expect(await writesOf(() => call.request({ t: "ask", n: 1 }))).to.be.at.most(4);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const eight = () => Promise.all(Array.from({ length: 8 }, (_, n) => call.request({ t: "ask", n })));
      expect(await writesOf(eight)).to.be.at.most(12);
      await new Promise((resolve) => setTimeout(resolve, 50));
      // Sixteen packets of Noise, in as many parts again: whole, it is as many writes as the window lets through.
      const large = { t: "ask", bytes: randomBytes(250_000) };
      expect(await writesOf(() => call.request(large))).to.be.at.most(8);
    } finally {
      await stop();
    }
  });

  it("bring every byte to a peer that reads late", async () => {
    const { provider, client, peer, stop } = await twoHosts();
    try {
      const answer = async ({ bytes }: Message) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { t: "ok", bytes };
      };
      await serve(provider, { protocol: PROTOCOL, maxRequestBytes: 300_000 }, () => ({ answer }));
      const call = await openCall(client, peer, PROTOCOL);
      const sent = Array.from({ length: 24 }, (_, i) => randomBytes(1 + 11_000 * i));
      const answers = await Promise.all(sent.map((bytes) => call.request({ t: "ask", bytes })));
      for (const [i, { bytes }] of answers.entries()) {
        expect(Buffer.compare(bytes as Uint8Array, sent[i]!)).to.equal(0);
      }
    } finally {
      await stop();
    }
  });
});
