// The gateway as a process of its own on real providers, used by the official S3 client and by plain HTTP.

import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { readGatewayKeys } from "../../node/physical/gateway-keys.ts";
import type { Network } from "../../scripts/lib/network.ts";
import { ownPort } from "../../scripts/lib/ports.ts";
import { type Daemon, startHoldfast } from "../../scripts/lib/processes.ts";
import { presign } from "../node/gateway/signing.ts";
import { newClient, type TestClient } from "./support/client.ts";
import { expectRefusal, holdfast, resultOf } from "./support/command-line.ts";
import { allEvents } from "./support/money.ts";
import { sharedNetwork } from "./support/network.ts";
import { until } from "./support/until.ts";

const Bucket = "letters";
/** The circuit of the scenarios takes replicas of at most a megabyte: two such parts, and a smaller one. */
const PART = 400_000;
const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

describe("the gateway", function () {
  this.timeout(180_000);
  const letter = randomBytes(300_001);
  let network: Network;
  let me: TestClient;
  let url: string;
  let gateway: Daemon;
  let s3: S3Client;

  const terms = ["--data", "2", "--total", "4", "--windows", "40", "--budget", "5", "--public", "--min-part", "300000"];
  async function start(): Promise<void> {
    const log = path.join(me.folder, "gateway.log");
    gateway = startHoldfast(["gateway", "--listen", url.slice("http://".length), ...terms, ...me.options], log);
    await gateway.ready(" is ready at ", 60_000);
  }
  const keyOf = async () => (await readGatewayKeys(path.join(me.data, "gateway", "credentials")))[0]!;
  const bytesOf = async (Key: string, Range?: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...(Range && { Range }) }));
    return Buffer.from(await Body!.transformToByteArray());
  };
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => "nothing",
      (cause: unknown) => (cause as Error).name,
    );
  const dealsOpened = async () =>
    (await allEvents(network.chain)).filter((log) => log.eventName === "DealOpened" && log.args.client === me.address)
      .length;

  before(async () => {
    network = await sharedNetwork();
    me = await newClient(network, "gateway");
    url = `http://127.0.0.1:${await ownPort()}`;
    await start();
    const { accessKey, secret } = await keyOf();
    const credentials = { accessKeyId: accessKey, secretAccessKey: secret };
    s3 = new S3Client({ endpoint: url, region: "us-east-1", forcePathStyle: true, credentials });
  });

  after(async () => {
    s3?.destroy();
    await gateway?.stop();
  });

  it("keeps its keys for its owner alone, and none of them in its log", async () => {
    const { secret } = await keyOf();
    expect(statSync(path.join(me.data, "gateway", "credentials")).mode & 0o777).to.equal(0o600);
    expect(statSync(path.join(me.data, "gateway", "objects.sqlite")).mode & 0o777).to.equal(0o600);
    expect(readFileSync(gateway.log, "utf8")).not.to.contain(secret);
  });

  it("is the only one of its data folder", async () => {
    const second = ["gateway", "--budget", "1", "--listen", `127.0.0.1:${await ownPort()}`, ...me.options];
    expectRefusal(await holdfast(second), "FOLDER_IN_USE", /stop it first/);
  });

  it("stores an object with providers and gives it back, whole and in ranges", async () => {
    await s3.send(new CreateBucketCommand({ Bucket }));
    const Metadata = { from: "Ada" };
    const put = new PutObjectCommand({
      Bucket,
      Key: "1843/ada.txt",
      Body: letter,
      ContentType: "text/plain",
      Metadata,
    });
    expect((await s3.send(put)).ETag).to.equal(`"${md5(letter)}"`);
    expect(await dealsOpened()).to.equal(1);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "1843/ada.txt" }));
    expect(head).to.include({ ContentLength: letter.length, ContentType: "text/plain" });
    expect(head.Metadata).to.deep.equal(Metadata);
    expect((await bytesOf("1843/ada.txt")).equals(letter)).to.equal(true);
    expect((await bytesOf("1843/ada.txt", "bytes=250000-250009")).equals(letter.subarray(250_000, 250_010))).to.equal(
      true,
    );
    const { files } = resultOf<{ files: { name: string }[] }>(await holdfast(["client", "ls", ...me.options]));
    expect(files.map(({ name }) => name)).to.deep.equal(["letters/1843/ada.txt"]);
  });

  it("refuses a wrong secret and lets nothing of it be stored", async () => {
    const { accessKey } = await keyOf();
    const credentials = { accessKeyId: accessKey, secretAccessKey: "guessed" };
    const thief = new S3Client({ endpoint: url, region: "us-east-1", forcePathStyle: true, credentials });
    expect(await codeOf(thief.send(new PutObjectCommand({ Bucket, Key: "x", Body: "x" })))).to.equal(
      "SignatureDoesNotMatch",
    );
    expect(await codeOf(thief.send(new GetObjectCommand({ Bucket, Key: "1843/ada.txt" })))).to.equal(
      "SignatureDoesNotMatch",
    );
    thief.destroy();
    expect((await fetch(`${url}/${Bucket}/1843/ada.txt`)).status).to.equal(403);
    expect(await dealsOpened()).to.equal(1);
  });

  it("gives an object to whoever has a presigned link, as long as it lasts", async () => {
    const link = presign(`${url}/${Bucket}/1843/ada.txt`, await keyOf(), { expires: 60, now: Date.now() });
    const answer = await fetch(link);
    expect([answer.status, answer.headers.get("content-type")]).to.deep.equal([200, "text/plain"]);
    expect(Buffer.from(await answer.arrayBuffer()).equals(letter)).to.equal(true);
    const old = presign(`${url}/${Bucket}/1843/ada.txt`, await keyOf(), { expires: 60, now: Date.now() - 61_000 });
    const refused = await fetch(old);
    expect(refused.status).to.equal(403);
    expect(await refused.text()).to.contain("<Code>AccessDenied</Code>");
  });

  it("gives a public file to plain HTTP by its CID, and nothing else", async () => {
    const { files } = resultOf<{ files: { cid: string }[] }>(await holdfast(["client", "ls", ...me.options]));
    const { cid } = files[0]!;
    const answer = await fetch(`${url}/cid/${cid}`, { headers: { range: "bytes=10-19" } });
    expect(answer.status).to.equal(206);
    expect(Buffer.from(await answer.arrayBuffer()).equals(letter.subarray(10, 20))).to.equal(true);
    expect(answer.headers.get("etag")).to.equal(`"${cid}"`);
    expect(answer.headers.get("cache-control")).to.contain("immutable");
    expect(answer.headers.get("access-control-allow-origin")).to.equal(null);
    const other = `${cid.slice(0, -1)}${cid.endsWith("a") ? "b" : "a"}`;
    expect((await fetch(`${url}/cid/${other}`)).status).to.equal(404);
  });

  it("killed in the middle of an upload in parts, completes it after a restart, paying once", async () => {
    const Key = "big.bin";
    const parts = [randomBytes(PART), randomBytes(PART), randomBytes(1000)];
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const send = async (i: number) => {
      const { ETag } = await s3.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: i + 1, Body: parts[i] }),
      );
      return { PartNumber: i + 1, ETag };
    };
    const Parts = [await send(0), await send(1)];
    await gateway.stop("SIGKILL");
    await start();
    Parts.push(await send(2));
    const complete = new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
    const early = s3.send(complete).then(
      () => "stored",
      () => "cut off",
    );
    // The second time while it is being stored: the bytes are all there, the deal is not open or not written down.
    const puts = path.join(me.data, "puts");
    const journals = () => (existsSync(puts) ? readdirSync(puts) : []);
    await until("the put has begun", 30, async () => (journals().length > 0 ? true : undefined));
    await gateway.stop("SIGKILL");
    await start();
    await early;
    const { ETag } = await s3.send(complete);
    expect(ETag).to.equal(`"${md5(Buffer.concat(parts.map((part) => Buffer.from(md5(part), "hex"))))}-3"`);
    expect(await dealsOpened()).to.equal(2);
    const whole = Buffer.concat(parts);
    expect((await bytesOf(Key)).equals(whole)).to.equal(true);
    expect((await bytesOf(Key, "bytes=-5")).equals(whole.subarray(-5))).to.equal(true);
  });

  it("lists by prefix, delimiter and page, and forgets an upload that was aborted", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "1843/charles.txt", Body: "Dear Ada" }));
    const aborted = { Bucket, Key: "never" };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(aborted));
    await s3.send(new UploadPartCommand({ ...aborted, UploadId, PartNumber: 1, Body: "never" }));
    await s3.send(new AbortMultipartUploadCommand({ ...aborted, UploadId }));
    const top = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: "/" }));
    expect(top.CommonPrefixes!.map(({ Prefix }) => Prefix)).to.deep.equal(["1843/"]);
    expect(top.Contents!.map(({ Key }) => Key)).to.deep.equal(["big.bin"]);
    const page = { Bucket, Prefix: "1843/", MaxKeys: 1 };
    const first = await s3.send(new ListObjectsV2Command(page));
    const ContinuationToken = first.NextContinuationToken!;
    const second = await s3.send(new ListObjectsV2Command({ ...page, ContinuationToken }));
    const keys = [first, second].flatMap(({ Contents }) => Contents!.map(({ Key }) => Key));
    expect(keys).to.deep.equal(["1843/ada.txt", "1843/charles.txt"]);
    expect(second.IsTruncated).to.equal(false);
  });

  it("ends the deals of what is overwritten and deleted, once the new one is stored", async () => {
    const Key = "1843/charles.txt";
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: "Dear Countess" }));
    expect((await bytesOf(Key)).toString()).to.equal("Dear Countess");
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "big.bin" }));
    expect(await codeOf(bytesOf("big.bin"))).to.equal("NoSuchKey");
    type Listed = { files: { name: string; endedAt?: string }[] };
    const ended = async () => {
      const { files } = resultOf<Listed>(await holdfast(["client", "ls", ...me.options]));
      return files.filter(({ endedAt }) => endedAt !== undefined).map(({ name }) => name);
    };
    const both = await until("two deals are ended", 60, async () => {
      const names = await ended();
      return names.length === 2 ? names : undefined;
    });
    expect(both.toSorted()).to.deep.equal(["letters/1843/charles.txt", "letters/big.bin"]);
    expect((await bytesOf(Key)).toString()).to.equal("Dear Countess");
    expect(await codeOf(s3.send(new DeleteBucketCommand({ Bucket })))).to.equal("BucketNotEmpty");
  });

  it("stops in order", async () => {
    await gateway.stop();
    expect(gateway.process.exitCode).to.equal(0);
    expect(readFileSync(gateway.log, "utf8").trim().split("\n").at(-1)).to.equal("Stopped.");
  });
});
