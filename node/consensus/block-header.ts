/** The header of a block as its hash is over it: what beacons take as proof of a block's fields. Source: execution-specs. */
import { type Hex, keccak256, toRlp } from "viem";
import { HoldfastError } from "../common/errors.ts";

/** A block as eth_getBlockByNumber gives it, hex strings untouched. */
export type RpcBlock = Readonly<Record<string, unknown>> & { readonly hash: Hex };

/** In the order of the list, the fork that added a field behind it. Numbers lose their leading zeros, hashes do not. */
const FIELDS = [
  ["parentHash", "bytes"],
  ["sha3Uncles", "bytes"],
  ["miner", "bytes"],
  ["stateRoot", "bytes"],
  ["transactionsRoot", "bytes"],
  ["receiptsRoot", "bytes"],
  ["logsBloom", "bytes"],
  ["difficulty", "number"],
  ["number", "number"],
  ["gasLimit", "number"],
  ["gasUsed", "number"],
  ["timestamp", "number"],
  ["extraData", "bytes"],
  ["mixHash", "bytes"],
  ["nonce", "bytes"],
  ["baseFeePerGas", "number"], // London
  ["withdrawalsRoot", "bytes"], // Shanghai
  ["blobGasUsed", "number"], // Cancun
  ["excessBlobGas", "number"],
  ["parentBeaconBlockRoot", "bytes"],
  ["requestsHash", "bytes"], // Prague
] as const;

/** RLP of the header. Throws HoldfastError HEADER_UNKNOWN if it does not hash to the block's own hash. */
export function headerOf(block: RpcBlock): Hex {
  const header = toRlp(
    FIELDS.flatMap(([name, kind]) => {
      const value = block[name];
      if (typeof value !== "string") return []; // a fork that this chain has not had
      return [kind === "number" ? shortest(value) : (value as Hex)];
    }),
  );
  if (keccak256(header) === block.hash) return header;
  throw new HoldfastError(
    "HEADER_UNKNOWN",
    `Block ${block.hash} has header fields that this version does not know; update Holdfast, or use another beacon.`,
    { details: { hash: block.hash, found: keccak256(header) } },
  );
}

function shortest(quantity: string): Hex {
  const digits = BigInt(quantity).toString(16);
  return digits === "0" ? "0x" : `0x${digits.length % 2 === 0 ? "" : "0"}${digits}`;
}
