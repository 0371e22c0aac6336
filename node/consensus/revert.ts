// Turns what a chain or an RPC server answers to a bad call into one HoldfastError with one sentence.

import {
  type Abi,
  BaseError,
  type DecodeErrorResultReturnType,
  decodeErrorResult,
  type Hex,
  HttpRequestError,
  TimeoutError,
} from "viem";
import { HoldfastError } from "../common/errors.ts";
import { errorsAbi } from "./abi.ts";
import { revertSentences } from "./revert-sentences.ts";

/** The revert data inside an RPC error, wherever the server put it; undefined when nothing reverted. */
export function revertDataOf(error: unknown): Hex | undefined {
  for (let at = error, depth = 0; at instanceof Object && depth < 12; depth++) {
    const { data, raw } = at as { data?: unknown; raw?: unknown };
    const inner = (data as { data?: unknown } | undefined)?.data;
    for (const found of [raw, data, inner]) {
      if (typeof found === "string" && /^0x(?:[0-9a-f]{8})?/i.test(found)) return found as Hex;
    }
    at = (at as { cause?: unknown }).cause;
  }
  return undefined;
}

/** Whether the request never got an answer: such a call may be tried again. */
export function isOutage(error: unknown): boolean {
  if (error instanceof HoldfastError) return error.code === "CHAIN_UNREACHABLE";
  if (!(error instanceof BaseError)) return false;
  const cause = error.walk((e) => e instanceof HttpRequestError || e instanceof TimeoutError);
  return cause !== null;
}

function words(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase();
}

function plain(value: unknown): string {
  return typeof value === "object" && value !== null
    ? JSON.stringify(value, (_, v) => (typeof v === "bigint" ? v.toString() : v))
    : String(value);
}

/** The error a contract reverted with. `call` names what was tried, e.g. `settle`. Code `CHAIN_REVERTED`. */
export function revertError(call: string, data: Hex | undefined, cause?: unknown): HoldfastError {
  if (data === undefined || data === "0x") {
    return new HoldfastError("CHAIN_REVERTED", `The chain refused ${call} without a reason.`, {
      details: { call, errorName: "", args: {} },
      cause,
    });
  }
  let decoded: DecodeErrorResultReturnType;
  try {
    decoded = decodeErrorResult({ abi: errorsAbi as Abi, data });
  } catch {
    return new HoldfastError(
      "CHAIN_REVERTED",
      `The chain refused ${call} with the unknown error ${data.slice(0, 10)}.`,
      {
        details: { call, errorName: data.slice(0, 10), args: {}, data },
        cause,
      },
    );
  }
  const inputs = "inputs" in decoded.abiItem ? decoded.abiItem.inputs : [];
  const values = (decoded.args ?? []) as readonly unknown[];
  const args = Object.fromEntries(values.map((value, i) => [inputs[i]?.name || `${i}`, value]));
  const errorName = decoded.errorName;
  const said = revertSentences[errorName]?.(args);
  const listed = Object.entries(args).map(([name, value]) => `${name} ${plain(value)}`);
  const because = errorName === "Error" ? plain(values[0]) : [words(errorName), ...listed].join(", ");
  return new HoldfastError("CHAIN_REVERTED", said ?? `The chain refused ${call}: ${because}.`, {
    details: { call, errorName, args },
    cause,
  });
}

/**
 * Whatever a chain call threw, as a HoldfastError: `CHAIN_UNREACHABLE`, `CHAIN_REVERTED`, `NO_GAS_FUNDS` (the key cannot
 * pay for gas) or `CHAIN_REJECTED` (the server refused the request itself).
 */
export function chainError(call: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (isOutage(error)) {
    return new HoldfastError("CHAIN_UNREACHABLE", `The chain did not answer ${call}; check that its node is running.`, {
      details: { call },
      cause: error,
    });
  }
  const data = revertDataOf(error);
  const text = error instanceof BaseError ? `${error.details} ${error.shortMessage}` : String(error);
  if (/insufficient funds|enough funds|exceeds (?:the )?balance/i.test(text)) {
    return new HoldfastError(
      "NO_GAS_FUNDS",
      `The key cannot pay the gas for ${call}; send some ether to its address.`,
      {
        details: { call },
        cause: error,
      },
    );
  }
  if (data !== undefined || /revert/i.test(text)) return revertError(call, data, error);
  const reason = error instanceof BaseError ? error.details || error.shortMessage : text;
  return new HoldfastError("CHAIN_REJECTED", `The chain's server rejected ${call}: ${reason.split("\n")[0]}`, {
    details: { call },
    cause: error,
  });
}
