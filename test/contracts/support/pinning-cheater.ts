/** A provider that has lost a client's replica and pins replicas of its own through a puppet, with real contracts. */
import { network } from "hardhat";
import { LOCAL_PARAMETERS } from "../../../scripts/lib/parameters.ts";
import { deployMarket, GOOD_PROOF, mined, openDeal } from "../market/fixture.ts";

/** The least fee of a pin. */
export const FEE = LOCAL_PARAMETERS.minimumPinFee;
export const WINDOWS = 24;
/** No number of misses ends the deals: the best case for the cheater. */
const TERMS = { slots: 1, threshold: 1, windows: WINDOWS, maxMisses: WINDOWS };

/** A client's replica and one of the provider's own, from the same window on; the provider's puppet is its client. */
export async function deployCheater() {
  const fixture = await deployMarket(await network.create());
  const { ethers, client, providers, addresses, spacetime, vault, registry, networkHelpers, goTo } = fixture;
  const [provider, puppet] = [providers[0]!, providers[1]!];
  const price: bigint = await spacetime.priceLimit!(13);
  const latest = await networkHelpers.time.latestBlock();
  const next: bigint = await spacetime.nextOpening!(provider, latest);
  await goTo((await spacetime.openingOf!(provider, next)) + 1n); // a whole period until the first window of both
  const plan = { providers: [provider], terms: TERMS };
  const lost = (await openDeal(fixture, { client, ...plan, offer: { price } })).claims[0]!;
  const own = (await openDeal(fixture, { client: puppet, ...plan, offer: { price: 0n, collateral: 0n } })).claims[0]!;
  const pins = await ethers.getContractAt("AuditPins", addresses.pins);
  const pin = async (who: typeof client, { offer, firstWindow }: typeof lost, fee: bigint) =>
    mined((pins.connect(who) as typeof pins).pin({ offer, firstWindow }, fee));
  /** What provider and puppet have together, stake included. */
  const wealth = async (): Promise<bigint> => {
    const [a, b] = await Promise.all([vault.freeOf!(provider), vault.freeOf!(puppet)]);
    return a + b + (await registry.stakeOf!(provider));
  };
  const opening = (window: number): Promise<bigint> => spacetime.openingOf!(provider, window);
  /** Proves the open window if it does not ask for what is lost. */
  async function proveIfPossible(window: number): Promise<boolean> {
    const vector: bigint[] = [...(await spacetime.challengesOf!(provider, window))];
    if (vector.includes(BigInt(lost.offer.root))) return false;
    await mined(spacetime.submitProof!(provider, window, GOOD_PROOF, 1n));
    return true;
  }
  return { ...fixture, provider, puppet, price, lost, own, pins, pin, wealth, opening, proveIfPossible };
}
