// What the official client of S3 gets from the gateway, with files in memory below it.

import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { startBench } from "./bench.ts";

const Bucket = "photos";
const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

/** The failure's code and status. */
async function refusal(work: Promise<unknown>): Promise<[string, number]> {
  try {
    await work;
  } catch (cause) {
    const { name, $metadata } = cause as { name: string; $metadata?: { httpStatusCode: number } };
    return [name, $metadata?.httpStatusCode ?? 0];
  }
  throw new Error("it was not refused");
}

async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("the gateway, asked by the official S3 client,", () => {
  let bench: Awaited<ReturnType<typeof startBench>>;
  let s3: S3Client;

  beforeEach(async () => {
    bench = await startBench();
    s3 = bench.client();
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  afterEach(async () => await bench.stop());

  const put = (Key: string, Body: Uint8Array | string = Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const get = async (Key: string, more: object = {}) => {
    const { Body, ...rest } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
    return { ...rest, bytes: Buffer.from(await Body!.transformToByteArray()) };
  };

  describe("about buckets,", () => {
    it("makes, finds, lists and removes them", async () => {
      await s3.send(new CreateBucketCommand({ Bucket: "a-second.one" }));
      const { Buckets } = await s3.send(new ListBucketsCommand({}));
      expect(Buckets!.map(({ Name }) => Name)).to.deep.equal(["a-second.one", Bucket]);
      expect(Buckets![0]!.CreationDate).to.be.instanceOf(Date);
      await s3.send(new HeadBucketCommand({ Bucket }));
      expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint ?? "").to.equal("");
      await s3.send(new DeleteBucketCommand({ Bucket }));
      expect(await refusal(s3.send(new HeadBucketCommand({ Bucket })))).to.deep.equal(["NotFound", 404]);
    });

    it("refuses a second one of the same name, and names that S3 refuses", async () => {
      expect(await refusal(s3.send(new CreateBucketCommand({ Bucket })))).to.deep.equal([
        "BucketAlreadyOwnedByYou",
        409,
      ]);
      for (const name of ["ab", "Photos", "a..b", "-ab", "ab-", "10.0.0.1", "cid", "xn--a", "a".repeat(64), "a_b"]) {
        expect(await refusal(s3.send(new CreateBucketCommand({ Bucket: name }))), name).to.deep.equal([
          "InvalidBucketName",
          400,
        ]);
      }
    });

    it("keeps one that has objects", async () => {
      await put("a");
      expect(await refusal(s3.send(new DeleteBucketCommand({ Bucket })))).to.deep.equal(["BucketNotEmpty", 409]);
      await s3.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
      await s3.send(new DeleteBucketCommand({ Bucket }));
      expect(await refusal(put("a"))).to.deep.equal(["NoSuchBucket", 404]);
    });
  });

  describe("about an object,", () => {
    it("gives back what was put, with its metadata and checksum", async () => {
      const Body = randomBytes(123_457);
      const stored = await s3.send(
        new PutObjectCommand({
          ...{ Bucket, Key: "2026/ä b+c?.jpg", Body, ContentType: "image/jpeg", CacheControl: "max-age=60" },
          Metadata: { camera: "Leica  M6", place: "Bern" },
        }),
      );
      expect(stored.ETag).to.equal(`"${md5(Body)}"`);
      const got = await get("2026/ä b+c?.jpg");
      expect(got.bytes.equals(Body)).to.equal(true);
      expect(got).to.include({ ETag: stored.ETag, ContentType: "image/jpeg", CacheControl: "max-age=60" });
      expect(got.Metadata).to.deep.equal({ camera: "Leica  M6", place: "Bern" });
      expect(got.ChecksumCRC32).to.equal(stored.ChecksumCRC32);
      expect(stored.ChecksumCRC32).to.match(/^[\w+/]{6}==$/);
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "2026/ä b+c?.jpg" }));
      expect(head).to.include({ ContentLength: Body.length, ETag: stored.ETag, ContentType: "image/jpeg" });
      expect(bench.store.puts).to.deep.equal(["photos/2026/ä b+c?.jpg"]);
    });

    it("takes one of no bytes, and one whose bytes come as a stream", async () => {
      await put("empty", "");
      expect((await get("empty")).bytes).to.have.length(0);
      const body = randomBytes(300_000);
      const Body = Readable.from([body.subarray(0, 70_000), body.subarray(70_000)]);
      await s3.send(new PutObjectCommand({ Bucket, Key: "streamed", Body, ContentLength: body.length }));
      expect((await get("streamed")).bytes.equals(body)).to.equal(true);
    });

    it("gives ranges as S3 does", async () => {
      const body = randomBytes(10_000);
      await put("r", body);
      const part = async (Range: string) => {
        const { bytes, ContentRange, $metadata } = await get("r", { Range });
        return { bytes, ContentRange, status: $metadata.httpStatusCode };
      };
      expect(await part("bytes=5-9")).to.deep.equal({
        bytes: body.subarray(5, 10),
        ContentRange: "bytes 5-9/10000",
        status: 206,
      });
      expect((await part("bytes=9990-")).bytes.equals(body.subarray(9990))).to.equal(true);
      expect((await part("bytes=-7")).bytes.equals(body.subarray(9993))).to.equal(true);
      expect((await part("bytes=9999-20000")).ContentRange).to.equal("bytes 9999-9999/10000");
      expect((await part("pages=1-2")).bytes).to.have.length(10_000);
      expect(await refusal(part("bytes=10000-"))).to.deep.equal(["InvalidRange", 416]);
    });

    it("honours conditions", async () => {
      const { ETag } = await put("c", "one");
      expect((await refusal(get("c", { IfNoneMatch: ETag })))[1]).to.equal(304);
      expect(await refusal(get("c", { IfMatch: '"other"' }))).to.deep.equal(["PreconditionFailed", 412]);
      const create = new PutObjectCommand({ Bucket, Key: "c", Body: "two", IfNoneMatch: "*" });
      expect(await refusal(s3.send(create))).to.deep.equal(["PreconditionFailed", 412]);
      expect((await get("c", { IfMatch: ETag })).bytes.toString()).to.equal("one");
    });

    it("ends the deal of what was overwritten or deleted, and never before the new one is stored", async () => {
      await put("o", "one");
      const first = bench.parts.objects.find(Bucket, "o")!.capability;
      bench.store.beforePut = async () => {
        expect(bench.store.ended).to.deep.equal([]);
      };
      await put("o", "two");
      const second = bench.parts.objects.find(Bucket, "o")!.capability;
      await until(() => bench.store.ended.length === 1);
      expect(bench.store.ended).to.deep.equal([first]);
      await s3.send(new DeleteObjectCommand({ Bucket, Key: "o" }));
      await s3.send(new DeleteObjectCommand({ Bucket, Key: "o" }));
      await until(() => bench.store.ended.length === 2);
      expect(bench.store.ended).to.deep.equal([first, second]);
      expect(await refusal(get("o"))).to.deep.equal(["NoSuchKey", 404]);
    });

    it("copies it without storing it again, and ends its deal with the last copy", async () => {
      await put("from/a b.txt", "text");
      const source = `${Bucket}/${encodeURIComponent("from/a b.txt")}`;
      const copy = { Bucket, Key: "to", CopySource: source };
      await s3.send(new CopyObjectCommand({ ...copy, MetadataDirective: "REPLACE", Metadata: { v: "2" } }));
      expect((await get("to")).bytes.toString()).to.equal("text");
      expect((await get("to")).Metadata).to.deep.equal({ v: "2" });
      expect(bench.store.puts).to.have.length(1);
      await s3.send(new DeleteObjectCommand({ Bucket, Key: "from/a b.txt" }));
      expect((await get("to")).bytes.toString()).to.equal("text");
      await s3.send(new DeleteObjectCommand({ Bucket, Key: "to" }));
      await until(() => bench.store.ended.length > 0);
      expect(bench.store.ended).to.have.length(1);
    });

    it("deletes many in one request", async () => {
      for (const key of ["a", "b&<>", "c"]) await put(key);
      const Objects = ["a", "b&<>", "missing"].map((Key) => ({ Key }));
      const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      expect(Deleted!.map(({ Key }) => Key)).to.deep.equal(["a", "b&<>", "missing"]);
      expect(Errors ?? []).to.deep.equal([]);
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
      expect(Contents!.map(({ Key }) => Key)).to.deep.equal(["c"]);
    });

    it("refuses keys above 1,024 bytes and metadata above 2,048", async () => {
      expect(await refusal(put("ä".repeat(513)))).to.deep.equal(["KeyTooLongError", 400]);
      await put("ä".repeat(512));
      const Metadata = { m: "x".repeat(2048) };
      expect(await refusal(s3.send(new PutObjectCommand({ Bucket, Key: "m", Body: "", Metadata })))).to.deep.equal([
        "MetadataTooLarge",
        400,
      ]);
    });
  });

  describe("lists", () => {
    const keys = ["a/1", "a/2", "a/b/3", "b", "c/4", "z", "ä", "\u{1f600}", "\uffee"];
    beforeEach(async () => {
      for (const key of keys) await put(key);
    });
    const inOrder = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

    it("keys in the order of their bytes, in pages", async () => {
      const found: string[] = [];
      let ContinuationToken: string | undefined;
      let pages = 0;
      do {
        const page = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2, ContinuationToken }));
        found.push(...page.Contents!.map(({ Key }) => Key!));
        ContinuationToken = page.NextContinuationToken;
        expect(page.IsTruncated).to.equal(ContinuationToken !== undefined);
        pages++;
      } while (ContinuationToken !== undefined);
      expect(found).to.deep.equal(inOrder);
      expect(pages).to.equal(5);
    });

    it("folders as one, by prefix and delimiter", async () => {
      const { Contents, CommonPrefixes } = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: "/" }));
      expect(CommonPrefixes!.map(({ Prefix }) => Prefix)).to.deep.equal(["a/", "c/"]);
      expect(Contents!.map(({ Key }) => Key)).to.deep.equal(["b", "z", "ä", "\uffee", "\u{1f600}"]);
      const inner = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: "/", Prefix: "a/" }));
      expect(inner.Contents!.map(({ Key }) => Key)).to.deep.equal(["a/1", "a/2"]);
      expect(inner.CommonPrefixes!.map(({ Prefix }) => Prefix)).to.deep.equal(["a/b/"]);
      const after = await s3.send(new ListObjectsV2Command({ Bucket, StartAfter: "b", MaxKeys: 1 }));
      expect(after.Contents!.map(({ Key }) => Key)).to.deep.equal(["c/4"]);
    });

    it("the same by the older request, one page after the other", async () => {
      const found: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: "/", MaxKeys: 1, Marker }));
        found.push(
          ...(page.Contents ?? []).map(({ Key }) => Key!),
          ...(page.CommonPrefixes ?? []).map((p) => p.Prefix!),
        );
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      expect(found).to.deep.equal(["a/", "b", "c/", "z", "ä", "\uffee", "\u{1f600}"]);
    });
  });

  describe("about uploads in parts,", () => {
    const Key = "big";
    const begin = async () => (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId!;
    const part = (UploadId: string, PartNumber: number, Body: Uint8Array) =>
      s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    const complete = (UploadId: string, Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    const MIN = 5 * 1024 * 1024;

    it("puts the parts together, with the ETag that S3 gives", async () => {
      const [first, second] = [randomBytes(MIN), randomBytes(10)];
      const UploadId = await begin();
      await part(UploadId, 7, second);
      await part(UploadId, 2, randomBytes(20)); // replaced by the next
      const { ETag } = await part(UploadId, 2, first);
      const { Parts } = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }));
      expect(Parts!.map(({ PartNumber, Size }) => [PartNumber, Size])).to.deep.equal([
        [2, MIN],
        [7, 10],
      ]);
      const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
      expect(Uploads!.map((one) => one.UploadId)).to.deep.equal([UploadId]);
      const parts = [
        { PartNumber: 2, ETag },
        { PartNumber: 7, ETag: `"${md5(second)}"` },
      ];
      const done = await complete(UploadId, parts);
      const both = Buffer.concat([Buffer.from(md5(first), "hex"), Buffer.from(md5(second), "hex")]);
      expect(done.ETag).to.equal(`"${md5(both)}-2"`);
      expect((await get(Key)).bytes.equals(Buffer.concat([first, second]))).to.equal(true);
      expect((await complete(UploadId, parts)).ETag, "asked again").to.equal(done.ETag);
      expect(bench.store.puts).to.have.length(1);
    });

    it("refuses parts that are too small, missing, altered or out of order", async () => {
      const UploadId = await begin();
      const { ETag } = await part(UploadId, 1, randomBytes(10));
      const two = { PartNumber: 2, ETag: (await part(UploadId, 2, randomBytes(10))).ETag };
      const one = { PartNumber: 1, ETag };
      expect(await refusal(complete(UploadId, [one, two]))).to.deep.equal(["EntityTooSmall", 400]);
      expect(await refusal(complete(UploadId, [two, one]))).to.deep.equal(["InvalidPartOrder", 400]);
      expect(await refusal(complete(UploadId, [{ ...one, PartNumber: 3 }]))).to.deep.equal(["InvalidPart", 400]);
      expect(await refusal(complete(UploadId, [{ ...one, ETag: two.ETag }]))).to.deep.equal(["InvalidPart", 400]);
      expect(await refusal(part(UploadId, 10_001, randomBytes(1)))).to.deep.equal(["InvalidArgument", 400]);
      expect(await refusal(part("0".repeat(32), 1, randomBytes(1)))).to.deep.equal(["NoSuchUpload", 404]);
      expect(bench.store.puts).to.deep.equal([]);
    });

    it("forgets one that is aborted", async () => {
      const UploadId = await begin();
      const { ETag } = await part(UploadId, 1, randomBytes(10));
      await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      expect(await refusal(complete(UploadId, [{ PartNumber: 1, ETag }]))).to.deep.equal(["NoSuchUpload", 404]);
      expect(await refusal(part(UploadId, 1, randomBytes(10)))).to.deep.equal(["NoSuchUpload", 404]);
    });
  });

  it("says of what it does not have that it is not implemented, and does nothing else instead", async () => {
    await put("kept");
    expect(await refusal(s3.send(new GetBucketTaggingCommand({ Bucket })))).to.deep.equal(["NotImplemented", 501]);
    const versioned = new DeleteObjectCommand({ Bucket, Key: "kept", VersionId: "1" });
    expect(await refusal(s3.send(versioned))).to.deep.equal(["NotImplemented", 501]);
    const encrypted = new PutObjectCommand({ Bucket, Key: "kept", Body: "x", ServerSideEncryption: "AES256" });
    expect(await refusal(s3.send(encrypted))).to.deep.equal(["NotImplemented", 501]);
    expect((await get("kept")).bytes.toString()).to.equal("kept");
  });
});
