import { expect } from "chai";
import { network } from "hardhat";
import { hexToBytes } from "viem";
import { buildDispute, unmaskRange } from "../../node/data/strict-download.ts";
import { openDeal } from "./market/fixture.ts";
import { COUNT, deploySessions, FIRST, GROUPS, SESSION_PRICE, word } from "./support/sessions.ts";
import { BUCKET, requireSolvent } from "./support/vault.ts";

const chain = await network.create();
const { networkHelpers, ethers } = chain;
const given = () => deploySessions(chain);
const STATUS = { None: 0n, Open: 1n, Revealed: 2n, Paid: 3n, Returned: 4n };

async function opened() {
  const all = await given();
  await all.open();
  return all;
}

async function revealed() {
  const all = await opened();
  await all.downloads.reveal(all.session, all.key);
  return all;
}

describe("StrictDownload", () => {
  it("refuses a fee above the whole price, and no time or endless time for disputes", async () => {
    const { downloads, addresses } = await networkHelpers.loadFixture(given);
    const deploy = (fee: bigint, blocks: bigint) =>
      ethers.deployContract("StrictDownload", [addresses.vault, addresses.market, fee, blocks]);
    await expect(deploy(10_001n, 30n)).to.be.revertedWithCustomError(downloads, "DownloadFeeAboveWhole");
    await expect(deploy(0n, 0n)).to.be.revertedWithCustomError(downloads, "DownloadDisputeBlocks");
    await expect(deploy(0n, 2n ** 32n + 1n)).to.be.revertedWithCustomError(downloads, "DownloadDisputeBlocks");
  });

  describe("open", () => {
    it("locks the price from the buyer under the digest that both signed", async () => {
      const { downloads, vault, buyer, seller, session, open, id, free } = await networkHelpers.loadFixture(given);
      const [before] = await free(buyer);
      expect(await downloads.hashSession(session)).to.equal(id());
      await expect(open())
        .to.emit(downloads, "DownloadOpened")
        .withArgs(id(), buyer.address, seller.address, Object.values(session));
      expect(await free(buyer)).to.deep.equal([before! - SESSION_PRICE]);
      expect(await vault.held!(downloads, BUCKET.Escrows)).to.equal(SESSION_PRICE);
      expect(await downloads.statusOf(id())).to.equal(STATUS.Open);
    });

    it("takes a range that ends with the replica, and none that is empty or ends behind it", async () => {
      const { downloads, open } = await networkHelpers.loadFixture(given);
      for (const [first, count] of [
        [FIRST, 0],
        [GROUPS, 1],
        [GROUPS - 1, 2],
        [2 ** 32 - 1, 2 ** 32 - 1],
      ] as const) {
        await expect(open({ first, count }))
          .to.be.revertedWithCustomError(downloads, "DownloadRange")
          .withArgs(GROUPS, first, count);
      }
      await open({ first: GROUPS - 1, count: 1 });
    });

    it("leaves the seller a block for the key and the buyer the dispute blocks after the last of them", async () => {
      const { downloads, session, open, goTo } = await networkHelpers.loadFixture(given);
      const { revealBy } = session;
      await expect(open({ disputeUntil: revealBy + 29 }))
        .to.be.revertedWithCustomError(downloads, "DownloadDisputeTooShort")
        .withArgs(revealBy + 30, revealBy + 29);
      await goTo(BigInt(revealBy) + 1n);
      await expect(open())
        .to.be.revertedWithCustomError(downloads, "DownloadTooLate")
        .withArgs(revealBy, revealBy + 1);
    });

    it("takes only what the market knows: that replica, its dataRoot, size and provider", async () => {
      const { downloads, stored, session, providers, open } = await networkHelpers.loadFixture(given);
      const { offer } = stored;
      await expect(open({ dataRoot: word(1) }))
        .to.be.revertedWithCustomError(downloads, "DownloadWrongDataRoot")
        .withArgs(offer.dataRoot, word(1));
      await expect(
        open({ dataRoot: word(1) }, { ...stored.claim, offer: { ...offer, dataRoot: word(1) } }),
      ).to.be.revertedWithCustomError(downloads, "ReplicaWrongFilling");
      await expect(open({ groups: GROUPS + 1 }))
        .to.be.revertedWithCustomError(downloads, "DownloadWrongGroups")
        .withArgs(GROUPS, GROUPS + 1);
      const stranger = providers[1]!.address as `0x${string}`;
      await expect(open({ seller: stranger }))
        .to.be.revertedWithCustomError(downloads, "DownloadWrongSeller")
        .withArgs(session.seller, stranger);
    });

    it("takes no replica whose deal is over", async () => {
      const all = await networkHelpers.loadFixture(given);
      const { downloads, replica, deployer, providers, market, open, spacetime, goTo } = all;
      const short = { windows: 3, maxMisses: 3, coolingOff: 0, minWindows: 0, cancelFeeWindows: 0 };
      const seller = providers[0]!;
      const deal = await openDeal(all, {
        ...{ client: deployer, providers: [seller], terms: short },
        offer: { dataRoot: replica.dataRoot, groups: GROUPS, m: 14 },
      });
      const claim = deal.claims[0]!;
      const first = Number((await spacetime.recordOf!(seller.address, claim.offer.root)).firstWindow);
      await goTo((await spacetime.closeOf!(seller.address, first + 2)) + 1n);
      await market.settle!(claim, 3);
      await market.release!(claim);
      const latest = await networkHelpers.time.latestBlock();
      const times = { revealBy: latest + 20, disputeUntil: latest + 50 };
      await expect(open(times, claim)).to.be.revertedWithCustomError(downloads, "ReplicaSlotNotActive").withArgs(2);
    });

    it("needs both signatures, of this session, contract and chain", async () => {
      const all = await networkHelpers.loadFixture(given);
      const { downloads, stored, session, domain, buyer, seller, outsider, signed } = all;
      const good = [await signed(buyer, session), await signed(seller, session)] as const;
      const bad: [string, Promise<string>, 0 | 1][] = [
        ["buyer's for another chain", signed(buyer, session, { ...domain, chainId: 1 }), 0],
        ["buyer's for another contract", signed(buyer, session, { ...domain, verifyingContract: session.buyer }), 0],
        ["buyer's for a lower price", signed(buyer, { ...session, price: 1n }), 0],
        ["buyer's for another session", signed(buyer, { ...session, session: word(1) }), 0],
        ["somebody else's for the buyer", signed(outsider, session), 0],
        ["seller's for another chain", signed(seller, session, { ...domain, chainId: 1 }), 1],
        ["seller's for another contract", signed(seller, session, { ...domain, verifyingContract: session.buyer }), 1],
        ["buyer's for the seller", signed(buyer, session), 1],
      ];
      for (const [name, signature, place] of bad) {
        const signatures: [string, string] = [...good];
        signatures[place] = await signature;
        await expect(downloads.open(session, stored.claim, ...signatures), name)
          .to.be.revertedWithCustomError(downloads, "DownloadBadSignature")
          .withArgs([session.buyer, session.seller][place]);
      }
      await downloads.open(session, stored.claim, ...good);
    });

    it("opens no session that the buyer cannot pay", async () => {
      const { vault, buyer, open, free } = await networkHelpers.loadFixture(given);
      const [all] = await free(buyer);
      await expect(open({ price: all! + 1n })).to.be.revertedWithCustomError(vault, "VaultInsufficientFree");
    });
  });

  describe("an honest session", () => {
    it("pays the seller after the last block for a dispute, less the fee that burns", async () => {
      const { downloads, vault, token, buyer, seller, session, id, free, goTo } =
        await networkHelpers.loadFixture(revealed);
      const [buyerFree, sellerFree] = await free(buyer, seller);
      await goTo(BigInt(session.disputeUntil));
      await expect(downloads.pay(session))
        .to.be.revertedWithCustomError(downloads, "DownloadTooEarly")
        .withArgs(session.disputeUntil, session.disputeUntil);
      await goTo(BigInt(session.disputeUntil) + 1n);
      const fee = 30_001n; // 3 % of 1,000,001, rounded up
      await expect(downloads.pay(session))
        .to.emit(downloads, "DownloadPaid")
        .withArgs(id(), seller.address, SESSION_PRICE - fee, fee);
      expect(await free(buyer, seller)).to.deep.equal([buyerFree, sellerFree! + SESSION_PRICE - fee]);
      expect(await vault.held!(downloads, BUCKET.Burned)).to.equal(fee);
      expect(await vault.held!(downloads, BUCKET.Escrows)).to.equal(0n);
      await expect(downloads.pay(session))
        .to.be.revertedWithCustomError(downloads, "DownloadWrongStatus")
        .withArgs(STATUS.Revealed, STATUS.Paid);
      await requireSolvent(vault, token);
    });

    it("puts the key where the buyer reads it, and the key unmasks every group", async () => {
      const { downloads, session, key, masked, leaves, replica, id } = await networkHelpers.loadFixture(opened);
      await expect(downloads.reveal(session, key)).to.emit(downloads, "DownloadKeyRevealed").withArgs(id(), key);
      const { groups, bad } = unmaskRange(session, hexToBytes(key), masked.cipher, leaves) as {
        groups: Uint8Array[];
        bad?: number;
      };
      expect(bad).to.equal(undefined);
      expect(groups).to.deep.equal(replica.groups.slice(FIRST, FIRST + COUNT));
    });

    it("cannot be disputed with any of its groups", async () => {
      const { downloads, session, key, honestDispute, leaves, seller, free, goTo } =
        await networkHelpers.loadFixture(revealed);
      for (let index = 0; index < COUNT; index++) {
        await expect(downloads.dispute(session, key, honestDispute(index)))
          .to.be.revertedWithCustomError(downloads, "DownloadGroupIsGood")
          .withArgs(leaves[index]!.leaf);
      }
      const [before] = await free(seller);
      await goTo(BigInt(session.disputeUntil) + 1n);
      await downloads.pay(session);
      expect((await free(seller))[0]! - before!).to.equal(SESSION_PRICE - 30_001n);
    });
  });

  describe("a seller that cheats", () => {
    for (const bad of [0, COUNT - 1]) {
      it(`gets nothing when the group at place ${bad} is another one, and the buyer has all back`, async () => {
        const { downloads, vault, token, stored, key, cheating, leaves, signed, buyer, seller, free, goTo } =
          await networkHelpers.loadFixture(given);
        const { cipher, message } = cheating(bad);
        const before = await free(buyer, seller);
        await downloads.open(message, stored.claim, await signed(buyer, message), await signed(seller, message));
        await downloads.reveal(message, key);
        const found = unmaskRange(message, hexToBytes(key), cipher, leaves);
        expect(found.bad).to.equal(bad);
        await goTo(BigInt(message.disputeUntil));
        await expect(downloads.dispute(message, key, buildDispute(cipher, leaves, bad))).to.emit(
          downloads,
          "DownloadReturned",
        );
        expect(await free(buyer, seller)).to.deep.equal(before);
        expect(await vault.held!(downloads, BUCKET.Escrows)).to.equal(0n);
        await expect(downloads.pay(message)).to.be.revertedWithCustomError(downloads, "DownloadWrongStatus");
        await requireSolvent(vault, token);
      });
    }

    it("gains nothing from a key that it keeps: the price goes back after revealBy", async () => {
      const { downloads, buyer, seller, session, key, free, goTo } = await networkHelpers.loadFixture(opened);
      const [buyerFree, sellerFree] = await free(buyer, seller);
      await goTo(BigInt(session.revealBy));
      await expect(downloads.giveBack(session))
        .to.be.revertedWithCustomError(downloads, "DownloadTooEarly")
        .withArgs(session.revealBy, session.revealBy);
      await goTo(BigInt(session.revealBy) + 1n);
      await expect(downloads.reveal(session, key))
        .to.be.revertedWithCustomError(downloads, "DownloadTooLate")
        .withArgs(session.revealBy, session.revealBy + 1);
      await downloads.giveBack(session);
      expect(await free(buyer, seller)).to.deep.equal([buyerFree! + SESSION_PRICE, sellerFree]);
      await expect(downloads.giveBack(session)).to.be.revertedWithCustomError(downloads, "DownloadWrongStatus");
    });

    it("cannot reveal another key, nor be paid without one", async () => {
      const { downloads, session, goTo } = await networkHelpers.loadFixture(opened);
      await expect(downloads.reveal(session, word(1)))
        .to.be.revertedWithCustomError(downloads, "DownloadWrongKey")
        .withArgs(session.keyHash, ethers.keccak256(word(1)));
      await goTo(BigInt(session.disputeUntil) + 1n);
      await expect(downloads.pay(session))
        .to.be.revertedWithCustomError(downloads, "DownloadWrongStatus")
        .withArgs(STATUS.Revealed, STATUS.Open);
    });

    it("cannot charge twice for one signed session, whatever became of it", async () => {
      const { downloads, session, open, free, buyer, goTo } = await networkHelpers.loadFixture(opened);
      const [before] = await free(buyer);
      await expect(open()).to.be.revertedWithCustomError(downloads, "DownloadWrongStatus").withArgs(0, 1);
      await goTo(BigInt(session.revealBy) + 1n);
      await downloads.giveBack(session);
      await expect(open()).to.be.revertedWithCustomError(downloads, "DownloadWrongStatus").withArgs(0, 4);
      expect(await free(buyer)).to.deep.equal([before! + SESSION_PRICE]);
    });

    it("blocks nothing but the one session: vouchers and other sessions pay meanwhile", async () => {
      const { downloads, key, open, session, seller, free, goTo } = await networkHelpers.loadFixture(opened);
      const other = { ...session, session: word(2), price: 500n };
      await open({ session: other.session, price: other.price });
      await downloads.reveal(other, key);
      const [before] = await free(seller);
      await goTo(BigInt(session.disputeUntil) + 1n);
      await downloads.pay(other);
      expect((await free(seller))[0]! - before!).to.equal(485n);
      expect(await downloads.statusOf(await downloads.hashSession(session))).to.equal(STATUS.Open);
    });
  });

  describe("a buyer that cheats", () => {
    const forgeries: Record<string, [string, (all: Awaited<ReturnType<typeof given>>) => object]> = {
      "with a group behind the range": [
        "DownloadGroupOutside",
        ({ honestDispute }) => ({ ...honestDispute(0), index: COUNT }),
      ],
      "with bytes that were not delivered": [
        "DownloadWrongCipher",
        ({ honestDispute, masked }) => ({ ...honestDispute(0), cipher: masked.cipher[1]! }),
      ],
      "with a group of another place": [
        "DownloadWrongCipher",
        ({ honestDispute }) => ({ ...honestDispute(1), index: 2 }),
      ],
      "with too few bytes": [
        "DownloadWrongLength",
        ({ honestDispute, masked }) => ({ ...honestDispute(0), cipher: masked.cipher[0]!.subarray(1) }),
      ],
      "with a leaf of another group": [
        "DownloadWrongLeaf",
        ({ honestDispute }) => {
          const { leaf, leafPath } = honestDispute(1);
          return { ...honestDispute(0), leaf, leafPath };
        },
      ],
      "with a made-up leaf": ["DownloadWrongLeaf", ({ honestDispute }) => ({ ...honestDispute(0), leaf: word(3) })],
      "with a node for a leaf": [
        "DownloadWrongLeaf",
        ({ honestDispute }) => {
          const { leafPath, ...rest } = honestDispute(0);
          return { ...rest, leafPath: leafPath.slice(1) };
        },
      ],
      "with a path that goes on above the root": [
        "DownloadWrongLeaf",
        ({ honestDispute }) => {
          const { leafPath, ...rest } = honestDispute(0);
          return { ...rest, leafPath: [...leafPath, word(4)] };
        },
      ],
      "with a shortened path of the masked group": [
        "DownloadWrongCipher",
        ({ honestDispute }) => {
          const { cipherPath, ...rest } = honestDispute(0);
          return { ...rest, cipherPath: cipherPath.slice(1) };
        },
      ],
    };
    for (const [name, [error, forge]] of Object.entries(forgeries)) {
      it(`gets nothing back ${name}`, async () => {
        const all = await networkHelpers.loadFixture(revealed);
        const { downloads, session, key, buyer, free } = all;
        const before = await free(buyer);
        await expect(downloads.dispute(session, key, forge(all) as never)).to.be.revertedWithCustomError(
          downloads,
          error,
        );
        expect(await free(buyer)).to.deep.equal(before);
      });
    }

    it("gets nothing back with another key, before the key is out, or after the last block", async () => {
      const { downloads, session, key, stored, signed, cheating, leaves, buyer, seller, free, goTo } =
        await networkHelpers.loadFixture(given);
      const { cipher, message } = cheating(2);
      await downloads.open(message, stored.claim, await signed(buyer, message), await signed(seller, message));
      const bad = buildDispute(cipher, leaves, 2);
      await expect(downloads.dispute(message, key, bad)).to.be.revertedWithCustomError(
        downloads,
        "DownloadWrongStatus",
      );
      await downloads.reveal(message, key);
      await expect(downloads.dispute(message, word(5), bad)).to.be.revertedWithCustomError(
        downloads,
        "DownloadWrongKey",
      );
      await goTo(BigInt(session.disputeUntil) + 1n);
      const before = await free(buyer);
      await expect(downloads.dispute(message, key, bad)).to.be.revertedWithCustomError(downloads, "DownloadTooLate");
      expect(await free(buyer)).to.deep.equal(before);
    });
  });

  it("settles a dispute within 800,000 gas, and everything else within 150,000", async () => {
    const { downloads, stored, key, cheating, leaves, signed, buyer, seller } = await networkHelpers.loadFixture(given);
    const { cipher, message } = cheating(1);
    const gas = async (sent: Promise<{ wait(): Promise<{ gasUsed: bigint } | null> }>) =>
      Number((await (await sent).wait())!.gasUsed);
    const open = await gas(
      downloads.open(message, stored.claim, await signed(buyer, message), await signed(seller, message)),
    );
    const reveal = await gas(downloads.reveal(message, key));
    const dispute = await gas(downloads.dispute(message, key, buildDispute(cipher, leaves, 1)));
    expect(dispute).to.be.lessThan(800_000);
    expect(Math.max(open, reveal)).to.be.lessThan(150_000);
  });
});
