import { expect } from "chai";
import type { Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { createProveDuty, type ProveDuty } from "../../../node/application/duties/prove.ts";
import { HoldfastError } from "../../../node/common/errors.ts";
import type { ProofInput } from "../../../node/consensus/prover/input.ts";
import type { Prover } from "../../../node/consensus/prover/prover.ts";
import { challengesOf, type Pin } from "../../../node/data/bag.ts";
import { challengePoint } from "../../../node/data/challenge.ts";
import { challengeVector, digest } from "../../../node/data/digest.ts";
import { openingOf } from "../../../node/data/windows.ts";
import { uploadHandlers } from "../../../node/interface/provider-api-upload.ts";
import { createReplicaReader } from "../../../node/interface/replica-reader.ts";
import { type Bench, makeRequest, makeShard, sendAll, startBench } from "./provider-bench.ts";

type Read = (call: { functionName: string }) => Promise<unknown>;

const SCHEDULE = { genesis: 0n, period: 100n, windowLength: 60n };
const [K, D] = [4, 9];
const spacetime = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc";

/** By seed 3 the last draw falls on the larger replica, so that a pin of the other one shows. */
const seed = (n: number): Hex => `0x${String(n).repeat(64)}`;

/** A provider of two replicas; every proof is refused until `accepts` says otherwise. */
describe("the prove duty", () => {
  let bench: Bench;
  let duty: ProveDuty;
  let root: Hex;
  let larger: Hex;
  let proofs: ProofInput[];
  let sent: number;
  let accepts: boolean;
  let opening: bigint;
  /** Openings whose randomness was brought to the beacon. */
  let recorded: bigint[];
  let record: (opening: bigint) => Promise<void>;

  /** What the chain asks for in window 3 from now on. */
  function ask(from: Hex, pin?: Pin): bigint[] {
    const bag = new Map([
      [13, [root]],
      [14, [larger]],
    ]);
    const vector = challengeVector(challengesOf(bag, from, K, pin === undefined ? {} : { pin }), D);
    Object.assign(bench.answers, { seedOf: from, challengesOf: vector, isProven: false });
    return vector;
  }
  function pointOf(from: Hex, vector: readonly bigint[]): string {
    const context = {
      chainId: 31337n,
      spacetime,
      provider: bench.provider.address,
      window: 3,
      K,
      D,
      seed: from,
    } as const;
    return challengePoint(context, digest(vector, K, D), vector).toString();
  }

  async function upload(groups: number): Promise<Hex> {
    const shard = makeShard(groups);
    const client = privateKeyToAccount(generatePrivateKey());
    const session = await uploadHandlers(bench.parts, bench.reader).begin(
      await makeRequest(bench, client, groups),
      "p",
    );
    await sendAll(session, shard);
    return (await session.finish(shard.dataRoot)).root;
  }

  beforeEach(async () => {
    bench = await startBench();
    root = await upload(1);
    larger = await upload(20);

    record = async (block) => void recorded.push(block);
    proofs = [];
    sent = 0;
    accepts = false;
    const chain = bench.parts.chain as unknown as { addresses: object; parameters: object; publicClient: object };
    Object.assign(chain.addresses, { spacetime });
    Object.assign(chain.parameters, SCHEDULE);
    Object.assign(chain.publicClient, { call: async () => ({}), estimateGas: async () => 300_000n });
    const send = async () => {
      sent++;
      if (!accepts) throw new Error("refused");
      bench.answers.isProven = true;
      return { status: "success", transactionHash: seed(0), blockNumber: 1n, gasUsed: 1n, logs: [] };
    };
    Object.assign(chain, { sender: { send } });
    const prover = {
      prove: async (input: ProofInput) => {
        proofs.push(input);
        return { proof: Array(8).fill(1n), publicSignals: [1n, 2n, 3n] };
      },
    } as unknown as Prover;
    const reader = createReplicaReader(bench.parts.hash, bench.parts.pieces);
    recorded = [];
    duty = createProveDuty(bench.parts, {
      reader,
      prover,
      signal: new AbortController().signal,
      record: (block) => record(block),
    });
    opening = openingOf(SCHEDULE, bench.provider.address, 3);
  });
  afterEach(async () => await bench.stop());

  it("makes one proof for what a window asks, and sends it until the chain takes it", async () => {
    const vector = ask(seed(3));
    await duty.onBlock(opening + 1n);
    await duty.onBlock(opening + 2n);
    accepts = true;
    await duty.onBlock(opening + 3n);
    expect(proofs.map(({ r }) => r)).to.deep.equal([pointOf(seed(3), vector)]);
    expect(sent).to.equal(3);
    await duty.onBlock(opening + 4n);
    expect(sent).to.equal(3);
  });

  it("brings the beacon an opening that nobody recorded, once there is something to prove, and goes on with the next block", async () => {
    ask(seed(3));
    accepts = true;
    const chain = bench.parts.chain as unknown as { publicClient: { readContract: Read } };
    const { readContract } = chain.publicClient;
    let carried = false;
    chain.publicClient.readContract = async (call) => {
      if (call.functionName !== "seedOf" || recorded.length > 0) return await readContract(call);
      throw new HoldfastError("CHAIN_REVERTED", "not recorded", { details: { errorName: "BeaconNotRecorded" } });
    };
    record = async (block) => {
      if (!carried) throw new HoldfastError("BLOCK_UNKNOWN", "no block follows it yet");
      recorded.push(block);
    };
    await duty.onBlock(opening + 1n);
    expect([recorded, proofs.length, sent]).to.deep.equal([[], 0, 0]);
    carried = true;
    await duty.onBlock(opening + 2n);
    expect([recorded, proofs.length, sent]).to.deep.equal([[opening], 0, 0]);
    await duty.onBlock(opening + 3n);
    expect([recorded, proofs.length, sent]).to.deep.equal([[opening], 1, 1]);
  });

  it("proves a pinned window as it is asked", async () => {
    const free = ask(seed(3));
    const vector = ask(seed(3), { m: 13, root });
    expect(vector).not.to.deep.equal(free);
    accepts = true;
    await duty.onBlock(opening + 1n);
    expect(proofs.map(({ r }) => r)).to.deep.equal([pointOf(seed(3), vector)]);
    expect(proofs[0]!.index).to.deep.equal(vector.filter((_, i) => i % 2 === 1).map((p) => String(p % 8n ** 9n)));
  });

  it("proves anew when a reorganisation brought another seed, or took a pin away", async () => {
    const asked = [ask(seed(3), { m: 13, root })];
    await duty.onBlock(opening + 1n);
    asked.push(ask(seed(3)));
    await duty.onBlock(opening + 2n);
    asked.push(ask(seed(2)));
    accepts = true;
    await duty.onBlock(opening + 3n);
    expect(proofs.map(({ r }) => r)).to.deep.equal([
      pointOf(seed(3), asked[0]!),
      pointOf(seed(3), asked[1]!),
      pointOf(seed(2), asked[2]!),
    ]);
    expect(bench.answers.isProven).to.equal(true);
  });

  it("sends again when a reorganisation took the proven bit away", async () => {
    ask(seed(3));
    accepts = true;
    await duty.onBlock(opening + 1n);
    expect(sent).to.equal(1);
    const vector = ask(seed(2));
    await duty.onBlock(opening + 2n);
    expect(sent).to.equal(2);
    expect(proofs.at(-1)!.r).to.equal(pointOf(seed(2), vector));
  });

  it("makes no proof between windows", async () => {
    ask(seed(3));
    await duty.onBlock(opening);
    await duty.onBlock(opening + SCHEDULE.windowLength + 1n);
    expect(proofs).to.deep.equal([]);
  });
});
