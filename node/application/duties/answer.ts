/** The answer duty: shows what is asked for on chain. Anybody may ask, and earns a part of the stake that silence costs. */
import { equalBytes } from "../../common/bytes.ts";
import { HoldfastError } from "../../common/errors.ts";
import { answer, exposureOf, requestOf } from "../../consensus/retrieval.ts";
import { groupPath, pieceId } from "../../data/data-root.ts";
import { retrievalIdOf } from "../../data/forced-retrieval.ts";
import { createHashTree } from "../../data/hash-tree.ts";
import { GROUP_BYTES, PIECE_GROUPS } from "../../data/layout.ts";
import type { ProviderParts } from "../../interface/provider-parts.ts";
import { type HeldReplica, heldReplicas } from "../../interface/provider-replicas.ts";
import { pieceIdsOf } from "../../physical/replica-table.ts";

/** Answers side by side: one a block would be too few when somebody asks for all replicas at once. */
const PARALLEL = 16;

/** Answers what is asked of any replica in a deal. Called every few blocks, far more often than an answer may take. */
export async function answerRequests(parts: ProviderParts): Promise<void> {
  const { chain, journal, log } = parts;
  if ((await exposureOf(chain, chain.account.address)) === 0n) return;
  const waiting = journal.read(heldReplicas).values(); // shared: every lane takes the next one
  const lane = async () => {
    for (const held of waiting) {
      try {
        await answerFor(parts, held);
      } catch (error) {
        // One lost group must not keep the others from their answers.
        log("error", `A group that is asked for on chain was not shown: ${(error as Error).message}`, {
          replicaId: held.replicaId,
        });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
}

/** Whether the replica's bytes may still be needed for an answer: a request outlives the deal that it was made in. */
export async function isAskedFor({ chain, latestBlock }: ProviderParts, { offer }: HeldReplica): Promise<boolean> {
  if (offer === undefined) return false;
  const request = await requestOf(chain, retrievalIdOf(offer));
  return request !== undefined && BigInt(request.answerBy) >= latestBlock();
}

/** A request goes by what no change of the deal touches: the offer of now answers what was asked under another. */
async function answerFor(parts: ProviderParts, { replicaId, state, offer }: HeldReplica): Promise<void> {
  if (offer === undefined || (state !== "active" && state !== "leaving")) return;
  const { chain, journal, pieces, latestBlock, log } = parts;
  const request = await requestOf(chain, retrievalIdOf(offer));
  if (request === undefined || BigInt(request.answerBy) < latestBlock()) return;
  const { group } = request;
  const index = Math.floor(group / PIECE_GROUPS);
  const piece = await pieces.readPiece(replicaId, index);
  const ids = journal.read((db) => pieceIdsOf(db, replicaId));
  if (!equalBytes(pieceId(piece), ids[index]!)) {
    throw new HoldfastError("PIECE_DAMAGED", `Piece ${index} is damaged on disk; restore the data folder.`);
  }
  const start = (group % PIECE_GROUPS) * GROUP_BYTES;
  const path = groupPath(piece, createHashTree(ids).path(index), group);
  await answer(chain, offer, { bytes: piece.subarray(start, start + GROUP_BYTES), path });
  log("info", "Showed a group that was asked for on chain.", { replicaId, group });
}
