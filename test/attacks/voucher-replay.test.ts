import { expect } from "chai";
import { network } from "hardhat";
import { encodeFunctionData, type Hex, hexToBigInt, numberToHex, slice, zeroAddress } from "viem";
import { revertNameOf } from "../contracts/support/reverts.ts";
import { deployChannels, signVoucher, type Voucher } from "../contracts/support/vouchers.ts";

const { viem, networkHelpers } = await network.create();
const DELAY = 20n;
const SECP256K1_N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const MOOD = { Honest: 0, Yes: 1, Reverts: 2, Burns: 3, Floods: 4 };

/** Channels of 1,000 from the payer to the provider and to another one, and from another payer to the provider. */
async function given() {
  const system = await deployChannels(viem, DELAY);
  const { token, vault, channels, domain } = system;
  const [, payer, provider, other, outsider] = (await viem.getWalletClients()) as [
    Wallet,
    Wallet,
    Wallet,
    Wallet,
    Wallet,
  ];
  const as = (wallet: Wallet) => ({ account: wallet.account });
  await token.write.approve([vault.address, 10n ** 20n]);
  for (const wallet of [payer, other]) await vault.write.depositFor([wallet.account.address, 10_000n]);
  const [from, to] = [payer.account.address, provider.account.address];
  await channels.write.fund(
    [
      [to, other.account.address],
      [1_000n, 1_000n],
    ],
    as(payer),
  );
  await channels.write.fund([[to], [1_000n]], as(other));
  const sign = (changes: Partial<Voucher> = {}, signer = payer, at = domain) =>
    signVoucher(signer, at, { payer: from, provider: to, epoch: 0n, cumulative: 500n, ...changes });
  const free = (wallet: Wallet) => vault.read.freeOf([wallet.account.address]);
  const redeem = (...vouchers: Awaited<ReturnType<typeof sign>>[]) => channels.write.redeem([vouchers], as(outsider));
  return { ...system, payer, provider, other, outsider, as, from, to, sign, free, redeem };
}
type Wallet = Awaited<ReturnType<typeof viem.getWalletClients>>[number];

