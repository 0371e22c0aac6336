import { expect } from "chai";
import { keccak256 } from "viem";
import { isListed, isLocalChain, listedKeys, requireCeremony } from "../../../node/consensus/ceremony-keys.ts";
import type { Chain } from "../../../node/consensus/chain.ts";
import { failure } from "../network/hosts.ts";

const hash = keccak256("0x01");
const key = { verifier: "0x5FbDB2315678afecb367f032d93F642f64180aa3", challenges: 16, levels: 9 } as const;
const listed = [{ hash, K: 16, D: 9, transcript: "ceremony/production" }];

/** A chain whose verifier is known by `hash`. */
function chainOf(chainId: number): { chain: Chain; asked: () => number } {
  let asked = 0;
  const readContract = async () => {
    asked++;
    return hash;
  };
  return { chain: { chainId, publicClient: { readContract } } as unknown as Chain, asked: () => asked };
}

describe("a verifying key that somebody is about to stake or pay on", () => {
  it("may be anyone's on chains that nobody's money is on, and is not even looked at", async () => {
    for (const chainId of [31337, 1337]) {
      const { chain, asked } = chainOf(chainId);
      await requireCeremony(chain, key, []);
      expect([isLocalChain(chainId), asked()]).to.deep.equal([true, 0]);
    }
  });

  it("needs a listed ceremony anywhere else", async () => {
    const { chain } = chainOf(1);
    await requireCeremony(chain, key, listed);
    const error = await failure(requireCeremony(chain, key, []));
    expect(error.code).to.equal("KEY_WITHOUT_CEREMONY");
    expect(error.details).to.deep.equal({ hash, K: 16, D: 9, chainId: 1 });
  });

  it("needs that of its own K and D: keys of two profiles are not each other's", async () => {
    const { chain } = chainOf(10);
    expect((await failure(requireCeremony(chain, { ...key, challenges: 34 }, listed))).code).to.equal(
      "KEY_WITHOUT_CEREMONY",
    );
    expect((await failure(requireCeremony(chain, { ...key, levels: 5 }, listed))).code).to.equal(
      "KEY_WITHOUT_CEREMONY",
    );
    expect(isListed(listed, { hash: hash.toUpperCase(), K: 16, D: 9 })).to.equal(true);
  });

  it("is none of ours today: no ceremony has been held", () => {
    expect([...listedKeys("spacetime"), ...listedKeys("capacity")]).to.deep.equal([]);
  });
});
