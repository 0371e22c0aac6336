import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { toHex } from "../../../node/common/hex.ts";
import { GROUP_BYTES, PIECE_BYTES } from "../../../node/data/layout.ts";
import { type Offer, type Quote, quoteTypes } from "../../../node/data/terms.ts";
import { openCall } from "../../../node/network/call.ts";
import { frames } from "../../../node/network/frames.ts";
import type { Host } from "../../../node/network/host.ts";
import type { Peer } from "../../../node/network/peer.ts";
import { getMetadata, putMetadata, serveMetadata } from "../../../node/network/protocols/metadata.ts";
import { QUOTE_PROTOCOL, requestQuote, serveQuote } from "../../../node/network/protocols/quote.ts";
import {
  openRetrieval,
  type PieceWithPath,
  type RetrievalSession,
  serveRetrieve,
} from "../../../node/network/protocols/retrieve.ts";
import { requestSample, serveSample } from "../../../node/network/protocols/sample.ts";
import {
  openUpload,
  serveUpload,
  type UploadRequest,
  type UploadSession,
} from "../../../node/network/protocols/upload.ts";
import { Refusal } from "../../../node/network/refusal.ts";
import { structToWire } from "../../../node/network/structs.ts";
import { failure, twoHosts } from "./hosts.ts";

const address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const hash = (n: number) => toHex(new Uint8Array(32).fill(n));
const signature = toHex(new Uint8Array(65).fill(7));
const big = 2n ** 127n + 1n;
const quote: Quote = {
  provider: address,
  client: address,
  m: 14,
  groups: 20,
  windows: 40,
  price: big,
  collateral: 0n,
  retrievalPrice: 5n,
  expiry: 2 ** 40 - 1,
  epoch: 2n ** 63n,
};
const offer: Offer = {
  provider: address,
  client: address,
  dealKey: hash(1),
  slot: 4,
  generation: 0,
  root: hash(2),
  dataRoot: hash(3),
  m: 14,
  groups: 20,
  price: big,
  collateral: 9n,
  expiry: 77,
  epoch: 0n,
};
const upload: UploadRequest = {
  upload: {
    provider: address,
    client: address,
    dealKey: hash(1),
    slot: 4,
    generation: 0,
    groups: 20,
    m: 14,
    expiry: 9,
  },
  signature,
  salt: hash(5),
  terms: {
    slots: 5,
    threshold: 3,
    minChallenges: 4,
    windows: 40,
    maxMisses: 5,
    coolingOff: 8,
    minWindows: 4,
    cancelFeeWindows: 8,
    steward: address,
  },
  quote,
  quoteSignature: signature,
};

