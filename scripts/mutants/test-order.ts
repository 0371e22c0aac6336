/** Which tests meet a file's mistakes first; whoever survives those meets all. */

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

/** All tests, those near the file first. */
export function testOrder(file: string, tests: readonly string[]): { near: string[]; rest: string[] } {
  const patterns = NEAR.filter(([source]) => source.test(file)).map(([, test]) => test);
  const near = tests.filter((test) => patterns.some((pattern) => pattern.test(path(test))));
  return { near, rest: tests.filter((test) => !near.includes(test)) };
}

function path(test: string): string {
  return test.replace(/^test\/(contracts|attacks)\//, "");
}
