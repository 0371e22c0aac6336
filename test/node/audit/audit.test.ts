// `holdfast audit` on a whole life of a market, and on the same life told with a lie in it.

import { expect } from "chai";
import { encodeEventTopics, type Hex, toFunctionSelector } from "viem";
import { spacetimeProofsAbi, vaultAbi } from "../../../node/consensus/abi.ts";
import { type AuditReport, audit, replayChain } from "../../../node/consensus/audit/audit.ts";
import type { Difference } from "../../../node/consensus/audit/difference.ts";
import { followedEvents } from "../../../node/consensus/audit/replay.ts";
import { checkState } from "../../../node/consensus/audit/state-check.ts";
import { dealOf } from "../../../node/consensus/deals.ts";
import { eventsAbi, type HoldfastLog, readEvents } from "../../../node/consensus/events.ts";
import { eventsOfDeal } from "../../../node/interface/client/deal-events.ts";
import { wordsOf as wordsForHistory } from "../../../node/interface/client/event-words.ts";
import { rejection } from "../../contracts/support/rejection.ts";
import { random } from "../../fixtures/random.ts";
import { runHoldfast } from "../../fixtures/run-holdfast.ts";
import { liveLife, PROOFS } from "./life.ts";
import type { Stage } from "./stage.ts";
import { type Asked, alterHex, alterWord, type Lie, type RawLog, type Tape, tapeOf, wordsOf } from "./tampering.ts";

const { word } = random("audit");
const randomWeight = () => BigInt(word()) >> 128n;
/** Proofs are believed from the first block on: for lies that have nothing to do with them. */
const BELIEVED = 2n ** 40n;

