// The gateway's server against clients that mean no good, or break, and a store that fails.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import path from "node:path";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { serveGateway } from "../../../node/interface/gateway/gateway-server.ts";
import { sha256Hex } from "../../../node/interface/gateway/sigv4.ts";
import { ACCESS_KEY, SECRET, startBench } from "./bench.ts";
import { presign, signHeaders } from "./signing.ts";

const KEY = { accessKey: ACCESS_KEY, secret: SECRET };
const Bucket = "b-1";

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  /** S3's code, where there is one. */
  readonly code: string | undefined;
}

describe("the gateway's server", () => {
  let bench: Awaited<ReturnType<typeof startBench>>;

  async function begin(options: Parameters<typeof startBench>[0] = {}) {
    bench = await startBench(options);
    await bench.client().send(new CreateBucketCommand({ Bucket }));
  }
  afterEach(async () => await bench.stop());

  const put = (Key: string, Body: string | Uint8Array) =>
    bench.client().send(new PutObjectCommand({ Bucket, Key, Body }));
  const link = (key: string, method = "GET", query = {}) =>
    presign(`${bench.url}/${Bucket}/${key}`, KEY, { method, expires: 60, now: Date.now(), query });
  /** Nothing of a refused body is stored, or left on the disk. */
  function expectNothing(): void {
    expect(bench.store.puts).to.deep.equal([]);
    expect(readdirSync(path.join(bench.folder, "spool"))).to.deep.equal([]);
    expect(bench.parts.pending.list()).to.deep.equal([]);
  }

  async function send(method: string, url: string, headers: Record<string, string>, body?: string): Promise<Reply> {
    const outgoing = httpRequest(url, { method, headers });
    outgoing.end(body === undefined ? undefined : Buffer.from(body, "latin1"));
    const [response] = await once(outgoing, "response");
    const text = await readText(response);
    return { status: response.statusCode, headers: response.headers, text, code: /<Code>(\w+)/.exec(text)?.[1] };
  }

  describe("given a body that is not what was signed,", () => {
    const url = () => `${bench.url}/${Bucket}/k`;
    beforeEach(() => begin());

    const codeOf = async (payload: string, body: string, more: Record<string, string> = {}) => {
      const { headers } = signHeaders("PUT", url(), KEY, { payload, now: Date.now(), more });
      const length: Record<string, string> =
        more["x-amz-decoded-content-length"] === undefined ? { "content-length": `${body.length}` } : {};
      return (await send("PUT", url(), { ...headers, ...length }, body)).code;
    };

    it("stores nothing when its hash, its MD5 or its checksum is another one", async () => {
      const hash = sha256Hex(Buffer.from("hello"));
      expect(await codeOf(hash, "hellO")).to.equal("XAmzContentSHA256Mismatch");
      const empty = Buffer.alloc(16).toString("base64");
      expect(await codeOf(hash, "hello", { "content-md5": empty })).to.equal("BadDigest");
      expect(await codeOf(hash, "hello", { "content-md5": "short" })).to.equal("InvalidDigest");
      expect(await codeOf(hash, "hello", { "x-amz-checksum-crc32": "AAAAAA==" })).to.equal("BadDigest");
      expect(await codeOf("UNSIGNED-PAYLOAD", "hello", { "x-amz-checksum-sha1": "AAAA" })).to.equal("BadDigest");
      expectNothing();
      expect(await codeOf(hash, "hello")).to.equal(undefined);
      expect(bench.store.puts).to.deep.equal([`${Bucket}/k`]);
    });

    it("stores nothing when one of its chunks was altered, added or left out", async () => {
      const payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
      const more = { "x-amz-decoded-content-length": "8192", "content-encoding": "aws-chunked" };
      const attempt = async (alter: (chunks: string[]) => string[]) => {
        const { headers, chunk } = signHeaders("PUT", url(), KEY, { payload, now: Date.now(), more });
        const chunks = [chunk("a".repeat(4096)), chunk("b".repeat(4096)), chunk("")];
        return (await send("PUT", url(), headers, alter(chunks).join(""))).code;
      };
      expect(await attempt(([a, b, end]) => [a!, b!.replace("bbb", "bcb"), end!])).to.equal("SignatureDoesNotMatch");
      expect(await attempt(([a, b, end]) => [b!, a!, end!])).to.equal("SignatureDoesNotMatch");
      expect(await attempt(([a, , end]) => [a!, end!])).to.equal("SignatureDoesNotMatch");
      expect(await attempt(([a, b, end]) => [a!, b!, b!, end!])).to.be.oneOf([
        "SignatureDoesNotMatch",
        "IncompleteBody",
      ]);
      expect(await attempt(([a, b]) => [a!, b!])).to.equal("IncompleteBody");
      expectNothing();
      expect(await attempt((chunks) => chunks)).to.equal(undefined);
      const got = await bench.client().send(new GetObjectCommand({ Bucket, Key: "k" }));
      expect(await got.Body!.transformToString()).to.equal("a".repeat(4096) + "b".repeat(4096));
      expect(got.ContentEncoding).to.equal(undefined);
    });

    it("stores nothing when it says less, more, nothing or too much of its length", async () => {
      const chunked = { "x-amz-decoded-content-length": "3", "x-amz-trailer": "x-amz-checksum-crc32" };
      const trailed = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
      const payload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
      expect(await codeOf(payload, trailed, chunked)).to.equal("IncompleteBody");
      expect(await codeOf(payload, trailed, { ...chunked, "x-amz-decoded-content-length": "6" })).to.equal(
        "IncompleteBody",
      );
      expect(await codeOf(payload, trailed, { ...chunked, "x-amz-decoded-content-length": "9".repeat(12) })).to.equal(
        "EntityTooLarge",
      );
      const { headers } = signHeaders("PUT", url(), KEY, { payload: "UNSIGNED-PAYLOAD", now: Date.now() });
      const endless = await send("PUT", url(), { ...headers, "transfer-encoding": "chunked" }, "hello");
      expect([endless.status, endless.code]).to.deep.equal([411, "MissingContentLength"]);
      expect(await codeOf("UNSIGNED-PAYLOAD", trailed, { "content-encoding": "aws-chunked" })).to.equal(
        "InvalidRequest",
      );
      expectNothing();
    });

    it("stores nothing when the client goes in the middle of it", async () => {
      const { headers } = signHeaders("PUT", url(), KEY, { payload: "UNSIGNED-PAYLOAD", now: Date.now() });
      const outgoing = httpRequest(url(), { method: "PUT", headers: { ...headers, "content-length": "100000" } });
      outgoing.on("error", () => {});
      outgoing.write("x".repeat(50_000));
      await sleep(100);
      expect(readdirSync(path.join(bench.folder, "spool"))).to.have.length(1);
      outgoing.destroy();
      await sleep(100);
      expectNothing();
      expect((await send("GET", link("k"), {})).code).to.equal("NoSuchKey");
    });
  });

  describe("given a request of a web page,", () => {
    beforeEach(() => begin());

    it("answers only to the names of this machine", async () => {
      for (const host of [
        "evil.example",
        "evil.example:9000",
        "127.0.0.1.evil.example",
        "0.0.0.0",
        "localhost.evil.example",
      ]) {
        expect((await send("GET", `${bench.url}/cid/bafkreiabcdefghij`, { host })).code, host).to.equal("AccessDenied");
      }
      for (const host of ["localhost:1", "127.0.0.1", "[::1]:9000"]) {
        expect((await send("GET", `${bench.url}/cid/bafkreiabcdefghij`, { host })).code, host).to.equal("NoSuchKey");
      }
    });

    it("never lets another site read, embed or run what it gives", async () => {
      await put("page.html", "<script>fetch('/cid/x')</script>");
      const { headers, status } = await send("GET", link("page.html"), { origin: "https://evil.example" });
      expect(status).to.equal(200);
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).to.deep.equal([]);
      expect(headers).to.include({
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
      });
      expect(headers["content-security-policy"]).to.match(/^sandbox/);
      const preflight = { origin: "https://evil.example", "access-control-request-method": "PUT" };
      const { status: refused, headers: answered } = await send("OPTIONS", link("page.html"), preflight);
      expect(refused).to.equal(403);
      expect(Object.keys(answered).filter((name) => name.startsWith("access-control"))).to.deep.equal([]);
    });
  });

  describe("asked for a public file by its CID,", () => {
    const CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    const bytes = randomBytes(5_000);
    beforeEach(async () => {
      await begin();
      bench.store.files.set("public", bytes);
      bench.store.published.set(CID, { dealKey: "0x1", capability: "public", name: "talk.mp4", size: bytes.length });
    });
    const url = () => `${bench.url}/cid/${CID}`;

    it("gives it to anybody, whole or in ranges, to be kept for ever", async () => {
      const whole = await fetch(url());
      expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).to.equal(true);
      expect(whole.headers.get("content-type")).to.equal("video/mp4");
      expect(whole.headers.get("etag")).to.equal(`"${CID}"`);
      expect(whole.headers.get("cache-control")).to.equal("public, max-age=31536000, immutable");
      const part = await fetch(url(), { headers: { range: "bytes=-10" } });
      expect([part.status, part.headers.get("content-range")]).to.deep.equal([206, "bytes 4990-4999/5000"]);
      expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(4990))).to.equal(true);
      expect((await fetch(url(), { headers: { "if-none-match": `"${CID}"` } })).status).to.equal(304);
      const head = await fetch(url(), { method: "HEAD" });
      expect([head.status, head.headers.get("content-length")]).to.deep.equal([200, "5000"]);
      expect((await fetch(url(), { headers: { range: "bytes=5000-" } })).status).to.equal(416);
    });

    it("knows no others, takes nothing, and makes nobody's browser fetch for a page", async () => {
      await put("private", "private");
      const { cid } = bench.parts.objects.find(Bucket, "private")!;
      for (const other of [cid, "x", "%2e%2e%2ffiles.json", `${CID}/`, CID.toUpperCase()]) {
        expect((await send("GET", `${bench.url}/cid/${other}`, {})).code, other).to.equal("NoSuchKey");
      }
      expect((await send("PUT", url(), { "content-length": "1" }, "x")).code).to.equal("AccessDenied");
      for (const site of ["cross-site", "same-site"]) {
        expect((await send("GET", url(), { "sec-fetch-site": site })).code).to.equal("AccessDenied");
      }
      expect((await send("GET", url(), { "sec-fetch-site": "none" })).status).to.equal(200);
    });
  });

  describe("given a store that fails,", () => {
    beforeEach(() => begin());
    const bytes = randomBytes(20_000);

    it("before the first byte, refuses the request", async () => {
      await put("k", bytes);
      bench.store.beforeChunk = async () => {
        throw new Error("no provider answers; the path is /home/ada");
      };
      const { status, code, text } = await send("GET", link("k"), {});
      expect([status, code]).to.deep.equal([500, "InternalError"]);
      expect(text).not.to.contain("/home/ada");
      expect(bench.failures.join()).to.contain("/home/ada");
    });

    it("in the middle, ends the connection: nobody takes the beginning for the whole", async () => {
      await put("k", bytes);
      bench.store.beforeChunk = async (index) => {
        await sleep(20);
        if (index === 10) throw new Error("the providers are gone");
      };
      for (const headers of [{}, { range: "bytes=0-19999" }]) {
        const answer = await fetch(link("k"), { headers });
        expect(answer.headers.get("content-length")).to.equal("20000");
        const failure = await answer.arrayBuffer().catch((cause: unknown) => cause);
        expect(failure).to.be.instanceOf(TypeError);
      }
      const got = await bench.client().send(new GetObjectCommand({ Bucket, Key: "k" }));
      const failed = await got.Body!.transformToByteArray().catch((cause: unknown) => cause);
      expect(failed).to.be.instanceOf(Error);
    });

    it("at the end, with fewer bytes than were stored, ends the connection too", async () => {
      await put("k", bytes);
      bench.store.files.set(bench.parts.objects.find(Bucket, "k")!.capability, bytes.subarray(0, 19_999));
      const got = fetch(link("k")).then((answer) => answer.arrayBuffer());
      expect(await got.catch((cause: unknown) => cause)).to.be.instanceOf(TypeError);
    });

    it("while it stores, keeps the object that was there", async () => {
      await put("k", "one");
      bench.store.beforePut = async () => {
        throw new Error("no quotes");
      };
      const failed = await put("k", "two").catch((cause: Error) => cause);
      expect(failed).to.include({ name: "InternalError" });
      bench.store.beforePut = async () => {};
      expect(await (await fetch(link("k"))).text()).to.equal("one");
      expect(bench.store.ended).to.deep.equal([]);
      expect(bench.parts.pending.list()).to.deep.equal([]);
    });
  });

  describe("given readers that are slow or many,", () => {
    it("lets one be read while another waits for it, in turns", async () => {
      await begin();
      const [a, b] = [randomBytes(3_000_000), randomBytes(3_000_000)];
      await put("a", a);
      await put("b", b);
      const readers = await Promise.all(["a", "b"].map(async (key) => (await fetch(link(key))).body!.getReader()));
      const found: Buffer[][] = [[], []];
      for (let over = 0; over < 2; ) {
        over = 0;
        for (const [i, reader] of readers.entries()) {
          const { done, value } = await reader.read();
          if (done) over++;
          else found[i]!.push(Buffer.from(value));
        }
      }
      expect(Buffer.concat(found[0]!).equals(a)).to.equal(true);
      expect(Buffer.concat(found[1]!).equals(b)).to.equal(true);
      expect(readdirSync(path.join(bench.folder, "spool"))).to.deep.equal([]);
    });

    it("ends the connection of one that takes nothing for too long", async () => {
      await begin({ limits: { stallMs: 200 } });
      await put("big", randomBytes(30_000_000));
      bench.store.chunkBytes = 1_000_000;
      const { pathname, search } = new URL(link("big"));
      const socket = connect(bench.server.port, "127.0.0.1");
      socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1:${bench.server.port}\r\n\r\n`);
      await once(socket, "readable"); // and nothing is read
      await sleep(2_000);
      let bytes = 0;
      socket.on("data", (chunk: Uint8Array) => {
        bytes += chunk.length;
      });
      await once(socket, "close");
      expect(bytes).to.be.lessThan(30_000_000);
    });

    it("answers SlowDown to more at a time than it takes, and goes on", async () => {
      await begin({ limits: { requests: 2 } });
      await put("k", "k");
      let open = () => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      bench.store.beforeChunk = () => gate;
      const waiting = [fetch(link("k")), fetch(link("k"))];
      await sleep(100);
      expect((await send("GET", link("k"), {})).code).to.equal("SlowDown");
      open();
      for (const answer of waiting) expect(await (await answer).text()).to.equal("k");
      expect(await (await fetch(link("k"))).text()).to.equal("k");
    });
  });

  describe("given clients that stop in the middle of what they say,", () => {
    const rawly = async (lines: string) => {
      const socket = connect(bench.server.port, "127.0.0.1");
      const started = performance.now();
      socket.write(lines);
      const answer = await readText(socket);
      return { answer, ms: performance.now() - started };
    };

    it("ends those that never finish their headers, or never begin", async () => {
      await begin({ limits: { headersMs: 300 } });
      for (const lines of ["GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ", "G"]) {
        const { ms } = await rawly(lines);
        expect(ms).to.be.within(200, 3_000);
      }
    });

    it("ends those whose body stops, and keeps nothing of it", async () => {
      await begin({ limits: { stallMs: 200 } });
      const { pathname, search } = new URL(link("k", "PUT"));
      const head = `PUT ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1:${bench.server.port}\r\nContent-Length: 100\r\n\r\n`;
      const { ms } = await rawly(`${head}some`);
      expect(ms).to.be.within(150, 3_000);
      await sleep(50);
      expectNothing();
    });

    it("refuses headers without end and things that are no HTTP, and lives on", async () => {
      await begin();
      const long = `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`;
      for (const lines of [
        long,
        "\x16\x03\x01\x02\x00",
        "GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
      ]) {
        expect((await rawly(lines)).answer).to.match(/^HTTP\/1\.1 4\d\d /);
      }
      const absolute = "GET http://127.0.0.1/b-1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
      expect((await rawly(absolute)).answer).to.contain("<Code>InvalidURI");
      expect((await send("GET", `${bench.url}/`, {})).code).to.equal("AccessDenied");
    });
  });

  it("refuses what does not fit on the disk before it reads it", async () => {
    await begin({ free: 64 * 1024 * 1024 + 1_000 });
    await put("k", "x".repeat(1_000));
    const { status, code } = await send("PUT", link("k", "PUT"), { "content-length": "1001", expect: "100-continue" });
    expect([status, code]).to.deep.equal([507, "InsufficientStorage"]);
  });

  it("takes a body by a presigned link, and gives answers the headers that a link asks for", async () => {
    await begin();
    const stored = await fetch(link("k", "PUT"), { method: "PUT", body: "text" });
    expect(stored.status).to.equal(200);
    const disposition = { "response-content-disposition": 'attachment; filename="a.txt"' };
    const answer = await fetch(link("k", "GET", disposition));
    expect(answer.headers.get("content-disposition")).to.equal('attachment; filename="a.txt"');
    expect(await answer.text()).to.equal("text");
    const split = { "response-content-type": "text/html\r\nX-Injected: 1" };
    expect((await send("GET", link("k", "GET", split), {})).code).to.equal("InvalidArgument");
  });

  it("listens on this machine only", async () => {
    await begin();
    const { parts } = bench;
    const keys = { secretOf: async () => undefined };
    for (const host of ["0.0.0.0", "::", "192.168.1.1", "example.com", "127.0.0.1.example.com"]) {
      const options = { parts, keys, host, port: 0, onFailure: () => {} };
      const refused = await serveGateway(options).catch((cause: unknown) => cause);
      expect(refused, host).to.include({ code: "NOT_LOOPBACK" });
    }
  });
});
