// Against the examples that AWS publishes (AmazonS3/latest/API: sig-v4-header-based-auth, sigv4-query-string-auth), and against
// everything that could be changed in a signed request.

import { expect } from "chai";
import { authenticate } from "../../../node/interface/gateway/authenticate.ts";
import { parseRequest } from "../../../node/interface/gateway/s3-request.ts";
import { canonicalRequest, sign, signingKey, stringToSign } from "../../../node/interface/gateway/sigv4.ts";

const ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE";
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const NOW = Date.parse("2013-05-24T00:00:00Z");
const SCOPE = { date: "20130524", region: "us-east-1", service: "s3" };

const keys = { secretOf: async (accessKey: string) => (accessKey === ACCESS_KEY ? SECRET : undefined) };

interface Example {
  readonly what: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly signed: string;
  readonly signature: string;
}

const examples: readonly Example[] = [
  {
    what: "GET of a range",
    method: "GET",
    target: "/test.txt",
    headers: { range: "bytes=0-9", "x-amz-content-sha256": EMPTY },
    signed: "host;range;x-amz-content-sha256;x-amz-date",
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    what: "PUT of a key with a dollar sign",
    method: "PUT",
    target: "/test%24file.text",
    headers: {
      date: "Fri, 24 May 2013 00:00:00 GMT",
      "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
    },
    signed: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  {
    what: "GET with a parameter without a value",
    method: "GET",
    target: "/?lifecycle",
    headers: { "x-amz-content-sha256": EMPTY },
    signed: "host;x-amz-content-sha256;x-amz-date",
    signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  },
  {
    what: "GET of a listing",
    method: "GET",
    target: "/?max-keys=2&prefix=J",
    headers: { "x-amz-content-sha256": EMPTY },
    signed: "host;x-amz-content-sha256;x-amz-date",
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
];

function rawOf({ headers, signed, signature }: Example): string[] {
  const credential = `${ACCESS_KEY}/20130524/us-east-1/s3/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${signed},Signature=${signature}`;
  const all = { host: "examplebucket.s3.amazonaws.com", "x-amz-date": "20130524T000000Z", authorization, ...headers };
  return Object.entries(all).flat();
}

const PRESIGNED =
  "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
  "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
  "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
const HOST = ["host", "examplebucket.s3.amazonaws.com"];

async function codeOf(method: string, target: string, raw: readonly string[], now = NOW): Promise<string> {
  try {
    await authenticate(parseRequest(method, target, raw), keys, now);
    return "accepted";
  } catch (cause) {
    return (cause as { s3Code: string }).s3Code;
  }
}

describe("Signature Version 4", () => {
  for (const example of examples) {
    it(`of AWS's example (${example.what}) is accepted, and of nothing else`, async () => {
      const { method, target, signature } = example;
      const raw = rawOf(example);
      expect(await codeOf(method, target, raw)).to.equal("accepted");
      expect(await codeOf("DELETE", target, raw)).to.equal("SignatureDoesNotMatch");
      expect(await codeOf(method, `${target}x`, raw)).to.equal("SignatureDoesNotMatch");
      expect(await codeOf(method, `${target}${target.includes("?") ? "&" : "?"}uploads`, raw)).to.equal(
        "SignatureDoesNotMatch",
      );
      for (let i = 0; i < raw.length; i += 2) {
        const altered = raw.with(
          i + 1,
          raw[i + 1]!.replace(/.$/, (last) => (last === "1" ? "2" : "1")),
        );
        expect(await codeOf(method, target, altered), raw[i]).not.to.equal("accepted");
      }
      for (const digit of [0, 31, 63]) {
        const other = signature[digit] === "a" ? "b" : "a";
        const forged = { ...example, signature: signature.slice(0, digit) + other + signature.slice(digit + 1) };
        expect(await codeOf(method, target, rawOf(forged)), `digit ${digit}`).to.equal("SignatureDoesNotMatch");
      }
    });
  }

  const [get] = examples as [Example];

  it("holds for 15 minutes on either side of the clock", async () => {
    for (const minutes of [-15, 15]) {
      expect(await codeOf("GET", "/test.txt", rawOf(get), NOW + minutes * 60_000)).to.equal("accepted");
      const later = NOW + minutes * 60_001;
      expect(await codeOf("GET", "/test.txt", rawOf(get), later)).to.equal("RequestTimeTooSkewed");
    }
  });

  it("is asked of every request, under a key that is known", async () => {
    expect(await codeOf("GET", "/test.txt", HOST)).to.equal("AccessDenied");
    const stranger = rawOf(get).map((text) => text.replace(ACCESS_KEY, "AKIASOMEBODYELSE"));
    expect(await codeOf("GET", "/test.txt", stranger)).to.equal("InvalidAccessKeyId");
    const old = rawOf(get).map((text) => text.replace(/^AWS4-HMAC-SHA256.*/, "AWS AKIAIOSFODNN7EXAMPLE:c2ln"));
    expect(await codeOf("GET", "/test.txt", old)).to.equal("AuthorizationHeaderMalformed");
    const session = [...rawOf(get), "x-amz-security-token", "token"];
    expect(await codeOf("GET", "/test.txt", session)).to.equal("InvalidToken");
  });

  it("covers every header that S3 acts on: one that was added is refused", async () => {
    for (const name of ["x-amz-copy-source", "x-amz-meta-a", "x-amz-acl", "content-md5"]) {
      expect(await codeOf("GET", "/test.txt", [...rawOf(get), name, "v"]), name).to.equal("AccessDenied");
    }
    const twice = [...rawOf(get), "x-amz-date", "20130524T000000Z"];
    expect(await codeOf("GET", "/test.txt", twice)).to.equal("InvalidRequest");
    expect(await codeOf("GET", "/test.txt?a=1&a=2", rawOf(get))).to.equal("InvalidArgument");
  });

  describe("in the query", () => {
    it("of AWS's example is accepted until it expires", async () => {
      expect(await codeOf("GET", PRESIGNED, HOST)).to.equal("accepted");
      expect(await codeOf("GET", PRESIGNED, HOST, NOW + 86_400_000)).to.equal("accepted");
      expect(await codeOf("GET", PRESIGNED, HOST, NOW + 86_400_001)).to.equal("AccessDenied");
      expect(await codeOf("GET", PRESIGNED, HOST, NOW - 15 * 60_001)).to.equal("AccessDenied");
    });

    it("is of that method, host and address alone", async () => {
      expect(await codeOf("PUT", PRESIGNED, HOST)).to.equal("SignatureDoesNotMatch");
      expect(await codeOf("GET", PRESIGNED, ["host", "127.0.0.1"])).to.equal("SignatureDoesNotMatch");
      expect(await codeOf("GET", PRESIGNED.replace("test.txt", "test.tx"), HOST)).to.equal("SignatureDoesNotMatch");
      expect(await codeOf("GET", PRESIGNED.replace("=86400", "=86401"), HOST)).to.equal("SignatureDoesNotMatch");
      expect(await codeOf("GET", `${PRESIGNED}&response-content-type=text%2Fhtml`, HOST)).to.equal(
        "SignatureDoesNotMatch",
      );
    });

    it("lasts a week at most, and is not given beside one in the header", async () => {
      const long = PRESIGNED.replace("=86400", "=604801");
      expect(await codeOf("GET", long, HOST)).to.equal("AuthorizationQueryParametersError");
      expect(await codeOf("GET", PRESIGNED, rawOf(get))).to.equal("InvalidArgument");
    });
  });

  it("is over the bytes of headers and keys, whatever they are", () => {
    const request = parseRequest("GET", "/b%C3%A4r/a%20b%2Fc~'(", [
      "host",
      "h",
      "x-amz-meta-a",
      " caf\xe9   au  lait ",
    ]);
    expect(request).to.include({ bucket: "bär", key: "a b/c~'(" });
    const canonical = canonicalRequest(request, ["host", "x-amz-meta-a"], EMPTY).split("\n");
    expect(canonical[1]).to.equal("/b%C3%A4r/a%20b/c~%27%28");
    expect(canonical[4]).to.equal("x-amz-meta-a:caf\xe9 au lait");
    const text = stringToSign("20130524T000000Z", SCOPE, canonical.join("\n"));
    expect(sign(signingKey(SECRET, SCOPE), text)).to.match(/^[0-9a-f]{64}$/);
  });
});
