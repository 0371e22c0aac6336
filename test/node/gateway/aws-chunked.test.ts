// Against the examples that AWS publishes (AmazonS3/latest/API: sigv4-streaming, sigv4-streaming-trailers).

import { expect } from "chai";
import type { ChunkSigning } from "../../../node/interface/gateway/authenticate.ts";
import { decodeChunked } from "../../../node/interface/gateway/aws-chunked.ts";
import { signingKey } from "../../../node/interface/gateway/sigv4.ts";

const SCOPE = { date: "20130524", region: "us-east-1", service: "s3" };
const signing = (seed: string): ChunkSigning => ({
  key: signingKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", SCOPE),
  time: "20130524T000000Z",
  scope: SCOPE,
  seed,
});
const SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const TRAILER_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";

const chunk = (bytes: string, signature: string) =>
  `${bytes.length.toString(16)};chunk-signature=${signature}\r\n${bytes}\r\n`;

const SIGNED =
  chunk("a".repeat(65_536), "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648") +
  chunk("a".repeat(1024), "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497") +
  chunk("", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");

const TRAILED = [
  chunk("a".repeat(65_536), "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"),
  chunk("a".repeat(1024), "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"),
  "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n",
  "x-amz-checksum-crc32c:sOO8/Q==\r\n",
  "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
].join("");

/** In pieces of `size` bytes, as a socket might give them. */
async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size), "latin1");
}

async function decode(text: string, options: Parameters<typeof decodeChunked>[1], size = 1000) {
  const body = decodeChunked(inPieces(text, size), options);
  const found: Uint8Array[] = [];
  try {
    for await (const bytes of body.data()) found.push(Uint8Array.from(bytes));
    return { text: Buffer.concat(found).toString("latin1"), trailer: Object.fromEntries(body.trailer()) };
  } catch (cause) {
    return (cause as { s3Code: string }).s3Code;
  }
}

describe("the encoding aws-chunked", () => {
  const whole = "a".repeat(66_560);

  it("of AWS's signed example is decoded, however it is cut into pieces", async () => {
    for (const size of [1, 7, 1000, 100_000]) {
      expect(await decode(SIGNED, { signing: signing(SEED), trailer: false }, size), `${size}`).to.deep.equal({
        text: whole,
        trailer: {},
      });
    }
  });

  it("of AWS's example with a signed trailer is decoded with its checksum", async () => {
    for (const size of [1, 1000]) {
      expect(await decode(TRAILED, { signing: signing(TRAILER_SEED), trailer: true }, size)).to.deep.equal({
        text: whole,
        trailer: { "x-amz-checksum-crc32c": "sOO8/Q==" },
      });
    }
  });

  it("fails when a byte, a chunk's signature, the order or the trailer is another one", async () => {
    const options = { signing: signing(TRAILER_SEED), trailer: true };
    const alterations: [string, string][] = [
      ["a byte", TRAILED.replace("a\r\n", "b\r\n")],
      ["a signature", TRAILED.replace("b474", "b475")],
      ["the checksum", TRAILED.replace("sOO8", "sOO9")],
      ["the trailer's signature", TRAILED.replace("d81f", "d81e")],
      ["no trailer's signature", TRAILED.replace(/x-amz-trailer-signature.*\r\n/, "")],
      ["another seed", TRAILED],
      ["a chunk left out", TRAILED.slice(TRAILED.indexOf("400;"))],
    ];
    for (const [what, text] of alterations) {
      const used = what === "another seed" ? { ...options, signing: signing(SEED) } : options;
      expect(await decode(text, used), what).to.equal("SignatureDoesNotMatch");
    }
  });

  it("is not whole before its last chunk, nor after more than that", async () => {
    const options = { signing: signing(SEED), trailer: false };
    for (const end of [SIGNED.length - 3, SIGNED.lastIndexOf("0;"), 40_000, 20, 0]) {
      expect(await decode(SIGNED.slice(0, end), options), `${end}`).to.equal("IncompleteBody");
    }
    expect(await decode(`${SIGNED}x`, options)).to.equal("InvalidRequest");
  });

  it("without signatures takes none, and with signatures misses none", async () => {
    const plain = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    expect(await decode(plain, { trailer: true })).to.deep.equal({
      text: "hello",
      trailer: { "x-amz-checksum-crc32": "NhCmhg==" },
    });
    expect(await decode(plain, { signing: signing(SEED), trailer: true })).to.equal("InvalidRequest");
    expect(await decode(SIGNED, { trailer: false })).to.equal("InvalidRequest");
  });

  it("refuses lines and trailers without end, and chunks longer than they say", async () => {
    for (const text of [
      "f".repeat(1000),
      `5;${"x".repeat(1000)}\r\nhello\r\n`,
      "5\r\nhello world\r\n0\r\n\r\n",
      "-5\r\nhello\r\n0\r\n\r\n",
      "5\nhello\r\n0\r\n\r\n",
      `0\r\na:${"x".repeat(5000)}\r\n\r\n`,
      `0\r\n${Array.from({ length: 2000 }, (_, i) => `a${i}:b`).join("\r\n")}\r\n\r\n`,
      "0\r\na:1\r\na:2\r\n\r\n",
    ]) {
      expect(await decode(text, { trailer: true }), text.slice(0, 20)).to.equal("InvalidRequest");
    }
  });
});
