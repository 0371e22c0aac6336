import path from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { createProver } from "../../../node/consensus/prover/prover.ts";
import { COORDINATE_FIELD } from "../../../node/consensus/prover/verifying-key.ts";
import { SCALAR_FIELD } from "../../../node/data/digest.ts";
import { proveClaims, type SpacetimeClaim } from "../../../scripts/gas/claims.ts";
import { testKey } from "../spacetime/proven-lane.ts";

type Words = bigint[];
type Claim = { proof: Words; c: bigint; v: bigint; r: bigint };

const COUNT = 3;

async function deploy(chainId?: number) {
  const { ethers, provider } = await network.create(chainId === undefined ? undefined : { override: { chainId } });
  const contract = chainId === undefined ? "DevelopmentVerifier" : "Groth16Verifier";
  const verifier = await ethers.deployContract(contract, [testKey(), 2, 5]);
  const batch = await ethers.deployContract("BatchVerifier", [verifier]);
  return { ethers, provider, verifier, batch };
}

describe("BatchVerifier", () => {
  let claims: readonly SpacetimeClaim[];
  let chain: Awaited<ReturnType<typeof deploy>>;

  const verifies = (list: readonly unknown[]): Promise<boolean> => chain.batch.verifyBatch(list as never);
  /** The claims with one of them changed. */
  const changed = (index: number, change: (claim: Claim) => void): Claim[] => {
    const list = structuredClone(claims) as unknown as Claim[];
    change(list[index]!);
    return list;
  };

  before(async () => {
    const folder = readProverFolder(path.resolve("build/circuits/test"));
    const prover = await createProver(folder);
    claims = await proveClaims(prover, folder, COUNT);
    await prover.close();
    chain = await deploy();
  });

  it("accepts valid proofs, in any order and number, the same one twice among them", async () => {
    for (let count = 1; count <= COUNT; count++) expect(await verifies(claims.slice(0, count))).to.equal(true);
    expect(await verifies([...claims].reverse())).to.equal(true);
    expect(await verifies([claims[0], claims[1], claims[0]])).to.equal(true);
  });

  it("refuses a batch in which any one public input of any one claim is one more", async () => {
    for (let index = 0; index < COUNT; index++) {
      for (const name of ["c", "v", "r"] as const) {
        const list = changed(index, (claim) => {
          claim[name] = (claim[name] + 1n) % SCALAR_FIELD;
        });
        expect(await verifies(list), `${name} of claim ${index}`).to.equal(false);
      }
    }
  });

  it("refuses another name of the same input, above the field", async () => {
    for (const name of ["c", "v", "r"] as const) {
      const list = changed(1, (claim) => {
        claim[name] += SCALAR_FIELD;
      });
      expect(await verifies(list), name).to.equal(false);
    }
  });

  it("refuses inputs that are swapped within a claim or between claims", async () => {
    const within = changed(0, (claim) => {
      [claim.c, claim.v] = [claim.v, claim.c];
    });
    expect(await verifies(within)).to.equal(false);
    for (const name of ["c", "v", "r"] as const) {
      const [first, second, third] = structuredClone(claims) as unknown as [Claim, Claim, Claim];
      [first[name], second[name]] = [second[name], first[name]];
      expect(await verifies([first, second, third]), name).to.equal(false);
    }
  });

  it("refuses a batch with any word of any proof changed, or a point replaced by another of the curve", async () => {
    for (let word = 0; word < 8; word++) {
      const list = changed(word % COUNT, ({ proof }) => {
        proof[word]! ^= 1n;
      });
      expect(await verifies(list), `word ${word}`).to.equal(false);
    }
    const points = changed(2, ({ proof }) => {
      [proof[0], proof[1], proof[6], proof[7]] = [proof[6]!, proof[7]!, proof[0]!, proof[1]!];
    });
    expect(await verifies(points)).to.equal(false);
  });

  it("refuses errors that cancel each other in an unweighted product: C moved from one claim to the next", async () => {
    // With equal weights only the sum of all C would count, and this would pass.
    const [first, second] = structuredClone(claims) as unknown as [Claim, Claim];
    const [x, y] = [first.proof[6]!, first.proof[7]!];
    [first.proof[6], first.proof[7]] = [second.proof[6]!, second.proof[7]!];
    [second.proof[6], second.proof[7]] = [x, y];
    expect(await verifies([first, second])).to.equal(false);
  });

  it("accepts a proof that somebody re-randomised, as single verification does: bytes of proofs identify nothing", async () => {
    // (-A, -B, C) proves the same.
    const list = changed(1, ({ proof }) => {
      proof[1] = COORDINATE_FIELD - proof[1]!;
      proof[4] = COORDINATE_FIELD - proof[4]!;
      proof[5] = COORDINATE_FIELD - proof[5]!;
    });
    const { proof, c, v, r } = list[1]!;
    expect(await chain.verifier.verifySpacetime(proof as never, c, v, r)).to.equal(true);
    expect(await verifies(list)).to.equal(true);
  });

  it("refuses A or C with a coordinate that is not below the field, which negation could turn into one that is", async () => {
    for (const word of [0, 1, 6, 7]) {
      const list = changed(0, ({ proof }) => {
        proof[word]! += COORDINATE_FIELD;
      });
      expect(await verifies(list), `word ${word}`).to.equal(false);
    }
  });

  it("refuses proofs whose points are off the curve or at infinity", async () => {
    for (const [at, point] of [
      [0, [1n, 3n]],
      [6, [1n, 3n]],
      [0, [0n, 0n]],
    ] as const) {
      const list = changed(1, ({ proof }) => {
        [proof[at], proof[at + 1]] = point;
      });
      expect(await verifies(list), `word ${at}`).to.equal(false);
    }
    const nowhere = structuredClone(claims) as unknown as Claim[];
    for (const { proof } of nowhere) [proof[6], proof[7]] = [0n, 0n];
    expect(await verifies(nowhere), "every C at infinity").to.equal(false);
  });

  it("judges nothing under a key with a point that the curve does not have", async () => {
    const shown = await chain.ethers.deployContract("KeyedVerifierMock");
    const batch = await chain.ethers.deployContract("BatchVerifier", [shown]);
    const key = testKey();
    const off = [1n, 3n];
    const malformed = [
      { ...key, alpha: off },
      ...[0, 1, 2, 3].map((i) => ({ ...key, ic: key.ic.map((point, k) => (k === i ? off : point)) })),
    ];
    for (const bad of malformed) {
      await shown.show(bad as never);
      await expect(batch.verifyBatch(claims as never)).to.be.revertedWithCustomError(batch, "BatchMalformedKey");
    }
    await shown.show(key as never);
    expect(await batch.verifyBatch(claims as never)).to.equal(true);
  });

  it("has nothing to say of an empty batch", async () => {
    await expect(chain.batch.verifyBatch([])).to.be.revertedWithCustomError(chain.batch, "BatchIsEmpty");
  });

  it("works with a development key on local chains only, and with a listed key anywhere", async () => {
    const elsewhere = await deploy(10);
    expect(await elsewhere.batch.verifyBatch(claims as never)).to.equal(true);
    const code = await chain.ethers.provider.getCode(chain.verifier);
    await elsewhere.provider.request({
      method: "hardhat_setCode",
      params: [await elsewhere.verifier.getAddress(), code],
    });
    await expect(elsewhere.batch.verifyBatch(claims as never))
      .to.be.revertedWithCustomError(chain.verifier, "VerifierNotALocalChain")
      .withArgs(10);
  });

  it("answers as single verification does for every claim of which one is wrong", async () => {
    for (let index = 0; index < COUNT; index++) {
      const list = changed(index, (claim) => {
        claim.r += 1n;
      });
      const single = await Promise.all(
        list.map(({ proof, c, v, r }) => chain.verifier.verifySpacetime(proof as never, c, v, r)),
      );
      expect(single).to.deep.equal(list.map((_, i) => i !== index));
      expect(await verifies(list)).to.equal(false);
    }
  });

  it("shows the key that its verifier was deployed with", async () => {
    const shown = await chain.verifier.verifyingKey();
    const { alpha, beta, gamma, delta, ic } = testKey();
    expect(shown.toObject(true)).to.deep.equal({ alpha, beta, gamma, delta, ic });
  });
});
