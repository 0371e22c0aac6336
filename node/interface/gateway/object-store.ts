// What the gateway stands on: files at providers, known by capabilities. The client is one; a test may bring another.

export interface StoredBytes {
  readonly dealKey: string;
  readonly capability: string;
}

export interface PublicFile {
  readonly dealKey: string;
  readonly capability: string;
  readonly name: string;
  readonly size: number;
}

export interface ObjectStore {
  /** Stores the file at `path`, under contract when it resolves. Called again for the same file it goes on, and pays nothing twice. */
  put(path: string, name: string): Promise<StoredBytes>;
  /**
   * After a put that failed: forgets it. "open" when it had paid for a deal already, so that putting again ends it for
   * nothing; "unsure" when that is not known yet.
   */
  abandon(path: string): Promise<"gone" | "open" | "unsure">;
  /** Files stored under this name with these bytes since; milliseconds. */
  stored(file: { readonly name: string; readonly cid: string; readonly since: number }): Promise<StoredBytes[]>;
  /** The bytes in their order, each checked; throws as soon as one cannot be had. To stop early is fine. */
  read(capability: string, range: { offset: number; length: number }, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Ends the file's deal. Doing it again changes nothing. */
  end(capability: string): Promise<void>;
  /** A file that anybody may have, by its CIDv1. */
  findPublic(cid: string): Promise<PublicFile | undefined>;
}