describe("audit", function () {
  this.timeout(process.env.HOLDFAST_LONG === "1" ? 3_600_000 : 600_000);
  let life: Stage;
  let tape: Tape;
  let events: readonly HoldfastLog[];

  before(async () => {
    life = await liveLife();
    tape = await tapeOf(life.rpcUrl, life.market);
    events = await readEvents(life.chain, { from: life.chain.fromBlock, to: await life.block() });
  });
  after(() => life?.stop());

  const honest = async (from = 0n) => {
    tape.tell();
    return audit(tape.chain, { from, randomWeight });
  };
  const told = async (lie: Lie, from = 0n): Promise<AuditReport> => {
    tape.tell(lie);
    return audit(tape.chain, { from, randomWeight });
  };

  it("closes the books over a life in which every event happens", async () => {
    const report = await honest();
    expect(report.difference).to.equal(undefined);
    expect(report.closes).to.equal(true);
    expect(report.proofs).to.deep.equal({ verified: PROOFS, believed: 0 });
    expect(Object.values(report.totals).reduce((sum, amount) => sum + amount, 0n)).to.equal(report.liabilities);
    const happened = new Set(events.map(({ eventName }) => eventName as string));
    const { followed, unknown } = followedEvents();
    expect(unknown, "events that no audit follows").to.deep.equal([]);
    expect(followed.filter((name) => !happened.has(name))).to.deep.equal([]);
  });

  it("leaves out of no deal's history what happened to it, and has words for all of it", async () => {
    const opened = events.flatMap((log) => (log.eventName === "DealOpened" ? [log.args.dealKey] : []));
    const told = new Set<string>();
    for (const dealKey of opened) {
      for (const log of await eventsOfDeal(life.chain, await dealOf(life.chain, dealKey))) {
        told.add(log.eventName);
        expect(wordsForHistory(log), log.eventName).to.not.match(/^[a-z]+ [a-z]+$/);
      }
    }
    // What is about providers, their lanes and empty space, the vault and the reference price belongs to no deal.
    const elsewhere =
      /^(?:Ask|Burn|Capacity|Deposited|Lane|Locked|Misses|Offers|Operator|Paused|Pool|Profile|Provider(?!Unfit)|Randomness|Reference|Released|Sector|Shifted|Spacetime|Stake|Unpaused|Unstake|Withdrawn)/;
    expect(followedEvents().followed.filter((name) => !told.has(name) && !elsewhere.test(name))).to.deep.equal([]);
  });

  it("comes to the same end however the history is cut", async () => {
    const whole = await honest();
    expect(await audit(tape.chain, { randomWeight, stretch: 131n })).to.deep.equal(whole);
  });

  it("believes the proofs before --from and verifies those after it", async () => {
    const proofs = events.filter(({ eventName }) => eventName === "SpacetimeProven");
    expect((await honest(proofs[2]!.blockNumber)).proofs).to.deep.equal({ verified: PROOFS - 2, believed: 2 });
  });

  it("is a command that needs the chain's address only, and its exit code is the answer", async () => {
    const { code, stdout } = await runHoldfast(["audit", "--rpc", life.rpcUrl, "--from", "0"]);
    expect(stdout.split("\n")[0]).to.equal("books close");
    expect(stdout).to.include(`${PROOFS} proofs verified again`).and.to.include("whoever made it can forge proofs");
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

  describe("finds, when the server lies,", () => {
    let logs: RawLog[];

    before(async () => {
      await honest();
      logs = tape.asked().find(isOwnLogs)!.answer as RawLog[];
    });

    /** The question about the deployment's own events, whose answer is all of them. */
    const isOwnLogs = ({ method, params }: Asked) =>
      method === "eth_getLogs" && Array.isArray((params as [{ address: unknown }])[0].address);
    const tellLogs =
      (changed: readonly RawLog[]): Lie =>
      (asked) =>
        isOwnLogs(asked) ? changed : asked.answer;
    /** What a lie about the events brings; an answer that cannot even be read is found too. */
    const found = async (changed: readonly RawLog[]): Promise<boolean> =>
      !(await told(tellLogs(changed), BELIEVED).catch(() => ({ closes: false }))).closes;

    it("a payment that is one window too much, and says what it should be", async () => {
      const index = logs.findIndex((log) => NAMES.get(log.topics[0]!) === "VoucherRedeemed");
      const altered = logs.with(index, alterWord(logs[index]!, { at: 2 }));
      const { closes, difference } = await told(tellLogs(altered), BELIEVED);
      expect(closes).to.equal(false);
      expect(difference).to.deep.include({ event: "VoucherRedeemed", transaction: logs[index]!.transactionHash });
      expect(difference!.block).to.equal(BigInt(logs[index]!.blockNumber));
      expect([difference!.expected, difference!.found]).to.deep.equal(["300", "301"]);
    });

    it("any word of any kind of event", async () => {
      const missed: string[] = [];
      for (const [name, i] of kindsOf(logs)) {
        const log = logs[i]!;
        const words = wordsOf(log).filter(({ at }) => at === undefined || at !== SENDERS.get(name));
        for (const place of sample(words.slice(0, MOST_WORDS))) {
          if (!(await found(logs.with(i, alterWord(log, place))))) missed.push(`${name} ${JSON.stringify(place)}`);
        }
      }
      expect(missed).to.deep.equal([]);
    });

    it("any kind of event left out, or told twice", async () => {
      const missed: string[] = [];
      for (const [name, i] of kindsOf(logs)) {
        const twice = REPEATABLE.has(name) ? [] : [logs.toSpliced(i, 0, logs[i]!)];
        for (const [n, changed] of sample([logs.toSpliced(i, 1), ...twice]).entries()) {
          if (!(await found(changed))) missed.push(`${name} ${n}`);
        }
      }
      expect(missed).to.deep.equal([]);
    });

    it("any word of any kind of state", async () => {
      tape.tell();
      const { books, to } = await replayChain(tape.chain, { from: BELIEVED, randomWeight });
      expect(await checkState(tape.chain, books, to)).to.equal(undefined);
      const calls = callsAt(tape.asked(), to);
      const missed: string[] = [];
      for (const { params, answer } of calls) {
        const words = Array.from({ length: Math.floor(((answer as Hex).length - 2) / 64) }, (_, i) => i);
        for (const i of sample(words)) {
          const lies = [alterHex(answer as Hex, i), alterTop(answer as Hex, i)]; // short bytes are on the left of their word
          const differences: unknown[] = [];
          for (const lie of lies) {
            tape.tell((asked) => (JSON.stringify(asked.params) === JSON.stringify(params) ? lie : asked.answer));
            differences.push(await checkState(tape.chain, books, to).catch(() => "unreadable"));
          }
          const name = nameOfCall((params as [{ data: Hex }])[0].data);
          if (differences.every((one) => one === undefined)) missed.push(`${name} ${i}`);
        }
      }
      expect(calls.length).to.be.greaterThan(20);
      expect(missed).to.deep.equal([]);
    });

    for (const event of ["SpacetimeProven", "CapacityProven"] as const) {
      it(`a proof with another word, another digest, or none at all, of ${event}`, async () => {
        const proof = events.find(({ eventName }) => eventName === event)!;
        const alterInput = (change: (input: Hex) => Hex): Lie => {
          return ({ method, params, answer }) => {
            if (method !== "eth_getTransactionByHash" || (params as [Hex])[0] !== proof.transactionHash) return answer;
            const transaction = answer as { input: Hex };
            return { ...transaction, input: change(transaction.input) };
          };
        };
        // Behind the selector: provider, window, eight words of the proof, the digest.
        const wordAt = (i: number) => (input: Hex) =>
          `${input.slice(0, 10)}${alterHex(`0x${input.slice(10)}`, i).slice(2)}` as Hex;
        for (let i = 2; i < 11; i++) {
          const { difference } = await told(alterInput(wordAt(i)));
          expect(difference, `word ${i}`).to.include({ event, found: "false" });
          expect(difference!.transaction).to.equal(proof.transactionHash);
        }
        // The trace tells of calls that the calldata hides, so that it has to lie as well.
        const silent = alterInput(() => "0x");
        const { difference } = await told((asked) =>
          asked.method === "debug_traceTransaction" ? null : silent(asked),
        );
        expect(difference).to.include({ event, found: "none" });
      });
    }

    it("another seed than the chain's", async () => {
      const asked = tape.asked().filter(({ method }) => method === "eth_getBlockByNumber");
      let lies = 0;
      const differences: (Difference | undefined)[] = [];
      for (const { params } of asked.slice(0, 3)) {
        const lie: Lie = (one) => {
          if (one.method !== "eth_getBlockByNumber" || JSON.stringify(one.params) !== JSON.stringify(params))
            return one.answer;
          lies++;
          return { ...(one.answer as object), hash: alterHex((one.answer as { hash: Hex }).hash, 0) };
        };
        differences.push((await told(lie)).difference);
      }
      expect(lies).to.be.greaterThan(0);
      expect(differences.filter((one) => one?.found === "false").length).to.be.at.least(2);
    });

    it("tokens that leave the vault without a word", async () => {
      const withdrawal = events.find(({ eventName }) => eventName === "Withdrawn")!;
      const isTransfers = ({ method, params }: Asked) =>
        method === "eth_getLogs" && !isOwnLogs({ method, params } as Asked);
      const { difference } = await told((asked) => {
        if (!isTransfers(asked)) return asked.answer;
        const told = asked.answer as RawLog[];
        return told.map((log) =>
          log.transactionHash === withdrawal.transactionHash ? alterWord(log, { at: 0 }) : log,
        );
      }, BELIEVED);
      expect(difference).to.include({ event: "Withdrawn" });
      expect(difference!.what).to.include("tokens sent to");
    });

    it("a verifier that shows another key than the one it is known by", async () => {
      const selector = toFunctionSelector("verifyingKey()");
      tape.tell((asked) =>
        asked.method === "eth_call" && (asked.params as [{ data: Hex }])[0].data.startsWith(selector)
          ? alterHex(asked.answer as Hex, 0)
          : asked.answer,
      );
      expect((await rejection(audit(tape.chain, { randomWeight }))).code).to.equal("VERIFIER_MISMATCH");
    });

    it("an event of a kind that no contract has", async () => {
      const strange = { ...logs[100]!, topics: [word()] };
      const { difference } = await told(tellLogs(logs.with(100, strange)), BELIEVED);
      expect(difference).to.include({ expected: "an event of this release" });
    });
  });
});

const NAMES = new Map(
  eventsAbi.flatMap((item) => (item.type === "event" ? [[encodeEventTopics({ abi: [item] })[0], item.name]] : [])),
);
/** They bind nobody: reasons for what did not happen, and who may pause new deals. */
const UNBOUND: ReadonlySet<string> = new Set(["SlotSkipped", "AuthorityUpdated"]);
/** Words of data that bind nobody either: who sent a proof, which is its provider's whoever sends it. */
const SENDERS: ReadonlyMap<string, number> = new Map([
  ["SpacetimeProven", 0],
  ["CapacityProven", 1],
]);
/** Told again, they say the same. */
const REPEATABLE: ReadonlySet<string> = new Set(["ProfileUpdated", "AskUpdated", "ClientHeard", "SectorsKept"]);
/** Of each event: those with a group in them are long. */
const MOST_WORDS = 40;

/** All of them in the long run, one of them otherwise. */
function sample<one>(all: readonly one[]): one[] {
  if (process.env.HOLDFAST_LONG === "1" || all.length === 0) return [...all];
  return [all[Number(BigInt(word()) % BigInt(all.length))]!];
}

/** The first event of every kind, by name. */
function kindsOf(logs: readonly RawLog[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [i, log] of logs.entries()) {
    const name = NAMES.get(log.topics[0]!)!;
    if (!found.has(name) && !UNBOUND.has(name)) found.set(name, i);
  }
  return found;
}

/** The last call of every kind at a block. */
function callsAt(asked: readonly Asked[], block: bigint): Asked[] {
  const found = new Map<string, Asked>();
  for (const one of asked) {
    if (one.method !== "eth_call") continue;
    const [{ to, data }, at] = one.params as [{ to: Hex; data: Hex }, Hex];
    if (at.startsWith("0x") && BigInt(at) === block) found.set(`${to} ${data.slice(0, 10)}`, one);
  }
  return [...found.values()];
}

/** Hex of whole words with the highest bit of one of them changed. */
function alterTop(hex: Hex, index: number): Hex {
  const at = 2 + 64 * index;
  return `${hex.slice(0, at)}${(Number.parseInt(hex[at]!, 16) ^ 8).toString(16)}${hex.slice(at + 1)}` as Hex;
}

function nameOfCall(data: Hex): string {
  const known = [...vaultAbi, ...spacetimeProofsAbi].find(
    (item) => item.type === "function" && toFunctionSelector(item) === data.slice(0, 10),
  );
  return known?.type === "function" ? known.name : data.slice(0, 10);
}
