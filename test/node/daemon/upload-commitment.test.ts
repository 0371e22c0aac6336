import { expect } from "chai";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { toHex } from "../../../node/common/hex.ts";
import {
  createCommitmentBuilder,
  levelSizes,
  NODE_BYTES,
  rootOf,
  type TreeHash,
} from "../../../node/data/commitment.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { groupsOfPiece } from "../../../node/data/layout.ts";
import { uploadHandlers } from "../../../node/interface/provider-api-upload.ts";
import { piecesOf, putPiece } from "../../../node/physical/replica-table.ts";
import { type Bench, firstId, makeRequest, makeShard, sendAll, startBench } from "./provider-bench.ts";

const GROUPS = 600;
/** Above the parents of the groups' rows. */
const hashesLeft = (groups: number): number =>
  levelSizes(groups)
    .slice(2)
    .reduce((sum, size) => sum + size, 0);

describe("the commitment to an upload", () => {
  const client = privateKeyToAccount(generatePrivateKey());
  const hash = createPoseidon8();
  const shard = makeShard(GROUPS);
  let bench: Bench;
  /** Groups that the workers hashed, and hashes that were made besides. */
  let made: { groups: number; hashes: number };

  before(() => {
    const builder = createCommitmentBuilder(hash, GROUPS);
    builder.append(hash.groupNodes(shard.bytes));
    expectedRoot = toHex(rootOf(builder.finish()));
  });
  let expectedRoot: string;

  beforeEach(async () => {
    bench = await startBench();
    made = { groups: 0, hashes: 0 };
    const counting: TreeHash = {
      parents(nodes) {
        made.hashes += nodes.length / (8 * NODE_BYTES);
        return hash.parents(nodes);
      },
    };
    bench.parts.hash = counting;
    bench.parts.commitPool = {
      async groupNodes(groups) {
        made.groups += groups.length / (shard.bytes.length / GROUPS);
        return hash.groupNodes(groups);
      },
      close: async () => undefined,
    };
  });
  afterEach(async () => await bench.stop());

  it(`makes ${hashesLeft(GROUPS)} of ${73 * GROUPS} hashes after the last piece; the others while pieces come`, async () => {
    const session = await uploadHandlers(bench.parts, bench.reader).begin(
      await makeRequest(bench, client, GROUPS),
      "p",
    );
    await sendAll(session, shard);
    expect(made).to.deep.equal({ groups: GROUPS, hashes: GROUPS / 8 });
    const { root } = await session.finish(shard.dataRoot);
    expect(made).to.deep.equal({ groups: GROUPS, hashes: GROUPS / 8 + hashesLeft(GROUPS) });
    expect(root).to.equal(expectedRoot);
  });

  it("hashes no piece again after a crash in the middle", async () => {
    const request = await makeRequest(bench, client, GROUPS);
    const first = await uploadHandlers(bench.parts, bench.reader).begin(request, "p");
    for (let i = 0; i < 20; i++) await first.piece(i, shard.piece(i));
    // What a process that starts anew has: the journal and the files, and nothing of the session.
    const session = await uploadHandlers(bench.parts, bench.reader).begin(request, "p");
    expect(session.have.size).to.equal(20);
    for (let i = 20; i < shard.count; i++) await session.piece(i, shard.piece(i));
    const { root } = await session.finish(shard.dataRoot);
    expect(made).to.deep.equal({ groups: GROUPS, hashes: GROUPS / 8 + hashesLeft(GROUPS) });
    expect(root).to.equal(expectedRoot);
  });

  it("takes up what an earlier release kept of a piece: its group nodes alone", async () => {
    const request = await makeRequest(bench, client, GROUPS);
    const session = await uploadHandlers(bench.parts, bench.reader).begin(request, "p");
    await sendAll(session, shard);
    const id = firstId(bench);
    await bench.parts.journal.commit((db) => {
      for (const row of piecesOf(db, id)) {
        const nodes = row.nodes.slice(0, groupsOfPiece(GROUPS, row.piece) * NODE_BYTES);
        expect(row.nodes.length).to.be.above(nodes.length);
        putPiece(db, id, { ...row, nodes });
      }
    });
    expect((await session.finish(shard.dataRoot)).root).to.equal(expectedRoot);
  });
});
