import { expect } from "chai";
import { concatBytes, utf8 } from "../../../node/common/bytes.ts";
import { HoldfastError } from "../../../node/common/errors.ts";
import {
  decodeManifest,
  encodeManifest,
  type FolderEntry,
  readTrailer,
  TRAILER_BYTES,
} from "../../../node/data/folder-manifest.ts";

const times = { mode: 0o644, modifiedMs: 1_700_000_000_123.5 };
const folder = (path: string): FolderEntry => ({ type: "folder", path, ...times });
const file = (path: string, change: object = {}): FolderEntry =>
  ({ type: "file", path, ...times, size: 5, sha256: "ab".repeat(32), pack: 0, offset: 0, ...change }) as FolderEntry;

/** The code that decoding such entries fails with; whoever wrote them needs no encoder of ours. */
function codeOf(entries: readonly unknown[], packs: unknown = [], version = 1): string {
  try {
    decodeManifest(utf8(JSON.stringify({ version, root: times, entries, packs })));
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
  return "good";
}

describe("the manifest of a folder", () => {
  it("comes back from the end of the object as it was written", () => {
    const entries = [folder("a"), file("a/b.txt"), { type: "link", path: "c", target: "../x" } as const];
    const end = concatBytes(utf8("file bytes"), encodeManifest({ root: times, entries, packs: ["hf1read1x"] }));
    const length = readTrailer(end.subarray(-TRAILER_BYTES));
    const found = decodeManifest(end.subarray(end.length - TRAILER_BYTES - length, end.length - TRAILER_BYTES));
    expect(found).to.deep.equal({ root: times, entries, packs: ["hf1read1x"] });
  });

  it("has no path that leads out of the folder, by itself or through a link", () => {
    for (const path of ["../x", "/etc/passwd", "a/../../x", "", ".", "a//b", "a\\..\\b", "a\0b", 7, null]) {
      expect(codeOf([folder("a"), { ...file("x"), path }]), String(path)).to.equal("BAD_FOLDER");
    }
    const link = { type: "link", path: "out", target: "/etc" };
    expect(codeOf([link])).to.equal("good");
    expect(codeOf([link, file("out/passwd")])).to.equal("BAD_FOLDER");
    expect(codeOf([link, folder("out"), file("out/passwd")])).to.equal("BAD_FOLDER");
    expect(codeOf([file("a"), file("a")])).to.equal("BAD_FOLDER");
    expect(codeOf([file("missing/b")])).to.equal("BAD_FOLDER");
  });

  it("grants no more than permission bits and names only objects that are listed", () => {
    expect(codeOf([file("a", { mode: 0o4755 })])).to.equal("BAD_FOLDER");
    expect(codeOf([file("a", { pack: 1 })])).to.equal("BAD_FOLDER");
    expect(codeOf([file("a", { pack: 1 })], ["hf1read1x"])).to.equal("good");
    for (const change of [{ size: -1 }, { offset: 0.5 }, { sha256: "AB" }, { modifiedMs: "now" }, { type: "device" }]) {
      expect(codeOf([file("a", change)]), JSON.stringify(change)).to.equal("BAD_FOLDER");
    }
    expect(codeOf([null])).to.equal("BAD_FOLDER");
    expect(codeOf([], [7])).to.equal("BAD_FOLDER");
  });

  it("of a later version is refused, and what has none is no folder", () => {
    expect(codeOf([], [], 2)).to.equal("UNKNOWN_VERSION");
    expect(() => readTrailer(new Uint8Array(16))).to.throw(HoldfastError, /no manifest/);
    expect(() => decodeManifest(utf8("{"))).to.throw(HoldfastError, /cannot be read/);
  });
});
