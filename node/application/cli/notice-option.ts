import type { DetectionTarget } from "../../interface/client/put-plan.ts";
import { UsageError } from "./usage-error.ts";

/** Two per cents: the loss, and how surely it is to be noticed. Their ranges are the deal's business. */
export function noticeOption(text: string | undefined): DetectionTarget | undefined {
  if (text === undefined) return undefined;
  const [, lost, surely] = /^(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (lost !== undefined && surely !== undefined) return { lost: Number(lost) / 100, target: Number(surely) / 100 };
  throw new UsageError(`--notice needs two per cents, e.g. 50,99 for half of the bytes with 99 %, got "${text}".`);
}
