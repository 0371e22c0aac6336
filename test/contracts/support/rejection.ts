import { HoldfastError } from "../../../node/common/errors.ts";

/** The HoldfastError that a promise rejects with; anything else fails the test. */
export async function rejection(promise: Promise<unknown>): Promise<HoldfastError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  throw new Error(`expected a failure, got ${String(value)}`);
}
