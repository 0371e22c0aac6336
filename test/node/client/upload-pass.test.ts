import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { toHex } from "../../../node/common/hex.ts";
import { signMessage } from "../../../node/consensus/signing.ts";
import { fileLayout, PIECE_BYTES } from "../../../node/data/layout.ts";
import { deriveSecrets } from "../../../node/data/secrets.ts";
import { marketDomain } from "../../../node/data/terms.ts";
import type { ClientContext } from "../../../node/interface/client/context.ts";
import { placeSlots } from "../../../node/interface/client/place-slots.ts";
import type { PutPlan, PutState, SlotProgress } from "../../../node/interface/client/put-plan.ts";
import { uploadPass } from "../../../node/interface/client/upload-pass.ts";
import { serveUpload } from "../../../node/network/protocols/upload.ts";
import { Refusal } from "../../../node/network/refusal.ts";
import { createPutJournal } from "../../../node/physical/put-journal.ts";
import { describeFile } from "../../../node/physical/regular-file.ts";
import { pattern } from "../../fixtures/pattern.ts";
import { terms } from "../daemon/provider-bench.ts";
import { twoHosts } from "../network/hosts.ts";

const SEGMENTS = 60;
const [k, n] = [1, 5];
const market = `0x${"11".repeat(20)}` as const;
const secrets = deriveSecrets(pattern(32, 4));
const layout = fileLayout(SEGMENTS * PIECE_BYTES, k);

describe("a pass of an upload", () => {
  const payer = privateKeyToAccount(generatePrivateKey());
  const provider = privateKeyToAccount(generatePrivateKey());
  const chain = {
    account: payer,
    chainId: 31337,
    marketDomain: marketDomain(31337, market),
    publicClient: { getBlockNumber: async () => 7n },
  } as unknown as ClientContext["chain"];
  let hosts: Awaited<ReturnType<typeof twoHosts>>;
  let folder: string;
  let plan: PutPlan;

  beforeEach(async () => {
    hosts = await twoHosts();
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-pass-"));
    const file = path.join(folder, "file");
    writeFileSync(file, pattern(SEGMENTS * PIECE_BYTES, 3));
    const where = { chainId: 31337, market, client: payer.address, dealKey: toHex(pattern(32, 5)) };
    const rest = { salt: toHex(pattern(32, 6)), terms, minSlots: 1, name: "file", k, n, e: n };
    plan = { ...(await describeFile(file)), ...where, ...rest };
  });
  afterEach(async () => {
    await hosts.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Answers uploads; a slot in `refusing` is refused from its fifth piece on. */
  async function answerUploads(refusing: readonly number[]): Promise<void> {
    await serveUpload(hosts.provider, {
      async begin({ upload }) {
        return {
          have: new Set(),
          async piece(index) {
            if (index >= 4 && refusing.includes(upload.slot)) throw new Refusal("DISK_FULL", "No more.");
          },
          async finish(dataRoot) {
            const held = { root: toHex(pattern(32, upload.slot)), dataRoot };
            const { client: _, expiry: __, ...place } = upload;
            const signature = await signMessage(chain, provider, "Commitment", { ...place, ...held });
            return { ...held, signature };
          },
          offer: () => Promise.reject(new Error("nobody asks")),
          close: () => undefined,
        };
      },
    });
  }

  function progressOf(slot: number): SlotProgress {
    const quote = {
      ...{ provider: provider.address, client: payer.address, m: layout.m, groups: layout.shardGroups, windows: 40 },
      ...{ price: 1n, collateral: 1n, retrievalPrice: 1n, expiry: 1000, epoch: 0n },
    };
    return { slot, placed: { quote, signature: toHex(pattern(65, 7)) } };
  }

  const contextOf = () => ({ chain, host: hosts.client, tell: () => undefined }) as unknown as ClientContext;

  /** What a pass over some slots comes to, and how many segments it read. */
  async function pass(slots: readonly number[]) {
    let read = 0;
    const result = await uploadPass(contextOf(), {
      ...{ plan, layout, secrets, peerOf: () => hosts.peer },
      slots: slots.map(progressOf),
      confirm: async (_, digests) => {
        read += digests.length;
      },
    });
    return { ...result, read };
  }

  it("reads the file to its end for one slot that goes well, and for none, with the same header", async () => {
    await answerUploads([2]);
    const one = await pass([1, 2]);
    expect(one.committed.map(({ slot }) => slot)).to.deep.equal([1]);
    expect([...one.failed.keys()]).to.deep.equal([2]);
    const none = await pass([]);
    expect([one.read, none.read]).to.deep.equal([SEGMENTS, SEGMENTS]);
    expect(one.header?.cid).to.deep.equal(none.header!.cid);
    expect(one.header?.bytes.length).to.equal(none.header!.bytes.length);
  });

  it("reads on no further once every slot has failed, and makes no header of a part", async () => {
    await answerUploads([0, 3]);
    const { committed, failed, header, read } = await pass([0, 3]);
    expect([committed, [...failed.keys()].sort(), header]).to.deep.equal([[], [0, 3], undefined]);
    expect([...failed.values()].map((cause) => (cause as { code: string }).code)).to.deep.equal([
      "DISK_FULL",
      "DISK_FULL",
    ]);
    expect(read).to.be.at.most(SEGMENTS / 2);
  });

  it("reads one run of segments when no provider can be reached", async () => {
    await hosts.provider.stop();
    const { failed, header, read, sent } = await pass([0, 3]);
    expect([...failed.keys()]).to.deep.equal([0, 3]);
    expect([header, read, sent]).to.deep.equal([undefined, 4, 0]);
  });

  it("that stopped early is followed by one for the header when nobody is left to ask and the deal may open without", async () => {
    await hosts.provider.stop();
    const state: PutState = { plan: { ...plan, minSlots: 0 }, slots: [progressOf(0)], spare: [progressOf(1).placed] };
    const journal = await createPutJournal(path.join(folder, "puts"), "one", state);
    const placed = await placeSlots(contextOf(), { journal, layout, secrets, peerOf: () => hosts.peer });
    expect([placed.slots, [...placed.vacant.keys()], placed.sent]).to.deep.equal([[], [0], 0]);
    expect(journal.state.content?.headerHash).to.equal(placed.headerHash);
    await journal.close();
  });
});
