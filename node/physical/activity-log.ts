// What was done from this data folder, a line of JSON each: the chain does not know of downloads or of what was given away.

import { appendFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { fileError, readTextIfPresent } from "./user-file.ts";

export interface Activity {
  /** ISO 8601. */
  readonly at: string;
  readonly verb: string;
  readonly dealKey: string;
  /** One sentence; no secrets. */
  readonly text: string;
}

/** A line is lost when the machine stops right now; nothing else relies on it. */
export async function recordActivity(folder: string, activity: Activity): Promise<void> {
  const file = logFile(folder);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await appendFile(file, `${JSON.stringify(activity)}\n`, { mode: 0o600 });
  } catch (cause) {
    throw fileError(cause, file);
  }
}

/** Oldest first; a line that a crash cut short is left out. */
export async function readActivities(folder: string): Promise<Activity[]> {
  const text = (await readTextIfPresent(logFile(folder))) ?? "";
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as Activity];
    } catch {
      return [];
    }
  });
}

function logFile(folder: string): string {
  return path.join(folder, "activity.jsonl");
}
