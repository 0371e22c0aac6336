/** Takes uploads in: pieces durable before they are acknowledged, committed to while they come, taken up after a crash. */
import type { Hex } from "viem";
import { concatBytes, equalBytes } from "../common/bytes.ts";
import { toHex } from "../common/hex.ts";
import { signMessage } from "../consensus/signing.ts";
import { createCommitmentBuilder, encodeTree, NODE_BYTES, rootOf, rowParents } from "../data/commitment.ts";
import { dataRootOf, pieceId } from "../data/data-root.ts";
import { GROUP_BYTES, groupsOfPiece, pieceCount } from "../data/layout.ts";
import type { Offer } from "../data/terms.ts";
import type { UploadHandlers, UploadRequest, UploadSession } from "../network/protocols/upload.ts";
import { Refusal } from "../network/refusal.ts";
import { deletePieces, pieceIdOf, piecesOf, putPiece } from "../physical/replica-table.ts";
import { checkFreshRoot, checkOfferable, checkUpload } from "./provider-admission.ts";
import type { ProviderParts } from "./provider-parts.ts";
import {
  changeReplica,
  type HeldReplica,
  heldById,
  heldByRoot,
  pendingOf,
  replicaIdOfRequest,
  saveReplica,
} from "./provider-replicas.ts";
import type { RoomReader } from "./provider-room.ts";

interface Live {
  client: string;
  superseded: boolean;
  /** Until then a connection before this one may still be writing. */
  earlier: Promise<void>;
  /** Pieces that are being written, by index. */
  working: Map<number, Promise<void>>;
  /** When the last piece came over this connection. */
  cameAt?: number;
}

export function uploadHandlers(parts: ProviderParts, reader: RoomReader): UploadHandlers {
  const live = new Map<Hex, Live>();
  return {
    async begin(request) {
      await checkUpload(parts, reader, request);
      const replicaId = replicaIdOfRequest(request);
      const { client } = request.upload;
      checkLimits(parts, live, replicaId, client);
      const before = live.get(replicaId);
      // The client came back before its broken connection was noticed: the old stream must not write any more.
      if (before !== undefined) before.superseded = true;
      const earlier = before === undefined ? Promise.resolve() : settled(before);
      const mine: Live = { client, superseded: false, earlier, working: new Map() };
      live.set(replicaId, mine);
      await earlier;
      try {
        await checkExpiredOffer(parts, replicaId);
        await admit(parts, request);
        return session(parts, reader, replicaId, mine, async () => {
          // Its place is taken until the last piece is written: the next connection waits for that.
          await settled(mine);
          if (live.get(replicaId) === mine) live.delete(replicaId);
        });
      } catch (error) {
        if (live.get(replicaId) === mine) live.delete(replicaId);
        throw refusalOf(error);
      }
    },
  };
}

async function settled({ earlier, working }: Live): Promise<void> {
  await earlier;
  await Promise.allSettled(working.values());
}

function checkLimits({ settings }: ProviderParts, live: Map<Hex, Live>, replicaId: Hex, client: string): void {
  const others = [...live].filter(([id]) => id !== replicaId);
  const ofClient = others.filter(([, { client: other }]) => other === client);
  if (others.length >= settings.limits.uploads || ofClient.length >= settings.limits.uploadsPerClient) {
    throw new Refusal("BUSY", "This provider has too many uploads under way. Try again later.");
  }
}

/** An offer that has expired may have been taken in time, in a block whose events are still to come. */
async function checkExpiredOffer(parts: ProviderParts, replicaId: Hex): Promise<void> {
  const offer = parts.journal.read((db) => heldById(db, replicaId))?.offer;
  if (offer !== undefined && offer.expiry < parts.latestBlock()) await checkFreshRoot(parts, offer.root);
}

