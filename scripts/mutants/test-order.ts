/** Which tests meet a file's mistakes first; whoever survives those meets all. */

/** Words in a test's path that go with a source's path. */
const NEAR: readonly (readonly [RegExp, RegExp])[] = [
  [/Vault|Bucket/, /vault/],
  [/ProviderRegistry|Profiles/, /registry|stake/],
  [/PaymentChannels/, /channels/],
  [/StrictDownload|Masks|DataRoots/, /strict-download|download|dispute/],
  [/ForcedRetrieval/, /retrieval/],
  [/RewardPool|Capacity/, /reward|capacity/],
  [/OrderBook/, /order/],
  [/ReferencePrice/, /price/],
  [/AuditPins/, /pin/],
  [/SpacetimeProofs|spacetime\/|Lanes|Counts|Challenges|Windows|Bitmap|Bits/, /spacetime|bag|grinding|stake-behind/],
  [/StorageMarket|market\/|Deals|Endings|Settlement|Slots|Payees|Distinct|Signatures|Replicas/, /market|stake-behind/],
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
  return test.replace(/^test\/(contracts\/)?/, "");
}
