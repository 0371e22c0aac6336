/**
 * EIP-712 structs as message fields, read off the same field lists that are signed: addresses and hashes travel as
 * bytes, integers of up to 48 bits as numbers, wider ones as decimal strings.
 */
import { fromHex, type Hex, toHex } from "../common/hex.ts";
import { addressOf, amountOf, bytesOf, uintOf } from "./fields.ts";

type FieldList = readonly { readonly name: string; readonly type: string }[];
type Fields = Readonly<Record<string, unknown>>;

export function structToWire(list: FieldList, value: object): Record<string, unknown> {
  const fields = value as Fields;
  return Object.fromEntries(
    list.map(({ name, type }) => {
      const field = fields[name];
      if (type === "address" || type === "bytes32") return [name, fromHex(field as Hex)];
      return [name, bitsOf(type) <= 48 ? field : String(field)];
    }),
  );
}

/** Throws `BAD_MESSAGE` naming the first field that is missing, of another type or out of its range. */
export function structFromWire<T>(list: FieldList, wire: Fields): T {
  return Object.fromEntries(list.map(({ name, type }) => [name, fieldFromWire(wire, name, type)])) as T;
}

function fieldFromWire(wire: Fields, name: string, type: string): unknown {
  if (type === "address") return addressOf(wire, name);
  if (type === "bytes32") return toHex(bytesOf(wire, name, 32));
  const bits = bitsOf(type);
  return bits <= 48 ? uintOf(wire, name, 2 ** bits - 1) : amountOf(wire, name, bits);
}

function bitsOf(type: string): number {
  return Number(type.slice("uint".length));
}
