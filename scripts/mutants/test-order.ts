/** Which tests meet a mutant, and which of them first: what is about its file, and quick. */
import type { Mutant } from "./build.ts";
import { SOLIDITY } from "./run.ts";
import { identityOf } from "./select.ts";
import type { Survey } from "./survey.ts";

/** Words in a test's path that go with a source's path. */
const NEAR: readonly (readonly [RegExp, RegExp])[] = [
  [/Vault|Bucket/, /vault|hostile-tokens/],
  [/ProviderRegistry|Profiles|registry\//, /registry|stake|operator|leav|exit/],
  [/PaymentChannels/, /channel|voucher|payers/],
  [/StrictDownload|Masks|DataRoots/, /strict-download|download|dispute/],
  [/ForcedRetrieval/, /retrieval/],
  [/RewardPool|Capacity/, /reward|capacity|self-dealing/],
  [/OrderBook|orders\//, /order|reservation/],
  [/ReferencePrice/, /price/],
  [/AuditPins|Pins/, /pin/],
  [
    /SpacetimeProofs|spacetime\/|Lanes|Counts|Challenges|Windows|Bitmap|Bits|Records/,
    /spacetime|bag|grinding|stake-behind|lane|settle/,
  ],
  [
    /StorageMarket|market\/|Deals|Endings|Settlement|Slots|Payees|Distinct|Signatures|Replicas|Changes|Records/,
    /market|stake-behind|forfeit|refill|hand|extend|steward|filling|signers|settle/,
  ],
  [/verifiers/, /verifier/],
  [/beacons|BlockHash|BlockHeaders|Bls/, /beacon|seed/],
];

/** How many files run before the others are loaded at all. */
const FIRST = 4;

/** The files that come to the mutant, in batches; whoever survives one meets the next. */
export function testOrder({ mutation }: Mutant, { reachedBy, seconds }: Survey): (readonly string[])[] {
  const patterns = NEAR.filter(([source]) => source.test(mutation.file)).map(([, test]) => test);
  const rank = (test: string) => (patterns.some((pattern) => pattern.test(nameOf(test))) ? 0 : 1000) + seconds[test]!;
  const sorted = reachedBy[identityOf(mutation)]!.toSorted((a, b) => rank(a) - rank(b));
  const batches = [sorted.slice(0, FIRST), sorted.slice(FIRST)].filter((batch) => batch.length > 0);
  return /\/libraries\//.test(mutation.file) ? [SOLIDITY, ...batches] : [...batches, SOLIDITY];
}

function nameOf(test: string): string {
  return test.replace(/^test\/(contracts|attacks)\//, "");
}