/** Makes the admission durable, or finds the upload that it continues. */
async function admit({ journal, settings, latestBlock, now }: ProviderParts, request: UploadRequest): Promise<void> {
  const replicaId = replicaIdOfRequest(request);
  await journal.commit((db) => {
    const held = heldById(db, replicaId);
    if (held === undefined) {
      // Admission is free and reserves room: one client must not take all of it without ever opening a deal.
      if (pendingOf(db, request.upload.client).length >= settings.limits.pendingPerClient) {
        throw new Refusal("BUSY", "This client has too many replicas here that are in no deal. Open them or wait.");
      }
      saveReplica(db, { replicaId, state: "receiving", request, touchedAt: now() });
      return;
    }
    const { upload } = held.request;
    if (upload.client !== request.upload.client || upload.groups !== request.upload.groups) {
      throw new Refusal("UPLOAD_REFUSED", "Another upload has this place in the deal.");
    }
    if (held.state === "active" || held.state === "leaving") {
      throw new Refusal("ALREADY_STORED", "This provider stores the replica already, in an open deal.");
    }
    const offerLives = held.offer !== undefined && held.offer.expiry >= latestBlock();
    if (offerLives) return;
    // Without an offer that could still be taken, the newer quote counts.
    const { offer: _expired, ...rest } = held;
    saveReplica(db, { ...rest, state: held.state === "offered" ? "committed" : held.state, request, touchedAt: now() });
  });
}

function session(
  parts: ProviderParts,
  reader: RoomReader,
  replicaId: Hex,
  mine: Live,
  leave: () => Promise<void>,
): UploadSession {
  const { journal, pieces, commitPool, now } = parts;
  const current = (): HeldReplica => {
    const held = journal.read((db) => heldById(db, replicaId));
    if (held === undefined) throw new Refusal("UPLOAD_EXPIRED", "The upload stood still for too long. Begin it again.");
    if (mine.superseded) throw new Refusal("SUPERSEDED", "The upload goes on over another connection.");
    return held;
  };
  const { groups } = current().request.upload;

  async function store(index: number, bytes: Uint8Array): Promise<void> {
    // A client must not change bytes that a commitment was signed for: its provider would be slashed for it.
    if (current().state !== "receiving")
      throw new Refusal("UPLOAD_COMPLETE", "All pieces of this upload are here already.");
    if (bytes.length !== groupsOfPiece(groups, index) * GROUP_BYTES) {
      throw new Refusal(
        "BAD_PIECE",
        `Piece ${index} has ${groupsOfPiece(groups, index)} groups; ${bytes.length} bytes came.`,
      );
    }
    const id = pieceId(bytes);
    const before = journal.read((db) => pieceIdOf(db, replicaId, index));
    if (before !== undefined && !equalBytes(before, id)) {
      throw new Refusal("BAD_PIECE", `Piece ${index} is here already, with other bytes.`);
    }
    const [nodes] = await Promise.all([commitPool.groupNodes(bytes), pieces.writePiece(replicaId, index, bytes)]);
    const known = concatBytes(nodes, rowParents(parts.hash, nodes));
    await journal.commit((db) => {
      putPiece(db, replicaId, { piece: index, pieceId: id, nodes: known });
      changeReplica(db, replicaId, { touchedAt: now() });
    });
  }

  /** How far behind the uploads this machine's cores are. */
  function tell({ root }: HeldReplica, cameAt = now()): void {
    const seconds = (now() - cameAt) / 1e3;
    const sentence = `Committed to a replica of ${groups} groups, ${seconds.toFixed(3)} s after its last piece came.`;
    parts.log("info", sentence, { replicaId, root, groups, seconds });
  }

  return {
    have: new Set(journal.read((db) => piecesOf(db, replicaId)).map(({ piece }) => piece)),
    async piece(index, bytes) {
      // File and row are written one after the other: two versions of a piece side by side could leave the file of one with
      // the row of the other, and the provider would commit to bytes that it does not have.
      if (mine.working.has(index)) throw new Refusal("BAD_PIECE", `Piece ${index} is being written already.`);
      mine.cameAt = now();
      const work = store(index, bytes);
      mine.working.set(index, work);
      try {
        await work;
      } catch (error) {
        throw refusalOf(error);
      } finally {
        mine.working.delete(index);
      }
    },
    async finish(dataRoot) {
      try {
        const fresh = current().state === "receiving";
        const held = await commit(parts, current(), dataRoot);
        if (fresh) tell(held, mine.cameAt);
        const { root, dataRoot: found, request } = held;
        const { provider, dealKey, slot, generation, m } = request.upload;
        const message = { provider, dealKey, slot, generation, root: root!, dataRoot: found!, m, groups };
        return {
          root: root!,
          dataRoot: found!,
          signature: await signMessage(parts.chain, parts.chain.account, "Commitment", message),
        };
      } catch (error) {
        throw refusalOf(error);
      }
    },
    async offer() {
      try {
        const offer = await makeOffer(parts, reader, current());
        return { offer, signature: await signMessage(parts.chain, parts.chain.account, "Offer", offer) };
      } catch (error) {
        throw refusalOf(error);
      }
    },
    close: () => void leave(),
  };
}

