// Bounds of everything that comes in.

export interface ServerLimits {
  /** Requests at a time. */
  readonly requests: number;
  readonly headerBytes: number;
  /** Until all headers are there. */
  readonly headersMs: number;
  /** Without a byte of a body that is being sent, or taken. */
  readonly stallMs: number;
}

export const LIMITS: ServerLimits = { requests: 64, headerBytes: 16 * 1024, headersMs: 10_000, stallMs: 60_000 };
