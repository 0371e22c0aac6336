// `holdfast audit` on a whole life of a market, and on the same life told with a lie in it.

import { expect } from "chai";
import { encodeEventTopics, type Hex } from "viem";
import { spacetimeProofsAbi } from "../../../node/consensus/abi.ts";
import { type AuditReport, audit } from "../../../node/consensus/audit/audit.ts";
import { followedEvents } from "../../../node/consensus/audit/replay.ts";
import { eventsAbi, readEvents } from "../../../node/consensus/events.ts";
import { random } from "../../fixtures/random.ts";
import { runHoldfast } from "../../fixtures/run-holdfast.ts";
import { type Life, liveLife } from "./life.ts";
import { type Asked, alterWord, type Lie, type RawLog, type Tape, tapeOf } from "./tampering.ts";

const { word } = random("audit");
const randomWeight = () => BigInt(word()) >> 128n;
/** Proofs are believed from the first block on: for lies that have nothing to do with them. */
const BELIEVED = 2n ** 40n;

describe("audit", function () {
  this.timeout(300_000);
  let life: Life;
  let tape: Tape;

  before(async () => {
    life = await liveLife();
    tape = tapeOf(life.rpcUrl, life.market);
  });
  after(() => life.stop());

  const honest = async (from = 0n) => audit(await tape.chain(), { from, randomWeight });
  const told = async (lie: Lie, from = BELIEVED): Promise<AuditReport> =>
    audit(await tape.chain(lie), { from, randomWeight });

  it("closes the books over a life of deals, misses, failures, forfeits, vouchers and disputes", async () => {
    const report = await honest();
    expect(report.difference).to.equal(undefined);
    expect(report.closes).to.equal(true);
    expect(report.proofs).to.deep.equal({ verified: 5, believed: 0 });
    expect(Object.values(report.totals).reduce((sum, amount) => sum + amount, 0n)).to.equal(report.liabilities);
    const events = await readEvents(life.chain, { from: life.chain.fromBlock, to: report.to });
    const happened = new Set(events.map(({ eventName }) => eventName as string));
    const { followed } = followedEvents();
    expect(followed.filter((name) => !happened.has(name))).to.deep.equal([
      "ProfileUpdated",
      "AskUpdated",
      "LaneSuspended",
      "LaneResumed",
      "ReplicaPinned",
    ]);
  });

  it("comes to the same end however the history is cut", async () => {
    const whole = await honest();
    const cut = await audit(await tape.chain(), { randomWeight, stretch: 7n });
    expect(cut).to.deep.equal(whole);
  });

  it("believes the proofs before --from and verifies those after it", async () => {
    const proofs = await readEvents(life.chain, {
      from: life.chain.fromBlock,
      to: (await honest()).to,
      topics: encodeEventTopics({ abi: spacetimeProofsAbi, eventName: "SpacetimeProven" }) as Hex[],
    });
    expect((await honest(proofs[2]!.blockNumber)).proofs).to.deep.equal({ verified: 3, believed: 2 });
  });

  it("is a command that needs the chain's address only, and its exit code is the answer", async () => {
    const { code, stdout } = await runHoldfast(["audit", "--rpc", life.rpcUrl, "--from", "0"]);
    expect(stdout.split("\n")[0]).to.equal("books close");
    expect(stdout).to.include("5 proofs verified again").and.to.include("whoever made it can forge proofs");
    expect(code).to.equal(0);
    const json = await runHoldfast(["audit", "--rpc", life.rpcUrl, "--market", life.market, "--json"]);
    expect(JSON.parse(json.stdout)).to.include({ closes: true, listed: false, market: life.market });
    expect(json.code).to.equal(0);
  });

  it("says that there is no market where there is none", async () => {
    const { code, stderr } = await runHoldfast(["audit", "--rpc", life.rpcUrl, "--from", "100000"]);
    expect(stderr).to.include("MARKET_UNKNOWN").and.to.include("--market");
    expect(code).to.equal(1);
  });

  describe("finds", () => {
    let logs: RawLog[];

    before(async () => {
      await honest();
      logs = tape.asked().find(isOwnLogs)!.answer as RawLog[];
    });

    /** The question about the deployment's own events, whose answer is all of them. */
    const isOwnLogs = ({ method, params }: Asked) =>
      method === "eth_getLogs" && Array.isArray((params as [{ address: unknown }])[0].address);

    it("a payment that is told to be one unit higher, and says what it should be", async () => {
      const index = logs.findIndex((log) => NAMES.get(log.topics[0]!) === "SlotSettled");
      const altered = logs.with(index, alterWord(logs[index]!, { at: 1 }));
      const { closes, difference } = await told((asked) => (isOwnLogs(asked) ? altered : asked.answer));
      expect(closes).to.equal(false);
      expect(difference).to.deep.include({ event: "SlotSettled", transaction: logs[index]!.transactionHash });
      expect(BigInt(difference!.found) - BigInt(difference!.expected)).to.equal(1n);
    });
  });
});

const NAMES = new Map(
  eventsAbi.flatMap((item) => (item.type === "event" ? [[encodeEventTopics({ abi: [item] })[0], item.name]] : [])),
);
