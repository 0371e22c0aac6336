import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { lpStream } from "@libp2p/utils";
import { encode } from "cborg";
import { expect } from "chai";
import { openCall } from "../../../node/network/call.ts";
import { MAX_MESSAGE_BYTES } from "../../../node/network/frames.ts";
import { createHost, type Host } from "../../../node/network/host.ts";
import type { Message } from "../../../node/network/message-codec.ts";
import { dialAddresses, type Peer, peerOfProfile, profileOfHost } from "../../../node/network/peer.ts";
import { Refusal } from "../../../node/network/refusal.ts";
import { type Session, serve } from "../../../node/network/serve.ts";
import { failure, peerOf, twoHosts } from "./hosts.ts";

const PROTOCOL = "/test/1";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("calls between two hosts", () => {
  let provider: Host;
  let client: Host;
  let peer: Peer;
  let stop: () => Promise<void>;

  beforeEach(async () => {
    ({ provider, client, peer, stop } = await twoHosts());
  });
  afterEach(async () => await stop());

  const answering = (answer: Session["answer"], options = {}) =>
    serve(provider, { protocol: PROTOCOL, maxRequestBytes: 1024, ...options }, () => ({ answer }));
  const raw = async () => await client.dialProtocol(dialAddresses(peer), PROTOCOL);

  it("answers in the order of the requests, whichever is done first", async () => {
    const done: number[] = [];
    await answering(
      async ({ n }) => {
        await pause(80 - 10 * (n as number));
        done.push(n as number);
        return { t: "answer", n };
      },
      { sideBySide: ["ask"] },
    );
    const call = await openCall(client, peer, PROTOCOL);
    const answers = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => call.request({ t: "ask", n })));
    expect(answers.map(({ n }) => n)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(done[0]).to.equal(5);
  });

  it("never has more than 8 requests of a stream at work", async () => {
    let working = 0;
    let most = 0;
    const answer = async () => {
      most = Math.max(most, ++working);
      await pause(5);
      working--;
      return { t: "ok" };
    };
    await answering(answer, { sideBySide: ["ask"] });
    const call = await openCall(client, peer, PROTOCOL);
    await Promise.all(Array.from({ length: 40 }, () => call.request({ t: "ask" })));
    expect(most).to.equal(8);
  });

  it("lets a request that is not side by side wait for those before it, and holds up those after it", async () => {
    const log: string[] = [];
    const answer = async ({ t }: Message) => {
      log.push(`+${t}`);
      await pause(t === "piece" ? 30 : 10);
      log.push(`-${t}`);
      return { t };
    };
    await answering(answer, { sideBySide: ["piece"] });
    const call = await openCall(client, peer, PROTOCOL);
    await Promise.all(["piece", "piece", "finish", "piece"].map((t) => call.request({ t })));
    expect(log.slice(4, 6)).to.deep.equal(["+finish", "-finish"]);
  });

  it("gives the caller the provider's refusal and goes on", async () => {
    await answering(async ({ n }) => {
      if (n === 1) throw new Refusal("NO_ROOM", "The disk\u001b[31m is full.");
      return { t: "ok" };
    });
    const call = await openCall(client, peer, PROTOCOL);
    const refused = await failure(call.request({ t: "ask", n: 1 }));
    expect(refused).to.include({ code: "NO_ROOM", message: "The disk [31m is full." });
    expect(refused.details).to.include({ refusedByPeer: true, peerId: peer.peerId });
    expect((await call.request({ t: "ask", n: 2 })).t).to.equal("ok");
  });

  it("keeps the sentence of an inner failure to itself", async () => {
    const seen: unknown[] = [];
    const answer = () => Promise.reject(new Error("/home/me/secret.key is gone"));
    await answering(answer, { onError: (error: unknown) => seen.push(error) });
    const call = await openCall(client, peer, PROTOCOL);
    const refused = await failure(call.request({ t: "ask" }));
    expect(refused.code).to.equal("INTERNAL");
    expect(refused.message).not.to.contain("secret");
    expect(String(seen[0])).to.contain("secret");
  });

  it("gives up on a peer that hangs, and drops the stream", async () => {
    await answering(() => new Promise(() => undefined));
    await client.dial(dialAddresses(peer)); // on a busy machine that alone may take longer
    const call = await openCall(client, peer, PROTOCOL, { timeoutMs: 150 });
    const both = await Promise.all([failure(call.request({ t: "ask" })), failure(call.request({ t: "ask" }))]);
    expect(both.map(({ code }) => code)).to.deep.equal(["PEER_TIMEOUT", "PEER_TIMEOUT"]);
    expect((await failure(call.request({ t: "ask" }))).code).to.equal("PEER_TIMEOUT");
  });

  it("waits for an answer that takes long to come, not for one that stands still in the middle", async () => {
    const whole = Buffer.concat([Uint8Array.of(0), encode({ t: "ok", bytes: new Uint8Array(60) })]);
    whole[0] = whole.length - 1;
    let parts = whole.length;
    await provider.handle(PROTOCOL, async (stream) => {
      for (let i = 0; i < parts; i += 8) {
        stream.send(whole.subarray(i, i + 8));
        await pause(80);
      }
    });
    await client.dial(dialAddresses(peer));
    const slow = await openCall(client, peer, PROTOCOL, { timeoutMs: 200 });
    expect((await slow.request({ t: "ask" })).t).to.equal("ok");
    parts = 24;
    const stuck = await openCall(client, peer, PROTOCOL, { timeoutMs: 200 });
    expect((await failure(stuck.request({ t: "ask" }))).code).to.equal("PEER_TIMEOUT");
  });

  it("notices that the peer closed without an answer", async () => {
    await provider.handle(PROTOCOL, async (stream) => await stream.close());
    const call = await openCall(client, peer, PROTOCOL);
    expect((await failure(call.request({ t: "ask" }))).code).to.equal("PEER_CLOSED");
  });

  it("notices that the peer went away in the middle of an answer", async () => {
    await provider.handle(PROTOCOL, async (stream) => {
      stream.send(Uint8Array.of(200, 1, 1, 2, 3));
      await stream.close();
    });
    const call = await openCall(client, peer, PROTOCOL);
    expect((await failure(call.request({ t: "ask" }))).code).to.equal("PEER_CLOSED");
  });

  for (const [what, bytes] of [
    ["no CBOR", Uint8Array.of(0xff, 0xff)],
    ["a number", encode(7)],
    ["null", encode(null)],
    ["no kind", encode({ n: 1 })],
    ["a kind that is no text", encode({ t: 5 })],
    ["two values", Uint8Array.of(...encode({ t: "ok" }), ...encode({ t: "ok" }))],
    ["the same field twice", Uint8Array.of(0xa2, 0x61, 0x74, 0x61, 0x61, 0x61, 0x74, 0x61, 0x62)],
    ["arrays nested 100,000 deep", new Uint8Array(100_000).fill(0x81)],
    ["an error without a code", encode({ t: "error", code: "rm -rf", message: "no" })],
  ] as const) {
    it(`takes an answer that is ${what} for a broken peer`, async () => {
      await provider.handle(PROTOCOL, async (stream) => await lpStream(stream).write(bytes));
      const call = await openCall(client, peer, PROTOCOL);
      expect((await failure(call.request({ t: "ask" }))).code).to.equal("BAD_MESSAGE");
      expect((await failure(call.request({ t: "ask" }))).code).to.equal("BAD_MESSAGE");
    });
  }

  it("refuses an answer that announces more than the largest message", async () => {
    await provider.handle(
      PROTOCOL,
      async (stream) => await lpStream(stream).write(new Uint8Array(MAX_MESSAGE_BYTES + 1)),
    );
    const call = await openCall(client, peer, PROTOCOL);
    expect((await failure(call.request({ t: "ask" }))).code).to.equal("BAD_MESSAGE");
  });

  it("tells a client that sends nonsense, then hangs up", async () => {
    await answering(async () => ({ t: "ok" }));
    const lp = lpStream(await raw());
    await lp.write(Uint8Array.of(0xff, 0xff));
    expect(Buffer.from((await lp.read()).subarray()).toString("latin1")).to.contain("BAD_MESSAGE");
    expect((await failure(lp.read())).message).to.match(/EOF|reset|closed/i);
  });

  it("refuses a request longer than the protocol's", async () => {
    await answering(async () => ({ t: "ok" }));
    const call = await openCall(client, peer, PROTOCOL);
    const refused = await failure(call.request({ t: "ask", padding: new Uint8Array(2000) }));
    expect(refused.code).to.equal("BAD_MESSAGE");
  });

  it("resets a client that floods instead of waiting for answers", async () => {
    await answering(() => new Promise(() => undefined));
    const stream = await raw();
    const closed = new Promise<string>((resolve) => stream.addEventListener("close", () => resolve(stream.status)));
    const flood = encode({ t: "ask", padding: new Uint8Array(900) });
    const lp = lpStream(stream);
    for (let i = 0; i < 40 && stream.status === "open"; i++) await lp.write(flood).catch(() => undefined);
    expect(await closed).to.equal("reset");
  });

  it("drops a client that asks nothing", async () => {
    let closed = false;
    const session = { answer: async () => ({ t: "ok" }), close: () => (closed = true) };
    await serve(provider, { protocol: PROTOCOL, maxRequestBytes: 1024, idleMs: 100 }, () => session as Session);
    const stream = await raw();
    const status = await new Promise((resolve) => stream.addEventListener("close", () => resolve(stream.status)));
    expect(status).to.equal("reset");
    expect(closed).to.equal(true);
  });

  it("says BUSY to a peer with too many streams, and frees their places again", async () => {
    await answering(async () => ({ t: "ok" }), { maxStreamsPerPeer: 2 });
    const calls = [await openCall(client, peer, PROTOCOL), await openCall(client, peer, PROTOCOL)];
    await Promise.all(calls.map((call) => call.request({ t: "ask" })));
    const third = await openCall(client, peer, PROTOCOL);
    expect((await failure(third.request({ t: "ask" }))).code).to.equal("BUSY");
    await calls[0]!.close();
    await pause(50);
    const fourth = await openCall(client, peer, PROTOCOL);
    expect((await fourth.request({ t: "ask" })).t).to.equal("ok");
  });

  it("moves full messages both ways through a slow reader without losing one", async () => {
    const piece = randomBytes(253_952);
    const answer = async ({ bytes }: Message) => {
      await pause(4);
      return { t: "ok", bytes };
    };
    await answering(answer, { sideBySide: ["ask"], maxRequestBytes: MAX_MESSAGE_BYTES });
    const call = await openCall(client, peer, PROTOCOL);
    const sent = Array.from({ length: 60 }, () => call.request({ t: "ask", bytes: piece }));
    for (const answer of await Promise.all(sent)) expect(Buffer.compare(answer.bytes as Uint8Array, piece)).to.equal(0);
  });

  it("says that a peer does not speak a protocol", async () => {
    expect((await failure(openCall(client, peer, "/unknown/1"))).code).to.equal("PROTOCOL_UNSUPPORTED");
  });

  it("says that nobody answers at an address", async () => {
    await provider.stop();
    expect((await failure(openCall(client, peer, PROTOCOL))).code).to.equal("PEER_UNREACHABLE");
  });

  it("refuses another peer at the address that was registered", async () => {
    await answering(async () => ({ t: "ok" }));
    const imposter = { peerId: client.peerId.toString(), addresses: peer.addresses };
    const outsider = await createHost({ privateKey: randomBytes(32) });
    const failed = await failure(openCall(outsider, imposter, PROTOCOL));
    await outsider.stop();
    expect(failed.code).to.equal("PEER_UNREACHABLE");
  });
});

