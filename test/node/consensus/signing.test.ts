import { expect } from "chai";
import type { Address, Hex } from "viem";
import {
  concat,
  hashTypedData,
  numberToHex,
  parseSignature,
  serializeCompactSignature,
  signatureToCompactSignature,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { hashVoucher } from "../../../node/consensus/channels.ts";
import { hashOffer } from "../../../node/consensus/market.ts";
import {
  type Domains,
  type MessageKind,
  type Messages,
  recoverSigner,
  signMessage,
  typedData,
  verifyMessage,
} from "../../../node/consensus/signing.ts";
import { liveChain } from "../../fixtures/live-chain.ts";

const provider: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const client: Address = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const dealKey: Hex = `0x${"d1".repeat(32)}`;
const root: Hex = `0x${"02".repeat(32)}`;
const size = { m: 13, groups: 16 };
const place = { dealKey, slot: 3, generation: 1 };

const offer = { provider, client, ...place, root, dataRoot: root, ...size, price: 5n, collateral: 100n };

const messages: Messages = {
  Quote: {
    provider,
    client,
    ...size,
    windows: 20,
    price: 5n,
    collateral: 100n,
    retrievalPrice: 7n,
    expiry: 99,
    epoch: 2n,
  },
  Upload: { provider, client, ...place, ...size, expiry: 99 },
  Commitment: { provider, ...place, root, dataRoot: root, ...size },
  Offer: { ...offer, expiry: 99, epoch: 2n },
  SlotTable: { dealKey, digest: root },
  Extension: { offer: { ...offer, expiry: 99, epoch: 2n }, until: 120 },
  HandOver: { offerHash: root, expiry: 99, epoch: 2n },
  Voucher: { payer: client, provider, epoch: 1n, cumulative: 10n ** 20n },
};
const kinds = Object.keys(messages) as MessageKind[];

const account = privateKeyToAccount(`0x${"11".repeat(32)}`);
const stranger = privateKeyToAccount(`0x${"22".repeat(32)}`);
const domain = (name: string, verifyingContract: Address) =>
  ({ name, version: "1", chainId: 31337, verifyingContract }) as const;
const domains: Domains = {
  marketDomain: domain("Holdfast StorageMarket", provider),
  channelsDomain: domain("Holdfast PaymentChannels", client),
};

/** The same message with each of its fields changed, one by one; of a message in it, the first. */
function mutations(message: object): object[] {
  return Object.entries(message).map(([field, value]) => {
    const other =
      typeof value === "bigint"
        ? value + 1n
        : typeof value === "number"
          ? value + 1
          : typeof value === "object"
            ? mutations(value)[0]
            : value.replace(/.$/, (c: string) => (c === "1" ? "2" : "1")).toLowerCase();
    return { ...message, [field]: other };
  });
}

describe("signMessage and verifyMessage", () => {
  for (const kind of kinds) {
    it(`binds every field of a ${kind} to its signer`, async () => {
      const message = messages[kind];
      const signature = await signMessage(domains, account, kind, message);
      expect(await verifyMessage(domains, kind, message, signature, account.address)).to.equal(true);
      expect(await verifyMessage(domains, kind, message, signature, stranger.address)).to.equal(false);
      for (const changed of mutations(message)) {
        const accepted = await verifyMessage(domains, kind, changed as typeof message, signature, account.address);
        expect(
          accepted,
          JSON.stringify(changed, (_, v) => String(v)),
        ).to.equal(false);
      }
    });
  }

  it("is worthless on another chain and for another contract", async () => {
    const signature = await signMessage(domains, account, "Voucher", messages.Voucher);
    for (const change of [{ chainId: 1 }, { verifyingContract: provider }]) {
      const elsewhere = { ...domains, channelsDomain: { ...domains.channelsDomain, ...change } };
      expect(await verifyMessage(elsewhere, "Voucher", messages.Voucher, signature, account.address)).to.equal(false);
    }
  });

  it("answers false, and never throws, for what is no signature or no message", async () => {
    for (const junk of ["0x", "0x00", `0x${"ff".repeat(65)}`, `0x${"00".repeat(65)}`, "nonsense"] as Hex[]) {
      expect(await verifyMessage(domains, "Offer", messages.Offer, junk, account.address)).to.equal(false);
    }
    const signature = await signMessage(domains, account, "Offer", messages.Offer);
    const tooBig = { ...messages.Offer, price: 2n ** 128n };
    expect(await recoverSigner(domains, "Offer", tooBig, signature)).to.equal(undefined);
  });

  it("takes a key's signature only in the form in which the contracts take it", async () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const signature = await signMessage(domains, account, "Voucher", messages.Voucher);
    const { r, s, yParity } = parseSignature(signature);
    const upper = numberToHex(order - BigInt(s), { size: 32 });
    const forms: Record<string, Hex> = {
      "upper s": concat([r, upper, numberToHex(28 - yParity)]),
      "v of 0 or 1": concat([r, s, numberToHex(yParity, { size: 1 })]),
      compact: serializeCompactSignature(signatureToCompactSignature({ r, s, yParity })),
      "a byte too many": concat([r, s, "0x00", numberToHex(27 + yParity)]),
    };
    for (const [form, found] of Object.entries(forms)) {
      expect(await verifyMessage(domains, "Voucher", messages.Voucher, found, account.address), form).to.equal(false);
    }
    expect(concat([r, s, numberToHex(27 + yParity)])).to.equal(signature);
  });

  it("signs the digests that the contracts compute", async () => {
    const chain = await (await liveChain()).connect(1);
    expect(hashTypedData(typedData(chain, "Offer", messages.Offer))).to.equal(await hashOffer(chain, messages.Offer));
    expect(hashTypedData(typedData(chain, "Voucher", messages.Voucher))).to.equal(
      await hashVoucher(chain, messages.Voucher),
    );
  });
});