describe("attacks on payment channels", () => {
  describe("a voucher used elsewhere pays nothing", () => {
    const cases: Record<
      string,
      (system: Awaited<ReturnType<typeof given>>) => Promise<Awaited<ReturnType<typeof signVoucher>>>
    > = {
      "for another provider": async ({ sign, other }) => {
        const { voucher, signature } = await sign();
        return { voucher: { ...voucher, provider: other.account.address }, signature };
      },
      "from another payer's channel": async ({ sign, other }) => {
        const { voucher, signature } = await sign();
        return { voucher: { ...voucher, payer: other.account.address }, signature };
      },
      "for a larger amount": async ({ sign }) => {
        const { voucher, signature } = await sign();
        return { voucher: { ...voucher, cumulative: 501n }, signature };
      },
      "of a later epoch": async ({ sign }) => sign({ epoch: 1n }),
      "on another chain": async ({ sign, payer, domain }) => sign({}, payer, { ...domain, chainId: 1 }),
      "in another contract": async ({ sign, payer, domain, vault }) =>
        sign({}, payer, { ...domain, verifyingContract: vault.address }),
      "under another version": async ({ sign, payer, domain }) => sign({}, payer, { ...domain, version: "2" }),
      "signed by the provider itself": async ({ sign, provider }) => sign({}, provider),
    };
    for (const [name, make] of Object.entries(cases)) {
      it(name, async () => {
        const system = await networkHelpers.loadFixture(given);
        const { vault, provider, other, free, redeem } = system;
        await redeem(await make(system));
        expect(await free(provider)).to.equal(0n);
        expect(await free(other)).to.equal(9_000n);
        expect(await vault.read.totalOf([5])).to.equal(3_000n);
      });
    }

    it("and does pay where it belongs", async () => {
      const { sign, provider, free, redeem } = await networkHelpers.loadFixture(given);
      await redeem(await sign());
      expect(await free(provider)).to.equal(500n);
    });

    it("after its channel closed, though that is open again", async () => {
      const { channels, as, payer, provider, from, to, sign, free, redeem } = await networkHelpers.loadFixture(given);
      const voucher = await sign();
      await channels.write.closeAsProvider([from], as(provider));
      await redeem(voucher);
      await channels.write.fund([[to], [1_000n]], as(payer));
      await redeem(voucher);
      expect(await free(provider)).to.equal(0n);
      await redeem(await sign({ epoch: 1n, cumulative: 20n }));
      expect(await free(provider)).to.equal(20n);
    });
  });

  describe("a payer that wants its money back", () => {
    it("cannot shorten the delay by topping up, which cancels the close", async () => {
      const { channels, as, payer, provider, from, to, sign, free, redeem } = await networkHelpers.loadFixture(given);
      await channels.write.startClose([to], as(payer));
      await networkHelpers.mine(DELAY);
      await channels.write.fund([[to], [500n]], as(payer));
      expect(await revertNameOf(channels.write.close([to], as(payer)))).to.equal("ChannelNotClosing");
      await redeem(await sign({ cumulative: 1_500n }));
      expect(await free(provider)).to.equal(1_500n);
      expect((await channels.read.channelOf([from, to])).closableAt).to.equal(0);
    });

    it("has to start the whole delay again in the next life of a channel", async () => {
      const { channels, as, payer, to } = await networkHelpers.loadFixture(given);
      await channels.write.startClose([to], as(payer));
      await networkHelpers.mine(DELAY);
      await channels.write.close([to], as(payer));
      await channels.write.fund([[to], [500n]], as(payer));
      expect(await revertNameOf(channels.write.close([to], as(payer)))).to.equal("ChannelNotClosing");
    });

    it("gets nothing that the provider redeemed in the same block before it", async () => {
      const { channels, publicClient, as, payer, provider, outsider, to, sign, free } =
        await networkHelpers.loadFixture(given);
      const signed = await sign({ cumulative: 800n });
      await channels.write.startClose([to], as(payer));
      await networkHelpers.mine(DELAY - 1n);
      const testClient = await viem.getTestClient();
      await testClient.setAutomine(false);
      try {
        const redeemed = await channels.write.redeem([[signed]], {
          ...as(outsider),
          gas: 300_000n,
          maxPriorityFeePerGas: 10n ** 9n,
        });
        const closed = await channels.write.close([to], { ...as(payer), gas: 300_000n, maxPriorityFeePerGas: 1n });
        await testClient.mine({ blocks: 1 });
        const receipts = await Promise.all(
          [redeemed, closed].map((hash) => publicClient.getTransactionReceipt({ hash })),
        );
        expect(receipts.map((receipt) => receipt.status)).to.deep.equal(["success", "success"]);
        expect(receipts[0]!.blockNumber).to.equal(receipts[1]!.blockNumber);
      } finally {
        await testClient.setAutomine(true);
      }
      expect(await free(provider)).to.equal(800n);
      expect(await free(payer)).to.equal(8_200n);
    });

    it("cannot close a channel that is somebody else's", async () => {
      const { channels, as, outsider, to, from } = await networkHelpers.loadFixture(given);
      expect(await revertNameOf(channels.write.startClose([to], as(outsider)))).to.equal("ChannelEmpty");
      expect(await revertNameOf(channels.write.closeAsProvider([from], as(outsider)))).to.equal("ChannelEmpty");
    });
  });

  describe("a signature that is not quite one pays nothing", () => {
    const bent: Record<string, (signature: Hex) => Hex> = {
      "its mirror image with a high s": (signature) => {
        const s = SECP256K1_N - hexToBigInt(slice(signature, 32, 64));
        const v = signature.endsWith("1b") ? "1c" : "1b";
        return `${slice(signature, 0, 32)}${numberToHex(s, { size: 32 }).slice(2)}${v}` as Hex;
      },
      "all zeros": () => `0x${"00".repeat(65)}`,
      "one byte short": (signature) => slice(signature, 0, 64),
      "one byte long": (signature) => `${signature}00`,
    };
    for (const [name, bend] of Object.entries(bent)) {
      it(name, async () => {
        const { sign, provider, free, redeem } = await networkHelpers.loadFixture(given);
        const { voucher, signature } = await sign();
        await redeem({ voucher, signature: bend(signature) });
        expect(await free(provider)).to.equal(0n);
        await redeem({ voucher, signature });
        expect(await free(provider)).to.equal(500n);
      });
    }

    it("a garbled one in the name of nobody, whom a failed recovery would name", async () => {
      const { sign, provider, free, redeem } = await networkHelpers.loadFixture(given);
      const { voucher } = await sign({ payer: zeroAddress });
      await redeem({ voucher, signature: `0x${"00".repeat(65)}` });
      expect(await free(provider)).to.equal(0n);
    });
  });

  describe("a payer that is a contract", () => {
    /** A wallet contract of the payer's, with a channel of 1,000 to the provider. */
    async function withWallet() {
      const system = await given();
      const { channels, vault, payer, to } = system;
      const wallet = await viem.deployContract("WalletMock", [payer.account.address]);
      await vault.write.depositFor([wallet.address, 1_000n]);
      const fund = encodeFunctionData({ abi: channels.abi, functionName: "fund", args: [[to], [1_000n]] });
      await wallet.write.perform([channels.address, fund]);
      return { ...system, wallet };
    }

    it("pays by what its isValidSignature says", async () => {
      const { wallet, sign, provider, outsider, free, redeem } = await networkHelpers.loadFixture(withWallet);
      await redeem(await sign({ payer: wallet.address }, outsider));
      expect(await free(provider)).to.equal(0n);
      await redeem(await sign({ payer: wallet.address }));
      expect(await free(provider)).to.equal(500n);
    });

    for (const mood of ["Reverts", "Burns"] as const) {
      it(`stops nobody else's voucher in the batch when it ${mood.toLowerCase()}`, async () => {
        const { wallet, sign, provider, free, redeem } = await networkHelpers.loadFixture(withWallet);
        await wallet.write.turn([MOOD[mood]]);
        await redeem(await sign({ payer: wallet.address }), await sign());
        expect(await free(provider)).to.equal(500n);
      });
    }

    for (const mood of ["Burns", "Floods"] as const) {
      it(`costs the caller no more than the cap when it ${mood.toLowerCase()}`, async () => {
        const { publicClient, wallet, sign, redeem } = await networkHelpers.loadFixture(withWallet);
        const gasOf = async (hash: Hex) => (await publicClient.getTransactionReceipt({ hash })).gasUsed;
        const calm = await gasOf(await redeem(await sign({ payer: wallet.address, cumulative: 1n })));
        await wallet.write.turn([MOOD[mood]]);
        const wild = await gasOf(await redeem(await sign({ payer: wallet.address, cumulative: 2n })));
        expect(wild - calm < 200_000n).to.equal(true, `${wild - calm} more`);
      });
    }

    it("still signs with its key if it is an account that delegates to code", async () => {
      const { from, wallet, publicClient, sign, provider, free, redeem } = await networkHelpers.loadFixture(withWallet);
      await networkHelpers.setCode(from, (await publicClient.getCode({ address: wallet.address }))!);
      await redeem(await sign());
      expect(await free(provider)).to.equal(500n);
    });

    it("spends only its own channel, whatever it says yes to", async () => {
      const { wallet, vault, sign, provider, free, redeem } = await networkHelpers.loadFixture(withWallet);
      await wallet.write.turn([MOOD.Yes]);
      await redeem(await sign({ payer: wallet.address, cumulative: 10n ** 18n }));
      expect(await free(provider)).to.equal(1_000n);
      expect(await vault.read.totalOf([5])).to.equal(3_000n);
    });
  });

  it("redeems a voucher again for at most 60,000 gas", async () => {
    const { publicClient, sign, redeem } = await networkHelpers.loadFixture(given);
    await redeem(await sign({ cumulative: 100n }));
    const hash = await redeem(await sign({ cumulative: 200n }));
    const { gasUsed } = await publicClient.getTransactionReceipt({ hash });
    expect(gasUsed <= 60_000n).to.equal(true, `${gasUsed} gas`);
  });
});
