// Listings of the index against a reference that sorts and cuts in memory, over random keys, prefixes and pages.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Database } from "../../../node/physical/database.ts";
import { createBucketTable } from "../../../node/physical/objects/bucket-table.ts";
import { type ListQuery, listObjects } from "../../../node/physical/objects/list-objects.ts";
import { openObjectDatabase } from "../../../node/physical/objects/object-database.ts";
import { createObjectTable } from "../../../node/physical/objects/object-table.ts";

const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Everything at once: keys, and what begins alike up to the delimiter as one. */
function reference(keys: readonly string[], { prefix, delimiter }: Pick<ListQuery, "prefix" | "delimiter">): string[] {
  const entries = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      return at < 0 ? key : `${key.slice(0, at + delimiter.length)}*`;
    });
  return [...new Set(entries)].sort((a, b) => bytewise(a.replace(/\*$/, ""), b.replace(/\*$/, "")));
}

/** Deterministic, from a seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("a bucket's listing", () => {
  let folder: string;
  let database: Database;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-listing-"));
    database = openObjectDatabase(folder);
    database.exec("PRAGMA synchronous = OFF"); // crashes are not the subject
  });
  after(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });

  function fill(bucket: string, keys: readonly string[]): void {
    createBucketTable(database).add({ name: bucket, createdAt: 0 });
    const objects = createObjectTable(database);
    const dealKey = `0x${randomBytes(32).toString("hex")}`;
    const rest = { dealKey, capability: "c", cid: "b", size: 1, etag: "e", modifiedAt: 0, facts: {} };
    for (const key of keys) objects.copy({ bucket, key, ...rest });
  }

  /** All pages of it, one after the other. */
  function pages(query: Omit<ListQuery, "after">): string[] {
    const found: string[] = [];
    let after = "";
    for (;;) {
      const { objects, prefixes, next } = listObjects(database, { ...query, after });
      expect(objects.length + prefixes.length).to.be.at.most(query.limit);
      if (next !== undefined) expect(objects.length + prefixes.length).to.equal(query.limit);
      found.push(...objects.map(({ key }) => key), ...prefixes.map((one) => `${one}*`));
      if (next === undefined) return found;
      after = next;
    }
  }

  it("is the reference's, whatever keys, prefix, delimiter and page size", () => {
    const random = randomOf(7);
    const letters = ["a", "b", "/", "/", "ä", "\u{1f600}", "\uffff", "\x01", "~"];
    const word = (length: number) => Array.from({ length }, () => letters[random(letters.length)]!).join("");
    const keys = [...new Set(Array.from({ length: 150 }, () => word(1 + random(6))))];
    fill("random", keys);
    for (let round = 0; round < 300; round++) {
      const delimiter = ["", "/", "a", "b/", "ä"][random(5)]!;
      const prefix = word(random(3));
      const query = { bucket: "random", prefix, delimiter, limit: 1 + random(7) };
      const expected = reference(keys, query);
      // Within a page keys and prefixes are apart, as S3's answer has them.
      expect(pages(query).toSorted(), JSON.stringify(query)).to.deep.equal(expected.toSorted());
      const ordered = pages({ ...query, limit: 1 });
      expect(ordered, JSON.stringify(query)).to.deep.equal(expected);
    }
  });

  it("begins after any key that is named, whether it is there or not", () => {
    const keys = ["a", "a/b", "b", "ä"];
    fill("named", keys);
    for (const after of ["", "a", "a/", "a/a", "aa", "b", "z", "ä", "\uffff"]) {
      const { objects } = listObjects(database, { bucket: "named", prefix: "", delimiter: "", after, limit: 10 });
      expect(
        objects.map(({ key }) => key),
        after,
      ).to.deep.equal(keys.filter((key) => bytewise(key, after) > 0));
    }
  });

  it("skips what is under a common prefix, however much that is", () => {
    fill("deep", [...Array.from({ length: 3_000 }, (_, i) => `a/${i}`), "b"]);
    const started = performance.now();
    for (let i = 0; i < 100; i++) {
      const page = listObjects(database, { bucket: "deep", prefix: "", delimiter: "/", after: "", limit: 10 });
      expect(page.prefixes).to.deep.equal(["a/"]);
      expect(page.objects.map(({ key }) => key)).to.deep.equal(["b"]);
    }
    expect(performance.now() - started).to.be.lessThan(1_000);
  });
});
