/** A process to kill: writes pieces, vouchers and offers as the daemon does and says on stdout what it acknowledged. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { putChannel } from "../../../node/physical/channel-table.ts";
import { openDatabase } from "../../../node/physical/database.ts";
import { createJournal } from "../../../node/physical/journal.ts";
import { openPieceStore } from "../../../node/physical/piece-store.ts";
import { putPiece, putReplica, replicaById } from "../../../node/physical/replica-table.ts";
import { replicaRow } from "./rows.ts";

const folder = process.argv[2]!;
const start = Number(process.argv[3]);
const journal = createJournal(openDatabase(path.join(folder, "holdfast.sqlite")));
const pieces = await openPieceStore(path.join(folder, "replicas"));
const id = replicaRow.replicaId;
await journal.commit((db) => putReplica(db, replicaRow));

async function lane(first: number): Promise<never> {
  for (let n = first; ; n += 8) {
    const bytes = randomBytes(50_000).fill(n & 255, 0, 1);
    await pieces.writePiece(id, n, bytes);
    await journal.commit((db) => {
      putPiece(db, id, { piece: n, pieceId: bytes.subarray(0, 32), nodes: new Uint8Array(32) });
      const row = replicaById(db, id)!;
      if (n > (row.offerExpiry ?? 0)) putReplica(db, { ...row, state: "offered", offer: "{}", offerExpiry: n });
      putChannel(db, {
        payer: `payer ${first}`,
        epoch: 0n,
        cumulative: 2n ** 100n + BigInt(n),
        spent: 0n,
        signature: "0x",
        peer: "p",
        redeemed: 0n,
        touchedAt: 0,
      });
    });
    process.stdout.write(`${n}\n`);
  }
}
await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((first) => lane(start + first)));
