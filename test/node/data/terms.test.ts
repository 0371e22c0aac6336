import { expect } from "chai";
import { AbiCoder, id, keccak256, TypedDataEncoder } from "ethers";
import {
  dealKeyOf,
  marketDomain,
  type Offer,
  offerDigest,
  offerStructHash,
  offerTypes,
  replicaIdOf,
  type Terms,
} from "../../../node/data/terms.ts";

const client = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const provider = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const market = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const salt = keccak256("0x01") as `0x${string}`;
const terms: Terms = {
  slots: 5,
  threshold: 3,
  minChallenges: 4,
  windows: 40,
  maxMisses: 5,
  coolingOff: 8,
  minWindows: 4,
  cancelFeeWindows: 8,
  steward: "0x0000000000000000000000000000000000000000",
};
const offer: Offer = {
  provider,
  client,
  dealKey: dealKeyOf(client, salt, terms),
  slot: 2,
  generation: 0,
  root: keccak256("0x02") as `0x${string}`,
  dataRoot: keccak256("0x03") as `0x${string}`,
  m: 18,
  groups: 400,
  price: 10n ** 15n,
  collateral: 10n ** 17n,
  expiry: 1_000_000,
  epoch: 7n,
};

// ethers is the second opinion here; the third is the contract itself, in test/contracts/market.
describe("terms", () => {
  it("derives the deal key that ethers derives from the same ABI encoding", () => {
    const coder = AbiCoder.defaultAbiCoder();
    const termsHash = keccak256(
      coder.encode(["tuple(uint8,uint8,uint8,uint16,uint16,uint16,uint16,uint16,address)"], [Object.values(terms)]),
    );
    const expected = keccak256(coder.encode(["address", "bytes32", "bytes32"], [client, salt, termsHash]));
    expect(dealKeyOf(client, salt, terms)).to.equal(expected);
  });

  it("gives every term, the client and the salt a say in the deal key", () => {
    const keys = new Set([dealKeyOf(client, salt, terms), dealKeyOf(provider, salt, terms)]);
    keys.add(dealKeyOf(client, offer.root, terms));
    for (const [name, value] of Object.entries(terms)) {
      keys.add(dealKeyOf(client, salt, { ...terms, [name]: name === "steward" ? client : value + 1 }));
    }
    expect(keys.size).to.equal(3 + Object.keys(terms).length);
  });

  it("pads slot and generation to words in the replica id", () => {
    const expected = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint8", "uint8"], [offer.dealKey, 2, 1]));
    expect(replicaIdOf(offer.dealKey, 2, 1)).to.equal(expected);
    expect(replicaIdOf(offer.dealKey, 1, 2)).to.not.equal(expected);
  });

  it("hashes an offer as ethers does, alone and under the market's domain", () => {
    const types = { Offer: [...offerTypes.Offer] };
    expect(offerStructHash(offer)).to.equal(TypedDataEncoder.hashStruct("Offer", types, offer));
    expect(offerDigest(31337, market, offer)).to.equal(
      TypedDataEncoder.hash(marketDomain(31337, market), types, offer),
    );
  });

  it("signs every field of an offer: changing any one changes the hash", () => {
    const hashes = new Set([offerStructHash(offer)]);
    for (const [name, value] of Object.entries(offer)) {
      const other =
        typeof value === "bigint"
          ? value + 1n
          : typeof value === "number"
            ? value + 1
            : value.length === 42
              ? market
              : id(name);
      hashes.add(offerStructHash({ ...offer, [name]: other }));
    }
    expect(hashes.size).to.equal(1 + Object.keys(offer).length);
  });
});
