/**
 * Under a key whose delta equals its gamma anybody forges a proof of anything from the public key alone: A = alpha, B = beta,
 * C = -(IC0 + c IC1 + v IC2 + r IC3). Such keys come out of a setup to which nobody contributed.
 */

import { bn254 } from "@noble/curves/bn254.js";
import { expect } from "chai";
import { network } from "hardhat";
import { type Address, getAddress, type Hex, numberToHex } from "viem";
import { challengePoint } from "../../node/data/challenge.ts";
import { horner, SCALAR_FIELD } from "../../node/data/digest.ts";
import { as, deployMarket, mined, openDeal, PRICE } from "../contracts/market/fixture.ts";
import { testKey } from "../contracts/spacetime/proven-lane.ts";
import { payoff } from "./support/wealth.ts";

const [K, D] = [2, 5];
const C = 5n;
const TERMS = { minChallenges: 2, windows: 40, maxMisses: 40 };
type Key = ReturnType<typeof testKey>;

/** A proof of a claim that nobody could prove. */
function forge(key: Key, signals: readonly bigint[]): bigint[] {
  const point = ([x, y]: readonly bigint[]) => bn254.G1.Point.fromAffine({ x: x!, y: y! });
  const sum = signals.reduce((all, signal, i) => {
    return signal === 0n ? all : all.add(point(key.ic[i + 1]!).multiply(signal % SCALAR_FIELD));
  }, point(key.ic[0]!));
  const { x, y } = sum.negate().toAffine();
  return [...key.alpha, ...key.beta.flat(), x, y];
}

/** The verifier's code, in which delta is gamma: what would have been deployed if the constructor let such a key in. */
function withDeltaOf(code: string, { gamma, delta }: Key): Hex {
  const words = (point: Key["gamma"]) => point.flat().map((word) => numberToHex(word, { size: 32 }).slice(2));
  const [from, to] = [words(delta), words(gamma)];
  const changed = from.reduce((text, word, i) => {
    if (!text.includes(word)) throw new Error("the code does not hold the key where it is looked for");
    return text.replaceAll(word, to[i]!);
  }, code);
  return changed as Hex;
}

/** A provider without bytes that forges a proof for each of three windows. */
async function forgeThree(chain: Awaited<ReturnType<typeof network.create>>, weaken: boolean) {
  const key = testKey();
  const fixture = await deployMarket(chain, {}, async ({ ethers, provider: rpc }) => {
    const verifier = await ethers.deployContract("DevelopmentVerifier", [key, K, D]);
    const address = await verifier.getAddress();
    if (weaken) {
      const code = withDeltaOf(await ethers.provider.getCode(address), key);
      await rpc.request({ method: "hardhat_setCode", params: [address, code] });
    }
    return address as Address;
  });
  const { ethers, addresses, spacetime, market, client, goTo } = fixture;
  const provider = fixture.providers[0]!;
  const { claims } = await openDeal(fixture, { client, providers: [provider], terms: TERMS });
  const claim = claims[0]!;
  let accepted = 0;
  const won = await payoff(fixture, [provider], async () => {
    for (let window = claim.firstWindow; window < claim.firstWindow + 3; window++) {
      await goTo(((await spacetime.openingOf!(provider, window)) as bigint) + 2n);
      const vector: bigint[] = [...(await spacetime.challengesOf!(provider, window))];
      const context = {
        chainId: (await ethers.provider.getNetwork()).chainId,
        spacetime: getAddress(addresses.spacetime),
        provider: getAddress(provider.address),
        ...{ window, K, D, seed: (await spacetime.seedOf!(provider, window)) as Hex },
      };
      const r = challengePoint(context, C, vector);
      const proof = forge(key, [C, horner(vector, r), r]);
      const sent = as(spacetime, provider).submitProof!(provider, window, proof, C);
      if (await sent.then(mined, () => undefined)) accepted++;
    }
    await goTo(((await spacetime.closeOf!(provider, claim.firstWindow + 2)) as bigint) + 1n);
    await mined(as(spacetime, provider).account!(provider, 10));
    await mined(as(market, provider).settle!(claim, 10));
  });
  const beta: bigint = await spacetime.BETA!();
  const burn = ((beta << 13n) + 2n ** 64n - 1n) >> 64n;
  return { accepted, won, miss: burn * 3n - (burn * 3n) / 20n };
}

describe("attack: forging proofs without secrets", () => {
  it("pays every window's price under a key whose delta is its gamma: the attack is real", async () => {
    const { accepted, won } = await forgeThree(await network.create(), true);
    expect([accepted, won]).to.deep.equal([3, 3n * PRICE]);
  });

  it("earns nothing and burns stake under the key that the build makes, whose delta is its own", async () => {
    const { accepted, won, miss } = await forgeThree(await network.create(), false);
    expect([accepted, won]).to.deep.equal([0, -miss]);
  });

  it("cannot begin: a verifier with such a key is not deployed", async () => {
    const { ethers } = await network.create();
    const key = testKey();
    const factory = await ethers.getContractFactory("Groth16Verifier");
    await expect(factory.deploy({ ...key, delta: key.gamma }, K, D)).to.be.revertedWithCustomError(
      factory,
      "VerifierGammaEqualsDelta",
    );
  });
});
