import { expect } from "chai";
import type { Address, Hex } from "viem";
import { claimRewards } from "../../../node/application/duties/claim.ts";
import type { SlotClaim } from "../../../node/data/terms.ts";
import { type Bench, startBench, terms } from "./provider-bench.ts";

/** What the pool knows of the one replica here: windows settled of 40, and how far it is rewarded. */
interface Known {
  settled: number;
  status: number;
  rewardedTo: number;
  available: bigint;
  /** Whether it still is what fills its slot. */
  genuine: boolean;
}

describe("the claim duty", () => {
  let bench: Bench;
  let sent: number;
  let fails: boolean;
  let claim: SlotClaim;

  beforeEach(async () => {
    bench = await startBench();
    [sent, fails] = [0, false];
    const word = `0x${"11".repeat(32)}` as Hex;
    const provider = bench.provider.address;
    const client = `0x${"22".repeat(20)}` as Address;
    const offer = { provider, client, dealKey: word, slot: 0, generation: 0, root: word, dataRoot: word };
    const numbers = { m: 13, groups: 1, price: 1_000n, collateral: 0n, expiry: 0, epoch: 0n };
    claim = { client, salt: word, terms, offer: { ...offer, ...numbers }, firstWindow: 100 };
    const chain = bench.parts.chain as unknown as { addresses: object; publicClient: object };
    Object.assign(chain.addresses, { rewards: client });
    Object.assign(chain.publicClient, { call: async () => ({}), estimateGas: async () => 70_000n });
    const send = async () => {
      sent++;
      if (fails) throw new Error("refused");
      return { status: "success", transactionHash: word, blockNumber: 1n, gasUsed: 1n, logs: [] };
    };
    Object.assign(chain, { sender: { send } });
  });
  afterEach(async () => await bench.stop());

  async function claimed(known: Partial<Known>, replicas = 1): Promise<number> {
    const { settled = 20, status = 1, rewardedTo = 0, available = 10n ** 18n, genuine = true } = known;
    const stateOf = [genuine, { settled, end: 40, status, missesLeft: 3, generation: 0 }];
    Object.assign(bench.answers, { stateOf, rewardedTo, available, rewardPerWindow: 27n });
    await claimRewards(
      bench.parts,
      Array.from({ length: replicas }, () => claim),
    );
    return sent;
  }

  it("claims sixteen settled windows at a time", async () => {
    expect(await claimed({ settled: 15 })).to.equal(0);
    expect(await claimed({ settled: 16 })).to.equal(1);
    expect(await claimed({ settled: 31, rewardedTo: 116 })).to.equal(1);
    expect(await claimed({ settled: 32, rewardedTo: 116 })).to.equal(2);
  });

  it("claims whatever is left once no window comes any more", async () => {
    expect(await claimed({ settled: 40, rewardedTo: 139 })).to.equal(1);
    expect(await claimed({ settled: 3, status: 3 })).to.equal(2); // failed
    expect(await claimed({ settled: 40, rewardedTo: 140 })).to.equal(2);
  });

  it("asks nothing of a fund that cannot pay, and no more than it can", async () => {
    expect(await claimed({ available: 0n })).to.equal(0);
    expect(await claimed({ available: 20n * 27n - 1n })).to.equal(0);
    expect(await claimed({ available: 2n * 20n * 27n }, 3)).to.equal(2);
  });

  it("leaves a filling alone that is not in its slot any more", async () => {
    expect(await claimed({ settled: 40, genuine: false })).to.equal(0);
  });

  it("goes on with the others when one claim fails", async () => {
    fails = true;
    expect(await claimed({}, 3)).to.equal(3);
  });
});