/** Builds and stores the tree once all pieces are there; does nothing the second time. */
async function commit(parts: ProviderParts, held: HeldReplica, dataRoot: Hex): Promise<HeldReplica> {
  const { journal, pieces, hash, now } = parts;
  const { replicaId } = held;
  const { groups } = held.request.upload;
  if (held.state !== "receiving") {
    if (held.dataRoot === dataRoot) return held;
    throw mismatch(held.dataRoot!, dataRoot);
  }
  const rows = journal.read((db) => piecesOf(db, replicaId));
  const missing = pieceCount(groups) - rows.length;
  if (missing > 0) throw new Refusal("PIECES_MISSING", `${missing} of ${pieceCount(groups)} pieces have not come yet.`);
  const ids = rows.map((row) => row.pieceId);
  const found = toHex(dataRootOf(ids, groups));
  if (found !== dataRoot) {
    // Nobody can tell which piece is wrong; the client sends them again.
    await journal.commit((db) => deletePieces(db, replicaId));
    throw mismatch(found, dataRoot);
  }
  const builder = createCommitmentBuilder(hash, groups);
  for (const [i, { nodes }] of rows.entries()) {
    const ofGroups = groupsOfPiece(groups, i) * NODE_BYTES;
    builder.append(nodes.subarray(0, ofGroups), nodes.subarray(ofGroups));
    if (i % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
  }
  const tree = builder.finish();
  const root = toHex(rootOf(tree));
  await checkFreshRoot(parts, root);
  await pieces.writeTree(replicaId, encodeTree(tree));
  return await journal.commit((db) => {
    const same = heldByRoot(db, root);
    if (same !== undefined && same.replicaId !== replicaId) {
      throw new Refusal("ROOT_TAKEN", "This provider holds the very same bytes for another slot. Seal them anew.");
    }
    return changeReplica(db, replicaId, { state: "committed", root, dataRoot, touchedAt: now() });
  });
}

function mismatch(found: Hex, sent: Hex): Refusal {
  return new Refusal(
    "DATA_ROOT_MISMATCH",
    `The bytes that came have data root ${found}, not ${sent}. Send them again.`,
  );
}

/** The offer for a committed replica, durable before it is returned to be signed; the same one when asked again. */
async function makeOffer(parts: ProviderParts, reader: RoomReader, held: HeldReplica): Promise<Offer> {
  if (held.state === "receiving") throw new Refusal("NOT_COMMITTED", "An offer needs a finished upload.");
  if (held.offer !== undefined) {
    if (held.offer.expiry >= parts.latestBlock()) return held.offer;
    throw new Refusal("OFFER_EXPIRED", "The offer has expired. Begin again with a new quote; the pieces are kept.");
  }
  await checkOfferable(parts, reader, held.request);
  await checkFreshRoot(parts, held.root!);
  await parts.giveWay?.(held.root!);
  const { upload, quote } = held.request;
  const offer: Offer = {
    provider: upload.provider,
    client: upload.client,
    dealKey: upload.dealKey,
    slot: upload.slot,
    generation: upload.generation,
    root: held.root!,
    dataRoot: held.dataRoot!,
    m: upload.m,
    groups: upload.groups,
    price: quote.price,
    collateral: quote.collateral,
    expiry: Number(parts.latestBlock()) + parts.settings.limits.offerBlocks,
    epoch: quote.epoch,
  };
  const change = { state: "offered", offer, touchedAt: parts.now() } as const;
  await parts.journal.commit((db) => changeReplica(db, held.replicaId, change));
  return offer;
}

/** A full disk is the client's business: it has to go elsewhere. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "DISK_FULL") return error;
  return new Refusal("DISK_FULL", "This provider's disk is full. Choose another.", { cause: error });
}
