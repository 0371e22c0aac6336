/** Payers that are contracts: they sign by ERC-1271, and may spoil what they are asked. */
import { expect } from "chai";
import { encodeFunctionData, type Hex } from "viem";
import { given, networkHelpers, viem } from "./support/channels.ts";

const MOOD = { Honest: 0, Yes: 1, Reverts: 2, Burns: 3, Floods: 4 };

describe("attack: a payer that is a contract", () => {
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
