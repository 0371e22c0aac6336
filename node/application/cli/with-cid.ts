import type { Client } from "../sdk.ts";
import type { Result } from "./command.ts";

/**
 * A verb's result with the CID of the file that it is about: `found`, or what the folder's own list has. Nothing is fetched for it, and
 * nothing said where neither knows it: another's file, behind a capability that need not read it.
 */
export async function withCid(client: Client, file: string, result: Result, found?: string): Promise<Result> {
  const cid = found ?? (await client.cid(file));
  if (cid === undefined) return result;
  return { ...result, text: `CID ${cid}\n${result.text}`, data: { ...result.data, cid } };
}
