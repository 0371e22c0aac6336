/** A proof has many spellings: (A, B, C) and (-A, -B, C) are one statement, and Groth16 proofs are randomised. Proofs are real. */
import { expect } from "chai";
import { network } from "hardhat";
import { as, mined, PRICE } from "../contracts/market/fixture.ts";
import { deployProvenMarket, type ProvenMarket } from "./support/proven-market.ts";
import { payoff } from "./support/wealth.ts";

/** Order of the curve's base field: a point's negative is (x, Q - y). */
const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

type Words = readonly bigint[];
const negated = ([ax, ay, bxi, bxr, byi, byr, cx, cy]: Words): bigint[] => [
  ...[ax!, Q - ay!, bxi!, bxr!, Q - byi!, Q - byr!, cx!, cy!],
];

describe("attack: malleated proofs", () => {
  let system: ProvenMarket;
  before(async () => {
    system = await deployProvenMarket(await network.create());
  });
  after(() => system.close());

  it("a malleated proof beside its original, or another proof of the window, is paid once: one window's price", async () => {
    const { providers, client, spacetime, store, prove, conclude } = system;
    const provider = providers[0]!;
    const claim = await store(client, provider, 1n);
    const first = await prove(claim, 0);
    const second = await prove(claim, 0); // Groth16 proofs are randomised
    expect(second.proof).to.not.deep.equal(first.proof);
    const won = await payoff(system, [provider], async () => {
      // The malleated one goes first, so that it is the original that comes too late.
      await mined(as(spacetime, provider).submitProof!(provider, claim.firstWindow, negated(first.proof), first.c));
      for (const again of [first, second, { ...second, proof: negated(second.proof) }]) {
        await expect(
          as(spacetime, provider).submitProof!(provider, claim.firstWindow, again.proof, again.c),
        ).to.be.revertedWithCustomError(spacetime, "WindowAlreadyProven");
      }
      await conclude(claim, provider, 0);
    });
    expect(won).to.equal(PRICE);
  });
});
