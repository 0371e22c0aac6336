/** What a viem call reverted with, decoded by the errors of all contracts, whichever of them threw. */
import { decodeErrorResult } from "viem";
import { errorsAbi } from "../../../node/consensus/abi.ts";
import { revertDataOf } from "../../../node/consensus/revert.ts";

/** Name and arguments of the error; fails if the call went through or failed otherwise. */
export async function revertOf(call: Promise<unknown>): Promise<{ name: string; args: readonly unknown[] }> {
  const failure = await call.then(
    () => new Error("the call did not revert"),
    (error: unknown) => error,
  );
  const data = revertDataOf(failure);
  if (data === undefined) throw failure;
  const { errorName, args } = decodeErrorResult({ abi: errorsAbi, data });
  return { name: errorName, args: args ?? [] };
}

/** The error's name alone. */
export async function revertNameOf(call: Promise<unknown>): Promise<string> {
  return (await revertOf(call)).name;
}
