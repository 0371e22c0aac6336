import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { keccak256, zeroAddress } from "viem";
import { writeConfig } from "../../../node/application/daemon-config.ts";
import { leaveMarket } from "../../../node/application/leaving.ts";
import { toHex } from "../../../node/common/hex.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { type Replica, replicasOf } from "../../../node/consensus/deals.ts";
import { readEvents } from "../../../node/consensus/events.ts";
import { createKeystore } from "../../../node/consensus/keystore.ts";
import { openDeal } from "../../../node/consensus/market.ts";
import { isRegistered, providerOf } from "../../../node/consensus/registry.ts";
import { balanceOf } from "../../../node/consensus/token.ts";
import { freeOf } from "../../../node/consensus/vault.ts";
import { dealKeyOf, type Terms } from "../../../node/data/terms.ts";
import { defaultDemands } from "../../../node/incentive/admission.ts";
import { type LiveChain, liveChain, TOKEN } from "../../fixtures/live-chain.ts";
import { joinAsProvider, offerFrom, PRICE, proveWindows } from "../../fixtures/mock-deal.ts";
import { runHere } from "../../fixtures/run-here.ts";

const WINDOWS = 3;

describe("an operator that pauses and leaves", function () {
  this.timeout(240_000);
  let live: LiveChain;
  let folder: string;
  let options: string[];
  let provider: SigningChain;
  let me: `0x${string}`;

  before(async () => {
    live = await liveChain();
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-leave-"));
    const passwordFile = path.join(folder, "password");
    await writeFile(passwordFile, "a password\n", { mode: 0o600 });
    const { privateKey } = live.account(19).getHdKey();
    await createKeystore(path.join(folder, "keystore.json"), "a password", toHex(privateKey!));
    provider = await live.connectRich(19, 2n);
    me = provider.account.address;
    await joinAsProvider(provider);
    const { ask } = await providerOf(provider, me);
    await writeConfig(folder, {
      ...{ rpcUrl: live.process.rpcUrl, market: live.deployment.market, chainId: provider.chainId, ask },
      ...{ listen: "/ip4/127.0.0.1/tcp/1", statusPort: 1, proverDir: folder, region: "", capacity: 2n ** 30n },
      ...{ demands: defaultDemands, commitWorkers: 1, settleEvery: 8 },
    });
    options = ["--home", folder, "--password-file", passwordFile];
  });
  after(() => rm(folder, { recursive: true }));

  const run = async (verb: string, ...more: string[]) => {
    type Answer = Partial<Record<"waitsFor" | "untilBlock" | "stake" | "withdrawn", string>>;
    const { code, stderr, answer } = await runHere<Answer>(["provider", verb, ...more, ...options]);
    return { code, stderr, ...answer };
  };
  const accepting = async () => {
    const config = JSON.parse(await readFile(path.join(folder, "config.json"), "utf8")) as {
      ask: { accepting: boolean };
    };
    return { registry: (await providerOf(provider, me)).ask.accepting, config: config.ask.accepting };
  };

  it("takes nothing new while it is paused, in the registry and in what its daemon starts with", async () => {
    const { offerEpoch } = await providerOf(provider, me);
    expect(await run("pause", "--revoke")).to.include({ code: 0, changed: true, revoked: true });
    expect(await accepting()).to.deep.equal({ registry: false, config: false });
    expect((await providerOf(provider, me)).offerEpoch).to.equal(offerEpoch + 1n);
    expect(await run("pause")).to.include({ code: 0, changed: false });
    expect(await run("resume")).to.include({ code: 0, changed: true });
    expect(await accepting()).to.deep.equal({ registry: true, config: true });
  });

  it("keeps what it is paid to keep, and is out with everything it put in once that is over", async () => {
    const client = await live.connectRich(4, 1n);
    await openOneSlotDeal(client, provider);
    const owned = await balanceOf(provider, me);
    const first = await run("leave");
    expect(first).to.include({ code: 3, left: false, waitsFor: "1 replicas that it is paid to keep" });
    expect(await accepting()).to.deep.equal({ registry: false, config: false });
    // Its windows are proven as ever: the first of them follows from the block of the deal.
    const [{ firstWindow }] = (await replicasOf(provider, me)) as [Replica];
    await proveWindows(live, provider, firstWindow, firstWindow + WINDOWS);
    // The same call as the command's, without a key to decrypt each time.
    const waits = new Set<string>();
    for (;;) {
      const { left, waitsFor, untilBlock } = await leaveMarket(provider, folder);
      if (left) break;
      waits.add(waitsFor!);
      const blocks = untilBlock! - (await provider.publicClient.getBlockNumber()) + 1n;
      if (blocks > 0n) await live.mine(blocks);
    }
    const others = [...waits].filter((wait) => wait !== "an open window to close");
    expect(others).to.deep.equal([first.waitsFor, "its stake"]);
    expect(await isRegistered(provider, me)).to.equal(false);
    expect(await freeOf(provider, me)).to.equal(0n);
    // Two tokens came in, of them one as stake; what was proven was paid, and what a busy machine missed was burned.
    const events = await readEvents(provider, { from: 0n, to: await provider.publicClient.getBlockNumber() });
    let [proven, burned] = [0n, 0n];
    for (const { eventName, args } of events) {
      if (eventName === "SlotSettled" && args.provider === me) proven += BigInt(args.proven);
      if (eventName === "StakeSlashed" && args.provider === me) burned += args.burned + args.reward;
    }
    expect(proven > 0n).to.equal(true);
    expect((await balanceOf(provider, me)) - owned).to.equal(2n * TOKEN + proven * PRICE - burned);
    expect(await run("leave")).to.include({ code: 0, left: true, withdrawn: "0" });
    expect((await run("pause")).stderr).to.contain("(NOT_REGISTERED)");
  });

  async function openOneSlotDeal(client: SigningChain, seller: SigningChain): Promise<void> {
    const terms: Terms = {
      ...{ slots: 1, threshold: 1, minChallenges: 1, windows: WINDOWS, maxMisses: 3, coolingOff: 0, minWindows: 0 },
      ...{ cancelFeeWindows: 0, steward: zeroAddress },
    };
    const salt = keccak256("0x05");
    const dealKey = dealKeyOf(client.account.address, salt, terms);
    const offer = await offerFrom(seller, { client: client.account.address, dealKey, slot: 0 }, 1n);
    await openDeal(client, { salt, terms, headerHash: keccak256("0x06"), minSlots: 1, maxPayment: TOKEN }, [offer]);
  }
});
