import { randomBytes } from "node:crypto";
import { noise } from "@libp2p/noise";
import { defaultCrypto } from "@libp2p/noise/crypto";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { expect } from "chai";
import { createLibp2p } from "libp2p";
import { Uint8ArrayList } from "uint8arraylist";
import { noiseCrypto } from "../../../node/network/noise-crypto.ts";
import { twoHosts } from "./hosts.ts";

const key = new Uint8Array(randomBytes(32));
const nonce = new Uint8Array(12).fill(3);
const none = new Uint8Array();

describe("the cipher of connections", () => {
  for (const length of [0, 1, 16, 1_199, 65_519]) {
    it(`makes of ${length} bytes what libp2p's makes, and takes libp2p's`, () => {
      const plain = new Uint8Array(randomBytes(length));
      const parts = new Uint8ArrayList(plain.subarray(0, length >> 1), plain.subarray(length >> 1));
      for (const associated of [none, Uint8Array.of(1, 2, 3)]) {
        const theirs = defaultCrypto.chaCha20Poly1305Encrypt(plain, nonce, associated, key).subarray();
        for (const given of [plain, parts]) {
          const ours = noiseCrypto.chaCha20Poly1305Encrypt(given, nonce, associated, key).subarray();
          expect(Buffer.compare(ours, theirs)).to.equal(0);
        }
        for (const given of [theirs, new Uint8ArrayList(theirs.subarray(0, 9), theirs.subarray(9))]) {
          const back = noiseCrypto.chaCha20Poly1305Decrypt(given, nonce, associated, key).subarray();
          expect(Buffer.compare(back, plain)).to.equal(0);
        }
      }
    });
  }

  it("takes no message in which a bit was changed, or that is another key's, nonce's or place's", () => {
    const sealed = noiseCrypto.chaCha20Poly1305Encrypt(new Uint8Array(100), nonce, none, key).subarray();
    for (const at of [0, 50, 99, 100, 115]) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1;
      expect(() => noiseCrypto.chaCha20Poly1305Decrypt(changed, nonce, none, key)).to.throw();
    }
    const other = Uint8Array.from(key).fill(1, 31);
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(sealed, nonce, none, other)).to.throw();
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(sealed, Uint8Array.from(nonce).fill(4), none, key)).to.throw();
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(sealed, nonce, Uint8Array.of(1), key)).to.throw();
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(sealed.subarray(0, 15), nonce, none, key)).to.throw();
  });

  it("speaks with a host that has libp2p's own stack, both ways", async () => {
    const { provider, stop } = await twoHosts();
    const stock = await createLibp2p({
      addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
    });
    try {
      const sent = randomBytes(300_000);
      const came: Uint8Array[] = [];
      const whole = new Promise<void>((resolve) => {
        void stock.handle("/test/1", (stream) => {
          stream.addEventListener("message", ({ data }) => {
            came.push(data.subarray());
            if (came.reduce((sum, { length }) => sum + length, 0) === sent.length) resolve();
          });
        });
      });
      const stream = await provider.dialProtocol(stock.getMultiaddrs(), "/test/1");
      stream.send(sent);
      await whole;
      expect(Buffer.compare(Buffer.concat(came), sent)).to.equal(0);
      await provider.handle("/test/2", (inbound) => void inbound.send(Uint8Array.of(7)));
      const back = await stock.dialProtocol(provider.getMultiaddrs(), "/test/2");
      const first = await new Promise<Uint8Array>((resolve) => {
        back.addEventListener("message", ({ data }) => resolve(data.subarray()));
      });
      expect([...first]).to.deep.equal([7]);
    } finally {
      await Promise.all([stop(), stock.stop()]);
    }
  });
});
