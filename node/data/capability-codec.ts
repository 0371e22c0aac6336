// Capabilities as strings:
//
//   hf<version><type>1<base32 of: suite 1 | chain id 8 | market 20 | dealKey 32 | header hash 32 | secrets | checksum 4>
//
// The type is legible so that nobody sends an owner capability by mistake. The checksum (of SHA-256 over everything before
// it, the legible part too) catches typing errors. Errors never repeat a part of the input: it may be a secret.

import { base32 } from "multiformats/bases/base32";
import { getAddress } from "viem";
import { bytesToInteger, concatBytes, equalBytes, expectLength, integerToBytes, utf8 } from "../common/bytes.ts";
import { HoldfastError } from "../common/errors.ts";
import { fromHex, toHex } from "../common/hex.ts";
import { sha256 } from "../common/sha256.ts";
import type { Capability, CapabilityType, FileReference } from "./capability.ts";
import { SUITE } from "./header.ts";

export const CAPABILITY_VERSION = 1;

const SECRETS: Record<CapabilityType, number> = { owner: 1, read: 2, repair: 2, verify: 0 };
const REFERENCE_BYTES = 1 + 8 + 20 + 32 + 32;
const CHECKSUM_BYTES = 4;

function bad(code: string, message: string): HoldfastError {
  return new HoldfastError(code, message);
}

export function encodeCapability(capability: Capability): string {
  const parts = secretParts(capability);
  for (const part of parts) expectLength("A capability's secret", part, 32);
  const prefix = `hf${CAPABILITY_VERSION}${capability.type}1`;
  const payload = concatBytes(
    Uint8Array.of(SUITE),
    integerToBytes(capability.chainId, 8),
    fromHex(capability.market, 20),
    fromHex(capability.dealKey, 32),
    fromHex(capability.headerHash, 32),
    ...parts,
  );
  return prefix + base32.baseEncode(concatBytes(payload, checksum(prefix, payload)));
}

/**
 * Reads a capability string, spaces around it ignored. Throws `UNKNOWN_VERSION` for one of a later Holdfast,
 * `UNKNOWN_CAPABILITY` for what is none, `CAPABILITY_CHECKSUM` for one with a typing error.
 */
export function decodeCapability(text: string): Capability {
  const match = /^(hf(\d{1,3})([a-z]{1,16})1)([a-z2-7]+)$/.exec(text.trim());
  if (!match || text.length > 1024) {
    throw bad(
      "UNKNOWN_CAPABILITY",
      "This is not a Holdfast capability: those begin with hf1owner1, hf1read1, hf1repair1 or hf1verify1.",
    );
  }
  const [, prefix, version, type, body] = match as unknown as [string, string, string, CapabilityType, string];
  if (version !== String(CAPABILITY_VERSION)) {
    throw bad(
      "UNKNOWN_VERSION",
      `This capability has version ${version}, this program reads version ${CAPABILITY_VERSION}: update Holdfast.`,
    );
  }
  const bytes = fromBase32(body);
  const payload = bytes.subarray(0, -CHECKSUM_BYTES);
  if (bytes.length < REFERENCE_BYTES || !equalBytes(checksum(prefix, payload), bytes.subarray(-CHECKSUM_BYTES))) {
    throw bad(
      "CAPABILITY_CHECKSUM",
      "This capability is mistyped or cut off: its checksum does not match. Copy it again, whole.",
    );
  }
  if (!Object.hasOwn(SECRETS, type))
    throw bad("UNKNOWN_VERSION", "This capability is of a type this program does not know: update Holdfast.");
  if (payload[0] !== SUITE) {
    throw bad(
      "UNKNOWN_VERSION",
      `This capability uses cipher suite ${payload[0]}, this program knows ${SUITE}: update Holdfast.`,
    );
  }
  if (payload.length !== REFERENCE_BYTES + 32 * SECRETS[type]) {
    throw bad("UNKNOWN_CAPABILITY", "This capability does not hold what its type says.");
  }
  return withSecrets(type, readReference(payload), payload.slice(REFERENCE_BYTES));
}

function readReference(payload: Uint8Array): FileReference {
  const chainId = Number(bytesToInteger(payload.subarray(1, 9)));
  if (!Number.isSafeInteger(chainId)) throw bad("UNKNOWN_CAPABILITY", "This capability names an impossible chain id.");
  return {
    chainId,
    market: getAddress(toHex(payload.subarray(9, 29))),
    dealKey: toHex(payload.subarray(29, 61)),
    headerHash: toHex(payload.subarray(61, 93)),
  };
}

function fromBase32(body: string): Uint8Array {
  try {
    return base32.baseDecode(body); // refuses spare bits, so one capability has one spelling
  } catch {
    throw bad("CAPABILITY_CHECKSUM", "This capability is mistyped or cut off. Copy it again, whole.");
  }
}

function checksum(prefix: string, payload: Uint8Array): Uint8Array {
  return sha256(utf8(prefix), payload).subarray(0, CHECKSUM_BYTES);
}

function secretParts(capability: Capability): Uint8Array[] {
  switch (capability.type) {
    case "owner":
      return [capability.master];
    case "read":
      return [capability.fileKey, capability.hotSecret];
    case "repair":
      return [capability.hotSecret, capability.stewardSecret];
    case "verify":
      return [];
  }
}

function withSecrets(type: CapabilityType, reference: FileReference, bytes: Uint8Array): Capability {
  const [first, second] = [bytes.slice(0, 32), bytes.slice(32)];
  switch (type) {
    case "owner":
      return { type, ...reference, master: first };
    case "read":
      return { type, ...reference, fileKey: first, hotSecret: second };
    case "repair":
      return { type, ...reference, hotSecret: first, stewardSecret: second };
    case "verify":
      return { type, ...reference };
  }
}
