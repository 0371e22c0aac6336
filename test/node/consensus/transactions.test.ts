import { expect } from "chai";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { connectChain } from "../../../node/consensus/chain.ts";
import { requestUnstake, stake, stakeOf } from "../../../node/consensus/registry.ts";
import { submitProof } from "../../../node/consensus/spacetime.ts";
import { balanceOf, transfer } from "../../../node/consensus/token.ts";
import { deposit, freeOf, withdraw } from "../../../node/consensus/vault.ts";
import { rejection } from "../../contracts/support/rejection.ts";
import { type LiveChain, liveChain, TOKEN } from "../../fixtures/live-chain.ts";

describe("transactions on a chain whose blocks come at an interval", () => {
  let live: LiveChain;
  before(async () => {
    live = await liveChain();
  });

  it("moves tokens into the vault in one transaction, by permit", async () => {
    const treasury = await live.connect(0);
    const chain = await live.connect(6);
    const { address } = chain.account;
    await transfer(treasury, address, 5n * TOKEN);
    const sent = await chain.publicClient.getTransactionCount({ address });
    await deposit(chain, 3n * TOKEN);
    expect(await chain.publicClient.getTransactionCount({ address })).to.equal(sent + 1);
    expect(await freeOf(chain, address)).to.equal(3n * TOKEN);
    expect(await balanceOf(chain, address)).to.equal(2n * TOKEN);
  });

  it("sends twelve transactions of one key at once, none of them lost or sent twice", async () => {
    const chain = await live.connectRich(7, 20n);
    const { address } = chain.account;
    const before = await chain.publicClient.getTransactionCount({ address });
    const amounts = Array.from({ length: 12 }, (_, i) => BigInt(i + 1));
    const written = await Promise.all(amounts.map((amount) => stake(chain, amount)));
    expect(new Set(written.map(({ hash }) => hash)).size).to.equal(12);
    expect(await stakeOf(chain, address)).to.equal(78n);
    expect(await chain.publicClient.getTransactionCount({ address })).to.equal(before + 12);
  });

  it("shares a key with another process without losing a transaction", async () => {
    const chain = await live.connectRich(15, 20n);
    const other = await live.connect(15); // a queue of its own, as another process has
    const amounts = Array.from({ length: 6 }, (_, i) => BigInt(i + 1));
    const results = await Promise.allSettled(amounts.flatMap((a) => [stake(chain, a), stake(other, 10n * a)]));
    const failures = results.flatMap((r) => (r.status === "rejected" ? [`${r.reason.code}: ${r.reason.message}`] : []));
    expect(failures).to.deep.equal([]);
    expect(await stakeOf(chain, chain.account.address)).to.equal(231n);
  });

  it("says what the contract refuses, with its values, before anything is sent", async () => {
    const chain = await live.connectRich(8, 1n);
    const { address } = chain.account;
    const before = await chain.publicClient.getTransactionCount({ address, blockTag: "pending" });
    const error = await rejection(withdraw(chain, 2n * TOKEN));
    expect(error.code).to.equal("CHAIN_REVERTED");
    expect(error.details).to.deep.include({
      errorName: "VaultInsufficientFree",
      args: { account: address, needed: 2n * TOKEN, free: TOKEN },
    });
    expect(error.message).to.match(/^[^\n]+\.$/);
    expect(await chain.publicClient.getTransactionCount({ address, blockTag: "pending" })).to.equal(before);
  });

  it("decodes an error of a contract further down", async () => {
    const chain = await live.connect(9);
    const error = await rejection(stake(chain, 1n)); // the registry asks the vault, which refuses
    expect(error.details).to.deep.include({ errorName: "VaultInsufficientFree" });
    const idle = await rejection(
      submitProof(chain, {
        provider: chain.account.address,
        window: 0,
        proof: [1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n],
        c: 1n,
      }),
    );
    expect(idle.code).to.equal("CHAIN_REVERTED");
    expect(idle.details.errorName).to.match(/^[A-Z]\w+$/);
  });

  it("fails alone when only one of two conflicting transactions can succeed", async () => {
    const chain = await live.connectRich(10, 3n);
    const results = await Promise.allSettled([withdraw(chain, 2n * TOKEN), withdraw(chain, 2n * TOKEN)]);
    const failures = results.flatMap((r) => (r.status === "rejected" ? [r.reason] : []));
    expect(failures).to.have.length(1);
    expect(failures[0].code).to.equal("CHAIN_REVERTED");
    expect(failures[0].details.errorName).to.equal("VaultInsufficientFree");
    await withdraw(chain, TOKEN); // and the queue goes on
    expect(await freeOf(chain, chain.account.address)).to.equal(0n);
  });

  it("simulates against the pending block, so a transaction may build on one that is not mined yet", async () => {
    const chain = await live.connectRich(11, 2n);
    const staking = stake(chain, TOKEN);
    await waitForPending(chain.account.address);
    await requestUnstake(chain, TOKEN); // reverts against the latest block: nothing is staked there
    await staking;
  });

  it("sends a transaction again that the server dropped", async () => {
    const chain = await live.connectRich(12, 2n);
    await live.request("evm_setIntervalMining", [0]);
    try {
      const staking = stake(chain, TOKEN);
      const hash = await waitForPending(chain.account.address);
      expect(await live.request("hardhat_dropTransaction", [hash])).to.equal(true);
      await waitForPending(chain.account.address);
      await live.request("evm_setIntervalMining", [1000]);
      expect((await staking).hash).to.equal(hash);
    } finally {
      await live.request("evm_setIntervalMining", [1000]);
    }
    expect(await stakeOf(chain, chain.account.address)).to.equal(TOKEN);
  });

  it("gives up with the transaction's hash when no block takes it in time", async () => {
    const chain = await live.connectRich(13, 2n);
    await live.request("evm_setIntervalMining", [0]);
    try {
      const error = await rejection(stake(chain, TOKEN, { timeout: 1_000 }));
      expect(error.code).to.equal("TX_TIMEOUT");
      expect(error.details.hash).to.match(/^0x[0-9a-f]{64}$/);
    } finally {
      await live.request("evm_setIntervalMining", [1000]);
    }
    await stake(chain, 1n); // takes the next nonce, not the one that is still waiting
    expect(await stakeOf(chain, chain.account.address)).to.equal(TOKEN + 1n);
  });

  it("says that a key cannot pay for gas", async () => {
    const { rpcUrl } = live.process;
    const account = privateKeyToAccount(generatePrivateKey());
    const chain = await connectChain({ rpcUrl, market: live.deployment.market, account });
    const error = await rejection(transfer(chain, account.address, 0n));
    expect(error.code).to.equal("NO_GAS_FUNDS");
  });

  async function waitForPending(from: string): Promise<string> {
    for (let tries = 0; tries < 200; tries++) {
      const pool = (await live.request("eth_pendingTransactions")) as { from: string; hash: string }[];
      const found = pool.find((transaction) => transaction.from === from.toLowerCase());
      if (found !== undefined) return found.hash;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("nothing is pending");
  }
});
