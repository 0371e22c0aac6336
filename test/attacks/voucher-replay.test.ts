/** A voucher used where, when or for what it was not signed. */
import { expect } from "chai";
import { type Hex, hexToBigInt, numberToHex, slice, zeroAddress } from "viem";
import type { signVoucher } from "../contracts/support/vouchers.ts";
import { given, networkHelpers } from "./support/channels.ts";

const SECP256K1_N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("attack: voucher replay", () => {
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
});
