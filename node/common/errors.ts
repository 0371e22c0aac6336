/** What every failure of Holdfast looks like: a stable code, one sentence with what to do, and the values behind it. */
export class HoldfastError extends Error {
  override readonly name: string = "HoldfastError";
  /** Stable and machine-readable, e.g. `CHAIN_UNREACHABLE`; scripts branch on it, never on the message. */
  readonly code: string;
  /** The values the sentence is about. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}
