/** Reading fields of messages that strangers sent: each function returns a value of its type or throws `BAD_MESSAGE`. */
import { type Address, getAddress } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { toHex } from "../common/hex.ts";
import type { Message } from "./message-codec.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** A message that breaks the protocol; on the answering side the peer is told. */
export function badMessage(sentence: string, details: Record<string, unknown> = {}): HoldfastError {
  return new HoldfastError("BAD_MESSAGE", sentence, { details });
}

function refuse(name: string, expected: string): never {
  throw badMessage(`Field "${name}" must be ${expected}.`, { name, expected });
}

function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

export function expectKind(message: Message, kind: string): void {
  if (message.t !== kind) {
    throw badMessage(`Expected a message "${kind}", got "${message.t.slice(0, 32)}".`);
  }
}

/** A byte string of `min` to `max` bytes (exactly `min` when `max` is left out); a view of the message. */
export function bytesOf(fields: Fields, name: string, min: number, max = min): Uint8Array {
  const value = own(fields, name);
  if (!(value instanceof Uint8Array) || value.length < min || value.length > max) {
    refuse(name, min === max ? `${min} bytes` : `${min} to ${max} bytes`);
  }
  // Out of a large message it may be a Buffer, whose `slice` is no copy as everybody expects of a Uint8Array.
  return new Uint8Array(value.buffer, value.byteOffset, value.length);
}

/** 20 bytes, as a checksummed address. */
export function addressOf(fields: Fields, name: string): Address {
  return getAddress(toHex(bytesOf(fields, name, 20)));
}

/** A whole number from 0 to `max`. */
export function uintOf(fields: Fields, name: string, max: number): number {
  const value = own(fields, name);
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > max) {
    refuse(name, `a whole number up to ${max}`);
  }
  return value;
}

/** An amount in its decimal spelling, below 2^bits; one spelling only, and short enough to parse at no cost. */
export function amountOf(fields: Fields, name: string, bits = 128): bigint {
  const value = own(fields, name);
  if (typeof value !== "string" || !/^(?:0|[1-9][0-9]{0,77})$/.test(value)) refuse(name, "a decimal amount");
  const amount = BigInt(value);
  if (amount >> BigInt(bits) !== 0n) refuse(name, `an amount below 2^${bits}`);
  return amount;
}

/** Printable text of at most `max` characters. */
export function textOf(fields: Fields, name: string, max: number): string {
  const value = own(fields, name);
  if (typeof value !== "string" || value.length > max) refuse(name, `text of at most ${max} characters`);
  return value;
}

/** One of the words in `choices`. */
export function choiceOf<T extends string>(fields: Fields, name: string, choices: readonly T[]): T {
  const value = own(fields, name);
  const found = choices.find((choice) => choice === value);
  return found ?? refuse(name, `one of ${choices.join(", ")}`);
}

/** A list of at most `max` entries. */
export function listOf(fields: Fields, name: string, max: number): readonly unknown[] {
  const value = own(fields, name);
  if (!Array.isArray(value) || value.length > max) refuse(name, `a list of at most ${max} entries`);
  return value;
}

/** A nested record. */
export function recordOf(fields: Fields, name: string): Fields {
  const value = own(fields, name);
  return isRecord(value) ? value : refuse(name, "a record");
}

export function isRecord(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);
}
