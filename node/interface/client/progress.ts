// How far a verb of the client is, for people and for programs.

export type Stage = "upload" | "recompute" | "fetch" | "quote" | "fund" | "slot";

/** Steps of one stage; both count the same thing, whatever it is. */
export interface Amount {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number;
}

/** One short line whenever what is being done changes, with numbers where something is counted. */
export type Progress = { readonly text: string } & Partial<Amount>;

/** What every verb takes beside its own options. */
export interface CallOptions {
  /** Stops the verb; what is durable stays resumable. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Whole per cent. */
export function percent({ done, total }: Amount): number {
  return Math.floor((100 * done) / total);
}
