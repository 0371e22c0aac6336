/** The whole deployment under a real verifier with the key of the `test` profile (K = 2), and real proofs of its lanes. */
import path from "node:path";
import type { network } from "hardhat";
import { type Address, getAddress, numberToHex } from "viem";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { createProver } from "../../../node/consensus/prover/prover.ts";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import type { Offer, SlotClaim } from "../../../node/data/terms.ts";
import { proveWindow, type WindowProof } from "../../../scripts/gas/prove-window.ts";
import { type SparseReplica, sparseReplica } from "../../../scripts/gas/sparse-replica.ts";
import { as, deployMarket, mined, openDeal, type Party } from "../../contracts/market/fixture.ts";
import { testKey } from "../../contracts/spacetime/proven-lane.ts";

type Chain = Awaited<ReturnType<typeof network.create>>;
export type ProvenMarket = Awaited<ReturnType<typeof deployProvenMarket>>;

/** No number of misses ends a deal: the best case for whoever cannot prove. */
const TERMS = { minChallenges: 2, windows: 40, maxMisses: 40 };

/** Verifier of the profile's key; `close` ends the prover's thread. */
export async function deployProvenMarket(chain: Chain) {
  const folder = readProverFolder(path.resolve("build/circuits/test"));
  const { K, D } = folder;
  const fixture = await deployMarket(chain, {}, async ({ ethers }) => {
    const verifier = await ethers.deployContract("DevelopmentVerifier", [testKey(), K, D]);
    return (await verifier.getAddress()) as Address;
  });
  const { ethers, market, spacetime, goTo } = fixture;
  const prover = await createProver(folder);
  const hash = createPoseidon8();
  const known = new Map<bigint, SparseReplica>();

  /** A deal of one slot for a replica whose first element is `first`: the same number is the same bytes. */
  async function store(client: typeof fixture.client, provider: Party, first: bigint, offer: Partial<Offer> = {}) {
    const replica = sparseReplica(hash, 13, first);
    known.set(replica.root, replica);
    const root = numberToHex(replica.root, { size: 32 });
    const deal = await openDeal(fixture, { client, providers: [provider], terms: TERMS, offer: { root, ...offer } });
    return deal.claims[0]!;
  }

  /** Goes into the replica's window `index` and proves it as somebody who has all bytes can. */
  async function prove({ offer, firstWindow }: SlotClaim, index: number): Promise<WindowProof> {
    const window = firstWindow + index;
    await goTo(((await spacetime.openingOf!(offer.provider, window)) as bigint) + 2n);
    const vector: bigint[] = [...(await spacetime.challengesOf!(offer.provider, window))];
    const context = {
      chainId: (await ethers.provider.getNetwork()).chainId,
      spacetime: getAddress(fixture.addresses.spacetime),
      provider: getAddress(offer.provider),
      window,
      ...{ K, D, seed: await spacetime.seedOf!(offer.provider, window) },
    };
    return proveWindow(prover, context, vector, (root, place) => known.get(root)!.open(place));
  }

  /** Past the replica's window `index`: misses are accounted for, the slot is settled, by the provider itself. */
  async function conclude({ offer, ...claim }: SlotClaim, provider: Party, index: number) {
    const close: bigint = await spacetime.closeOf!(offer.provider, claim.firstWindow + index);
    await goTo(close + 1n);
    await mined(as(spacetime, provider).account!(offer.provider, 1_000));
    await mined(as(market, provider).settle!({ offer, ...claim }, 1_000));
  }

  /** Base units of stake that a miss burns now, less the twentieth that goes to who accounts for it: the provider itself. */
  async function missOf(provider: Party): Promise<bigint> {
    const burn = ((await spacetime.BETA!()) as bigint) * ((await spacetime.weightOf!(provider)) as bigint);
    const whole = (burn + 2n ** 64n - 1n) >> 64n;
    return whole - whole / 20n;
  }
  return { ...fixture, K, D, store, prove, conclude, missOf, close: prover.close };
}
