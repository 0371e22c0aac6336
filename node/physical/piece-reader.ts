/** Reads replicas from disk and changes nothing there, so that a thread may have one beside the store that writes. */
import { open, readFile } from "node:fs/promises";
import path from "node:path";
import { HoldfastError } from "../common/errors.ts";
import { diskError } from "./disk-error.ts";

export interface PieceReader {
  /** The whole piece, of whatever length it has on disk. Throws `FILE_MISSING`, `DISK_FAILED`. */
  readPiece(replicaId: string, index: number): Promise<Uint8Array>;
  /** `length` bytes from `offset` of a piece; fewer when the file is shorter. */
  readPart(replicaId: string, index: number, offset: number, length: number): Promise<Uint8Array>;
  readTree(replicaId: string): Promise<Uint8Array>;
}

export function createPieceReader(folder: string): PieceReader {
  async function read(replicaId: string, name: string): Promise<Uint8Array> {
    const file = path.join(replicaFolder(folder, replicaId), name);
    try {
      return await readFile(file);
    } catch (cause) {
      throw diskError(cause, file);
    }
  }

  return {
    readPiece: (replicaId, index) => read(replicaId, `${index}.piece`),
    async readPart(replicaId, index, offset, length) {
      const name = path.join(replicaFolder(folder, replicaId), `${index}.piece`);
      try {
        const file = await open(name, "r");
        try {
          const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
          return buffer.subarray(0, bytesRead);
        } finally {
          await file.close();
        }
      } catch (cause) {
        throw diskError(cause, name);
      }
    },
    readTree: (replicaId) => read(replicaId, "tree"),
  };
}

/** Where a replica lies. The id becomes a path: nothing but a hash may get here, or `BAD_REPLICA_ID` is thrown. */
export function replicaFolder(folder: string, replicaId: string): string {
  if (!/^0x[0-9a-f]{64}$/.test(replicaId))
    throw new HoldfastError("BAD_REPLICA_ID", "A replica id is 32 bytes of hex.");
  return path.join(folder, replicaId);
}
