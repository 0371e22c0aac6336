// Files of other IPFS tools: UnixFS nodes in dag-pb (github.com/ipfs/specs/blob/main/UNIXFS.md), read only, strictly.

import { CID } from "multiformats/cid";
import { badCar } from "./car.ts";

export const DAG_PB = 0x70;
export const RAW = 0x55;

export interface UnixfsNode {
  /** File bytes in this node itself. */
  readonly data: Uint8Array;
  /** Nodes whose bytes follow, in order. */
  readonly links: readonly CID[];
}

/** UnixFS types: raw bytes and files. */
const FILE_TYPES = [0, 2];

/** The parts of a dag-pb block that holds a file or a piece of one. Throws `BAD_CAR` for anything else, a folder too. */
export function decodeUnixfs(block: Uint8Array): UnixfsNode {
  const links: CID[] = [];
  let inner: Uint8Array | undefined;
  for (const { field, bytes } of fieldsOf(block)) {
    if (field === 1 && bytes !== undefined) inner = bytes;
    else if (field === 2 && bytes !== undefined) links.push(linkOf(bytes));
    else throw badCar("holds a node that is not dag-pb");
  }
  if (inner === undefined) throw badCar("holds a node that is no file");
  let type: number | undefined;
  let data: Uint8Array = new Uint8Array();
  for (const { field, bytes, value } of fieldsOf(inner)) {
    if (field === 1) type = value;
    else if (field === 2 && bytes !== undefined) data = bytes;
  }
  if (type === undefined || !FILE_TYPES.includes(type)) throw badCar("holds a folder or a link, not one file");
  return { data, links };
}

function linkOf(link: Uint8Array): CID {
  for (const { field, bytes } of fieldsOf(link)) {
    if (field !== 1 || bytes === undefined) continue;
    try {
      return CID.decode(bytes);
    } catch {
      break;
    }
  }
  throw badCar("holds a link without a CID");
}

interface Field {
  readonly field: number;
  readonly bytes?: Uint8Array;
  readonly value?: number;
}

/** Protobuf: varints and byte strings only. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined || scale > 2 ** 49) throw badCar("holds a node that is cut off");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const field = Math.floor(key / 8);
    if (key % 8 === 0) yield { field, value: varint() };
    else if (key % 8 === 2) {
      const length = varint();
      if (at + length > message.length) throw badCar("holds a node that is cut off");
      yield { field, bytes: message.subarray(at, at + length) };
      at += length;
    } else throw badCar("holds a node that is not dag-pb");
  }
}