describe("host", () => {
  it("has the peer id of its wallet, and registers what can be dialled", async () => {
    const privateKey = randomBytes(32);
    const first = await createHost({ privateKey, listen: "/ip4/127.0.0.1/tcp/0" });
    const id = first.peerId.toString();
    const peer = peerOf(first);
    expect(peerOfProfile(profileOfHost(first, peer.addresses))).to.deep.equal(peer);
    await first.stop();
    const second = await createHost({ privateKey });
    expect(second.peerId.toString()).to.equal(id);
    await second.stop();
  });

  it("says which address is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const failed = await failure(createHost({ privateKey: randomBytes(32), listen: `/ip4/127.0.0.1/tcp/${port}` }));
    server.close();
    expect(failed.code).to.equal("PORT_TAKEN");
    expect(failed.message).to.contain(String(port));
  });

  for (const [what, profile] of [
    ["a peer id that is no multihash", { peerId: "0x1234", addresses: "/ip4/127.0.0.1/tcp/1" }],
    ["no address", { peerId: `0x1220${"00".repeat(32)}`, addresses: "" }],
    ["an address that is none", { peerId: `0x1220${"00".repeat(32)}`, addresses: "http://example.org" }],
  ] as const) {
    it(`refuses a profile with ${what}`, async () => {
      expect((await failure(Promise.resolve().then(() => peerOfProfile(profile)))).code).to.equal("BAD_PEER");
    });
  }
});
