/** Numbers have other names above their field: x and x + p are one residue. Proofs are real. */
import { expect } from "chai";
import { network } from "hardhat";
import { SCALAR_FIELD } from "../../node/data/digest.ts";
import { as } from "../contracts/market/fixture.ts";
import { deployProvenMarket, type ProvenMarket } from "./support/proven-market.ts";
import { payoff } from "./support/wealth.ts";

/** Order of the curve's base field: a point's negative is (x, Q - y). */
const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

type Words = readonly bigint[];
const negated = ([ax, ay, bxi, bxr, byi, byr, cx, cy]: Words): bigint[] => [
  ...[ax!, Q - ay!, bxi!, bxr!, Q - byi!, Q - byr!, cx!, cy!],
];

describe("attack: inputs above the field", () => {
  let system: ProvenMarket;
  before(async () => {
    system = await deployProvenMarket(await network.create());
  });
  after(() => system.close());

  it("numbers above their field are refused wherever they stand, so that whoever has nothing else misses", async () => {
    const { providers, client, spacetime, store, prove, conclude, missOf, goTo } = system;
    const provider = providers[1]!;
    const claim = await store(client, provider, 2n);
    const miss = await missOf(provider);
    const { proof, c } = await prove(claim, 0);
    const lost = await payoff(system, [provider], async () => {
      const submit = (words: Words, digest: bigint) =>
        as(spacetime, provider).submitProof!(provider, claim.firstWindow, words, digest);
      for (let i = 0; i < 8; i++) {
        for (const words of [proof, negated(proof)]) {
          const overflowing = words.map((word, k) => (k === i ? word + Q : word));
          await expect(submit(overflowing, c), `word ${i}`).to.be.revertedWithCustomError(spacetime, "ProofInvalid");
        }
      }
      // The same residue under another name would be the same statement with another challenge point to choose from.
      for (let digest = c + SCALAR_FIELD; digest < 2n ** 256n; digest += SCALAR_FIELD) {
        await expect(submit(proof, digest)).to.be.revertedWithCustomError(spacetime, "ProofNotAFieldElement");
      }
      await goTo((await spacetime.closeOf!(provider, claim.firstWindow)) as bigint);
      await conclude(claim, provider, 0);
    });
    expect(lost).to.equal(-miss);
  });

  it("a root above the field, which the circuit would take for a smaller one, gets into no deal and no bag", async () => {
    const { providers, client, store, market } = system;
    const offer = { root: `0x${(SCALAR_FIELD + 1n).toString(16).padStart(64, "0")}` as const };
    const won = await payoff(system, [client, providers[2]!], async () => {
      await expect(store(client, providers[2]!, 3n, offer)).to.be.revertedWithCustomError(market, "DealOfferMalformed");
    });
    expect(won).to.equal(0n);
  });
});