describe("protocols between two hosts", () => {
  let provider: Host;
  let client: Host;
  let peer: Peer;
  let stop: () => Promise<void>;

  beforeEach(async () => {
    ({ provider, client, peer, stop } = await twoHosts());
  });
  afterEach(async () => await stop());

  describe("quote", () => {
    it("carries request and quote unchanged, wide amounts included", async () => {
      const seen: unknown[] = [];
      await serveQuote(provider, {
        async quote(request, peerId) {
          seen.push(request, peerId);
          return { quote, signature };
        },
      });
      const request = { client: address, m: 14, groups: 20, windows: 40 } as const;
      expect(await requestQuote(client, peer, request)).to.deep.equal({ quote, signature });
      expect(seen).to.deep.equal([request, client.peerId.toString()]);
    });

    const good = { t: "quote", client: new Uint8Array(20), m: 14, groups: 20, windows: 40 };
    for (const [what, change] of [
      ["a short address", { client: new Uint8Array(19) }],
      ["an address as text", { client: address }],
      ["a negative size", { m: -1 }],
      ["a fraction", { groups: 1.5 }],
      ["more windows than 16 bits", { windows: 65_536 }],
      ["a missing field", { windows: null }],
      ["an unknown kind", { t: "buy" }],
    ] as const) {
      it(`refuses ${what} before the handler sees it`, async () => {
        const handled = () => Promise.reject(new Error("the handler was reached"));
        await serveQuote(provider, { quote: handled });
        const call = await openCall(client, peer, QUOTE_PROTOCOL);
        expect((await failure(call.request({ ...good, ...change }))).code).to.equal("BAD_MESSAGE");
      });
    }

    for (const [what, price] of [
      ["as a number", 5],
      ["in hex", "0x10"],
      ["beyond 128 bits", String(2n ** 128n)],
      ["with a leading zero", "05"],
    ] as const) {
      it(`refuses an answer with an amount ${what}`, async () => {
        await provider.handle(QUOTE_PROTOCOL, async (stream) => {
          const wire = frames(stream);
          await wire.read(1000);
          const answer = { ...structToWire(quoteTypes.Quote, quote), price };
          await wire.write({ t: "quote", quote: answer, signature: new Uint8Array(65) }, 1000);
        });
        const request = { client: address, m: 14, groups: 20, windows: 40 } as const;
        const refused = await failure(requestQuote(client, peer, request));
        expect(refused).to.include({ code: "BAD_MESSAGE" });
        expect(refused.message).to.contain("price");
      });
    }
  });

  describe("upload", () => {
    function session(over: Partial<UploadSession> = {}): UploadSession {
      return {
        have: new Set([1]),
        piece: async () => undefined,
        finish: async (dataRoot) => ({ root: hash(8), dataRoot, signature }),
        offer: async () => ({ offer, signature }),
        close: () => undefined,
        ...over,
      };
    }

    it("goes from admission over pieces to the offer, every field as it was sent", async () => {
      const pieces = new Map<number, Uint8Array>();
      let begun: unknown;
      let closed = false;
      const piece = async (index: number, bytes: Uint8Array) => void pieces.set(index, bytes);
      await serveUpload(provider, {
        async begin(request) {
          begun = request;
          return session({ piece, close: () => (closed = true) });
        },
      });
      const up = await openUpload(client, peer, upload);
      expect(begun).to.deep.equal(upload);
      expect([...up.have]).to.deep.equal([1]);
      const bytes = randomBytes(PIECE_BYTES);
      const short = bytes.subarray(0, 4 * GROUP_BYTES);
      for (const send of [
        () => up.sendPieces(0, [bytes, short]),
        () => Promise.all([up.sendPieces(0, [bytes]), up.sendPieces(1, [short])]),
      ]) {
        pieces.clear();
        await send();
        expect(Buffer.compare(pieces.get(0)!, bytes)).to.equal(0);
        expect(Buffer.compare(pieces.get(1)!, short)).to.equal(0);
      }
      expect(await up.finish(hash(9))).to.deep.equal({ root: hash(8), dataRoot: hash(9), signature });
      expect(await up.offer()).to.deep.equal({ offer, signature });
      await up.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(closed).to.equal(true);
    });

    it("fails to open when the provider refuses, with the provider's code", async () => {
      await serveUpload(provider, { begin: () => Promise.reject(new Refusal("NO_CAPACITY", "Full.")) });
      expect((await failure(openUpload(client, peer, upload))).code).to.equal("NO_CAPACITY");
    });

    it("refuses pieces that cannot exist", async () => {
      await serveUpload(provider, { begin: async () => session() });
      const up = await openUpload(client, peer, upload);
      const piece = new Uint8Array(PIECE_BYTES);
      for (const [index, pieces] of [
        [2, [piece]],
        [0, [piece, piece, piece]],
        [0, [new Uint8Array(3)]],
        [0, []],
      ] as const) {
        expect((await failure(up.sendPieces(index, pieces))).code).to.equal("BAD_MESSAGE");
      }
    });

    it("has no piece at work any more when it says that one of a run was refused", async () => {
      let done = false;
      const piece = async (index: number) => {
        if (index === 0) throw new Refusal("BAD_PIECE", "No.");
        await new Promise((resolve) => setTimeout(resolve, 60));
        done = true;
      };
      await serveUpload(provider, { begin: async () => session({ piece }) });
      const up = await openUpload(client, peer, upload);
      const bytes = new Uint8Array(PIECE_BYTES);
      expect((await failure(up.sendPieces(0, [bytes, bytes.subarray(0, GROUP_BYTES)]))).code).to.equal("BAD_PIECE");
      expect(done).to.equal(true);
    });

    it("notices an acknowledgement of another piece", async () => {
      await provider.handle("/holdfast/upload/1", async (stream) => {
        const wire = frames(stream);
        await wire.read(1000);
        await wire.write({ t: "ready", have: new Uint8Array(1) }, 1000);
        await wire.read(1000);
        await wire.write({ t: "ack", index: 1 }, 1000);
      });
      const up = await openUpload(client, peer, upload);
      expect((await failure(up.sendPieces(0, [new Uint8Array(PIECE_BYTES)]))).code).to.equal("BAD_MESSAGE");
    });
  });

  describe("sample", () => {
    it("brings 150 openings in the order asked, 64 a request", async () => {
      const sizes: number[] = [];
      await serveSample(provider, {
        async sample({ indices }) {
          sizes.push(indices.length);
          return indices.map((i) => ({ leaf: new Uint8Array(31).fill(i), rows: new Uint8Array(5 * 256).fill(i) }));
        },
      });
      const indices = Array.from({ length: 150 }, (_, i) => i);
      const openings = await requestSample(client, peer, { replicaId: hash(1), m: 13, indices });
      expect(openings.map(({ leaf }) => leaf[0])).to.deep.equal(indices);
      expect(sizes.sort()).to.deep.equal([22, 64, 64]);
    });

    it("refuses openings of another depth, or fewer than asked", async () => {
      const opening = { leaf: new Uint8Array(31), rows: new Uint8Array(4 * 256) };
      await serveSample(provider, { sample: async () => [opening] });
      const asked = (indices: number[], m: number) => requestSample(client, peer, { replicaId: hash(1), m, indices });
      expect((await failure(asked([1], 13))).code).to.equal("BAD_MESSAGE");
      expect((await failure(asked([1, 2], 12 + 1))).code).to.equal("BAD_MESSAGE");
    });
  });

  describe("metadata", () => {
    it("puts and gets a header of several parts and a slot table of one byte", async () => {
      const stored = new Map<string, Uint8Array>();
      await serveMetadata(provider, {
        accept: async () => undefined,
        put: async ({ what, bytes }) => void stored.set(what, bytes),
        get: async ({ what }) => stored.get(what)!,
      });
      const header = randomBytes(300_001);
      await putMetadata(client, peer, { dealKey: hash(1), slot: 2, header, slotTable: Uint8Array.of(5) });
      const got = await getMetadata(client, peer, { dealKey: hash(1), what: "header" });
      expect(Buffer.compare(got, header)).to.equal(0);
      expect(await getMetadata(client, peer, { dealKey: hash(1), what: "slotTable" })).to.deep.equal(Uint8Array.of(5));
    });

    it("buffers nothing for a deal the provider does not know", async () => {
      const put = () => Promise.reject(new Error("reached"));
      const get = () => Promise.reject(new Refusal("NOT_HELD", "No."));
      await serveMetadata(provider, { accept: () => Promise.reject(new Refusal("NOT_HELD", "No.")), put, get });
      const request = { dealKey: hash(1), slot: 2, header: new Uint8Array(9), slotTable: new Uint8Array(9) };
      expect((await failure(putMetadata(client, peer, request))).code).to.equal("NOT_HELD");
      expect((await failure(getMetadata(client, peer, { dealKey: hash(1), what: "header" }))).code).to.equal(
        "NOT_HELD",
      );
    });
  });

  describe("retrieve", () => {
    const terms = { groups: 20, pieces: 2, price: big, provider: address } as const;

    it("refuses a piece without credit, takes a voucher, then sends the piece with its path", async () => {
      let paid = 0n;
      const retrieval: RetrievalSession = {
        terms,
        async voucher({ epoch, cumulative }) {
          expect(epoch).to.equal(2n ** 63n);
          paid = cumulative;
          return { cumulative, spent: 0n };
        },
        async pieces(index, count) {
          if (paid < terms.price) throw new Refusal("PAYMENT_REQUIRED", "Pay first.");
          return Array.from({ length: count }, (_, i) => ({
            bytes: new Uint8Array(index + i === 0 ? PIECE_BYTES : 4 * GROUP_BYTES).fill(index + i),
            path: [new Uint8Array(32).fill(3)],
          }));
        },
        close: () => undefined,
      };
      await serveRetrieve(provider, { open: async () => retrieval });
      const down = await openRetrieval(client, peer, { replicaId: hash(1), payer: address });
      expect(down.terms).to.deep.equal({ ...terms, standing: undefined, again: undefined });
      expect((await failure(down.pieces(0, 1))).code).to.equal("PAYMENT_REQUIRED");
      expect(await down.pay({ epoch: 2n ** 63n, cumulative: big, signature })).to.deep.equal({
        cumulative: big,
        spent: 0n,
      });
      const [{ bytes, path }] = (await down.pieces(1, 1)) as [PieceWithPath];
      expect(bytes).to.deep.equal(new Uint8Array(4 * GROUP_BYTES).fill(1));
      expect(path).to.deep.equal([new Uint8Array(32).fill(3)]);
      const both = await down.pieces(0, 2);
      expect(both.map((piece) => [piece.bytes.length, piece.bytes[0], piece.path.length])).to.deep.equal([
        [PIECE_BYTES, 0, 1],
        [4 * GROUP_BYTES, 1, 1],
      ]);
    });

    it("tells a payer the highest voucher that it has signed", async () => {
      const standing = { epoch: 3n, cumulative: big, signature };
      const session = { terms: { ...terms, standing } } as unknown as RetrievalSession;
      await serveRetrieve(provider, { open: async () => ({ ...session, close: () => undefined }) });
      const down = await openRetrieval(client, peer, { replicaId: hash(1), payer: address });
      expect(down.terms.standing).to.deep.equal(standing);
    });

    it("names the pieces that cost nothing, no more than can have been under way and none that there is not", async () => {
      const offers = async (again: number[]) => {
        const session = { terms: { ...terms, again }, close: () => undefined } as unknown as RetrievalSession;
        const stop = await serveRetrieve(provider, { open: async () => session });
        const opened = await openRetrieval(client, peer, { replicaId: hash(1), payer: address }).catch(
          (cause) => cause,
        );
        await stop();
        return opened.terms?.again ?? opened.code;
      };
      expect(await offers([1, 0])).to.deep.equal([1, 0]);
      expect(await offers([2])).to.equal("BAD_MESSAGE");
      expect(await offers(Array<number>(17).fill(0))).to.equal("BAD_MESSAGE");
    });

    it("ends in order only when the peer has had every answer", async () => {
      const ends: boolean[] = [];
      let answer: (() => void) | undefined;
      const session = {
        terms,
        pieces: (_: number, count: number) =>
          new Promise<PieceWithPath[]>((resolve) => {
            answer = () => resolve(Array<PieceWithPath>(count).fill({ bytes: new Uint8Array(PIECE_BYTES), path: [] }));
          }),
        close: (ended: boolean) => ends.push(ended),
      } as unknown as RetrievalSession;
      await serveRetrieve(provider, { open: async () => session });
      const begin = () => openRetrieval(client, peer, { replicaId: hash(1), payer: address });
      const endOf = async (count: number) => {
        while (ends.length < count) await sleep(5);
        return ends.at(-1);
      };

      const whole = await begin();
      const asked = whole.pieces(0, 1);
      while (answer === undefined) await sleep(5);
      answer();
      answer = undefined;
      await asked;
      await whole.close();
      expect(await endOf(1)).to.equal(true);

      const early = await begin();
      const lost = failure(early.pieces(0, 1));
      while (answer === undefined) await sleep(5);
      await early.close();
      expect((await lost).code).to.equal("PEER_CLOSED");
      expect(await endOf(2)).to.equal(false);

      await (await begin()).close(false);
      expect(await endOf(3)).to.equal(false);

      await begin();
      for (const connection of client.getConnections()) connection.abort(new Error("killed"));
      expect(await endOf(4)).to.equal(false);
    });

    it("refuses terms whose pieces do not fit the groups", async () => {
      const lying = { terms: { ...terms, pieces: 3 } } as unknown as RetrievalSession;
      await serveRetrieve(provider, { open: async () => ({ ...lying, close: () => undefined }) });
      const opened = openRetrieval(client, peer, { replicaId: hash(1), payer: address });
      expect((await failure(opened)).code).to.equal("BAD_MESSAGE");
    });

    it("refuses a piece of the wrong length", async () => {
      const pieces = async () => [{ bytes: new Uint8Array(5), path: [] }];
      const session = { terms, pieces, voucher: async () => ({ cumulative: 0n, spent: 0n }), close: () => undefined };
      await serveRetrieve(provider, { open: async () => session });
      const down = await openRetrieval(client, peer, { replicaId: hash(1), payer: address });
      expect((await failure(down.pieces(0, 1))).code).to.equal("BAD_MESSAGE");
    });
  });
});
