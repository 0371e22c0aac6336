// The checksums with which S3 clients vouch for a body besides its signature.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";

export interface Checksum {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

const PREFIX = "x-amz-checksum-";

const MAKERS: ReadonlyMap<string, () => Checksum> = new Map([
  ["crc32", () => crcOf((bytes, value) => crc32(bytes, value))],
  ["crc32c", () => crcOf(crc32c)],
  ["crc64nvme", () => crc64()],
  ["sha1", () => hashOf("sha1")],
  ["sha256", () => hashOf("sha256")],
]);

/** A checksum that a body has to have: base64, from a header, or from the trailer once that is read. */
export interface ExpectedChecksum {
  readonly algorithm: string;
  readonly running: Checksum;
  /** Absent when it comes in the trailer. */
  readonly value?: string;
}

/** What the headers promise of the body; at most one. Throws for algorithms that are not known: ignoring one would vouch for nothing. */
export function expectedChecksum({ headers }: S3Request): ExpectedChecksum | undefined {
  const named = [...headers].filter(([name]) => name.startsWith(PREFIX) && !/-(?:type|mode|algorithm)$/.test(name));
  const trailing = (headers.get("x-amz-trailer") ?? "").split(",").map((name) => name.trim().toLowerCase());
  const all = [
    ...named.map(([name, value]) => ({ algorithm: name.slice(PREFIX.length), value })),
    ...trailing.filter((name) => name !== "").map((name) => ({ algorithm: algorithmOf(name) })),
  ];
  if (all.length > 1) throw new S3Error("InvalidRequest", "Give one checksum of the body, not several.");
  const [first] = all;
  if (first === undefined) return undefined;
  const make = MAKERS.get(first.algorithm);
  if (make === undefined) {
    throw new S3Error("InvalidRequest", `Checksums are ${[...MAKERS.keys()].join(", ")}, not ${first.algorithm}.`);
  }
  return { ...first, running: make() };
}

/**
 * The object's checksum in a request to complete an upload: of all its bytes, or (`value-N`) of its N parts' checksums. Each part's
 * is given as `algorithm value`.
 */
export interface ObjectChecksum {
  /** Absent for a checksum of checksums. */
  readonly whole?: ExpectedChecksum;
}

/** Throws `BadDigest` for a checksum of checksums that is not right. */
export function objectChecksum(request: S3Request, parts: readonly (string | undefined)[]): ObjectChecksum {
  const expected = expectedChecksum(request);
  const composite = /^(.*)-(\d{1,5})$/.exec(expected?.value ?? "");
  if (expected === undefined) return {};
  if (composite === null) return { whole: expected };
  const values = parts.map((part) => part?.split(" ") ?? []);
  for (const [algorithm, value] of values) {
    if (algorithm === expected.algorithm) expected.running.update(Buffer.from(value!, "base64"));
  }
  confirmChecksum({ ...expected, value: composite[1]! }, new Map());
  if (Number(composite[2]) === parts.length) return {};
  throw new S3Error("BadDigest", `The checksum is said to be of ${composite[2]} parts and there are ${parts.length}.`);
}

function algorithmOf(trailer: string): string {
  if (trailer.startsWith(PREFIX)) return trailer.slice(PREFIX.length);
  throw new S3Error("InvalidRequest", "A trailer holds a checksum and nothing else.");
}

/** Throws `BadDigest` unless the body had what was promised; `algorithm value` otherwise. */
export function confirmChecksum(expected: ExpectedChecksum, trailer: ReadonlyMap<string, string>): string {
  const value = expected.value ?? trailer.get(PREFIX + expected.algorithm);
  const found = Buffer.from(expected.running.digest()).toString("base64");
  if (value === found) return `${expected.algorithm} ${found}`;
  throw new S3Error("BadDigest", `The body's ${expected.algorithm} is not the one that was promised.`);
}

function hashOf(algorithm: string): Checksum {
  const hash = createHash(algorithm);
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    digest: () => hash.digest(),
  };
}

function crcOf(step: (bytes: Uint8Array, value: number) => number): Checksum {
  let value = 0;
  return {
    update: (bytes) => {
      value = step(bytes, value);
    },
    digest: () => {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(value >>> 0);
      return out;
    },
  };
}

/** Castagnoli's polynomial, bits reversed. */
const CASTAGNOLI = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function crc32c(bytes: Uint8Array, before: number): number {
  let value = ~before;
  for (const byte of bytes) value = CASTAGNOLI[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return ~value >>> 0;
}

/** CRC-64/NVME, bits reversed; halves, because a bigint per byte would be a hundred times slower. */
const NVME = Array.from({ length: 256 }, (_, i) => {
  let value = BigInt(i);
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
  return value;
});
const NVME_HIGH = Uint32Array.from(NVME, (value) => Number(value >> 32n));
const NVME_LOW = Uint32Array.from(NVME, (value) => Number(value & 0xffffffffn));

function crc64(): Checksum {
  let [high, low] = [0xffffffff, 0xffffffff];
  return {
    update(bytes) {
      for (const byte of bytes) {
        const i = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ NVME_LOW[i]!;
        high = (high >>> 8) ^ NVME_HIGH[i]!;
      }
    },
    digest() {
      const out = Buffer.alloc(8);
      out.writeUInt32BE(~high >>> 0, 0);
      out.writeUInt32BE(~low >>> 0, 4);
      return out;
    },
  };
}
