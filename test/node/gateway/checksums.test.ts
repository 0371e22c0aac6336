import { expect } from "chai";
import { confirmChecksum, expectedChecksum, objectChecksum } from "../../../node/interface/gateway/checksums.ts";
import { parseRequest } from "../../../node/interface/gateway/s3-request.ts";

/** Of "123456789": the check values of the CRC catalogue and of FIPS 180, in base64. */
const KNOWN: Record<string, string> = {
  crc32: Buffer.from("cbf43926", "hex").toString("base64"),
  crc32c: Buffer.from("e3069283", "hex").toString("base64"),
  crc64nvme: Buffer.from("ae8b14860a799888", "hex").toString("base64"),
  sha1: Buffer.from("f7c3bc1d808e04732adf679965ccc34ca7ae3441", "hex").toString("base64"),
  sha256: Buffer.from("15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225", "hex").toString("base64"),
};

const withHeaders = (...headers: string[]) => parseRequest("PUT", "/b/k", headers);
const codeOf = (work: () => unknown) => {
  try {
    work();
    return "accepted";
  } catch (cause) {
    return (cause as { s3Code: string }).s3Code;
  }
};

describe("a body's checksum", () => {
  for (const [algorithm, value] of Object.entries(KNOWN)) {
    it(`by ${algorithm} is that of the published example, in one piece or many`, () => {
      for (const pieces of [["123456789"], ["1", "2345", "", "6789"]]) {
        const expected = expectedChecksum(withHeaders(`x-amz-checksum-${algorithm}`, value))!;
        for (const piece of pieces) expected.running.update(Buffer.from(piece));
        expect(confirmChecksum(expected, new Map())).to.equal(`${algorithm} ${value}`);
      }
      const wrong = expectedChecksum(withHeaders(`x-amz-checksum-${algorithm}`, value))!;
      wrong.running.update(Buffer.from("123456780"));
      expect(codeOf(() => confirmChecksum(wrong, new Map()))).to.equal("BadDigest");
    });
  }

  it("that was announced for the trailer has to be in it", () => {
    const expected = () => {
      const promised = expectedChecksum(withHeaders("x-amz-trailer", "x-amz-checksum-crc32"))!;
      promised.running.update(Buffer.from("123456789"));
      return promised;
    };
    expect(codeOf(() => confirmChecksum(expected(), new Map([["x-amz-checksum-crc32", KNOWN.crc32!]])))).to.equal(
      "accepted",
    );
    expect(codeOf(() => confirmChecksum(expected(), new Map()))).to.equal("BadDigest");
    expect(codeOf(() => confirmChecksum(expected(), new Map([["x-amz-checksum-sha1", KNOWN.sha1!]])))).to.equal(
      "BadDigest",
    );
  });

  it("of an unknown kind, or of two kinds, is refused instead of ignored", () => {
    for (const name of ["x-amz-checksum-md4", "x-amz-checksum-constructor", "x-amz-checksum-"]) {
      expect(
        codeOf(() => expectedChecksum(withHeaders(name, "AAAA"))),
        name,
      ).to.equal("InvalidRequest");
    }
    const two = withHeaders("x-amz-checksum-crc32", "AAAA", "x-amz-checksum-sha1", "AAAA");
    expect(codeOf(() => expectedChecksum(two))).to.equal("InvalidRequest");
    expect(codeOf(() => expectedChecksum(withHeaders("x-amz-trailer", "content-length")))).to.equal("InvalidRequest");
    expect(expectedChecksum(withHeaders("x-amz-checksum-mode", "ENABLED"))).to.equal(undefined);
  });

  it("of an object in parts is of all its bytes, or of the parts' checksums and their number", () => {
    const parts = [`crc32 ${KNOWN.crc32}`, `crc32 ${KNOWN.crc32}`];
    const composite = expectedChecksum(withHeaders("x-amz-checksum-crc32", ""))!;
    for (let i = 0; i < 2; i++) composite.running.update(Buffer.from(KNOWN.crc32!, "base64"));
    const value = Buffer.from(composite.running.digest()).toString("base64");
    const given = (text: string) => withHeaders("x-amz-checksum-crc32", text);
    expect(objectChecksum(given(`${value}-2`), parts)).to.deep.equal({});
    expect(codeOf(() => objectChecksum(given(`${value}-3`), parts))).to.equal("BadDigest");
    expect(codeOf(() => objectChecksum(given(`${KNOWN.crc32}-2`), parts))).to.equal("BadDigest");
    expect(objectChecksum(given(KNOWN.crc32!), parts).whole?.value).to.equal(KNOWN.crc32);
  });
});
