/** Mistakes that a reviewer could overlook, each an expression of the contracts that says something else. */

export interface Bug {
  /** What it does to the market. */
  readonly name: string;
  readonly file: string;
  /** Stands once in the file. */
  readonly original: string;
  readonly mutated: string;
}

/** Written down before the first run; the ones that the fuzz does not find stay in the list. */
export const bugs: readonly Bug[] = [
  {
    name: "anybody may cancel or drop a client's slot",
    ...{ file: "contracts/market/Settling.sol", original: "msg.sender == offer.client", mutated: "true" },
  },
  {
    name: "a replica fails one miss too early",
    ...{ file: "contracts/market/Settling.sol", original: "missed > left", mutated: "missed >= left" },
  },
  {
    name: "the client gets the repairer's share of lost collateral",
    file: "contracts/market/Settling.sol",
    ...{ original: "lost * CLIENT_SHARE_BPS / WHOLE", mutated: "lost * REPAIRER_SHARE_BPS / WHOLE" },
  },
  {
    name: "a window is closed one block too early",
    file: "contracts/libraries/Windows.sol",
    ...{
      original: "(blockNumber - firstClose - 1) / period + 1",
      mutated: "(blockNumber - firstClose) / period + 1",
    },
  },
  {
    name: "a miss burns by the bag of today, not by that at its opening",
    ...{ file: "contracts/SpacetimeProofs.sol", original: "lane_.snapshotEnd == from + 1", mutated: "false" },
  },
  {
    name: "a removed replica leaves a hole in its class",
    ...{ file: "contracts/libraries/Lanes.sol", original: "index != last", mutated: "false" },
  },
  {
    name: "one provider may take two slots of an order",
    ...{ file: "contracts/OrderBook.sol", original: "!isEngaged[dealKey][msg.sender]", mutated: "true" },
  },
  {
    name: "a stranger deposits with somebody else's permit",
    file: "contracts/Vault.sol",
    ...{ original: "msg.sender == owner || isModule[msg.sender]", mutated: "true" },
  },
  {
    name: "an earlier channel's vouchers pay again",
    ...{ file: "contracts/PaymentChannels.sol", original: "voucher.epoch != channel.epoch", mutated: "false" },
  },
  {
    name: "outbidding a pin costs no more than the pin",
    ...{ file: "contracts/AuditPins.sol", original: "2 * uint256(bid.fee)", mutated: "uint256(bid.fee)" },
  },
  {
    name: "a slot that its provider gave up is extended",
    file: "contracts/market/DealChanges.sol",
    ...{ original: "_deals[offer.dealKey].reserves[offer.slot].left == 0", mutated: "true" },
  },
  {
    name: "a window is rewarded as often as it is claimed",
    ...{ file: "contracts/RewardPool.sol", original: "reached > from", mutated: "false" },
  },
  {
    name: "a steward has one approval too many",
    file: "contracts/market/Stewards.sol",
    ...{ original: "found.approvals < most", mutated: "found.approvals <= most" },
  },
  {
    name: "stake leaves while a request for bytes is open",
    file: "contracts/ProviderRegistry.sol",
    ...{ original: "needed + RETRIEVAL.exposureOf(account)", mutated: "needed" },
  },
  {
    name: "a cancel costs its fee though the last window was missed",
    file: "contracts/StorageMarket.sol",
    ...{ original: "!SPACETIME.isProven(offer.provider, uint40(last))", mutated: "false" },
  },
  {
    name: "a strict download is paid in the last block of its dispute",
    file: "contracts/StrictDownload.sol",
    ...{ original: "block.number > lastBlock", mutated: "block.number >= lastBlock" },
  },
  {
    name: "empty space counts on though the replica came that it yields to",
    file: "contracts/CapacityProofs.sol",
    ...{ original: "record.firstWindow >= drawn", mutated: "true" },
  },
  {
    name: "a window proves empty space that was added while it was open",
    file: "contracts/CapacityProofs.sol",
    ...{ original: "space.bag.countsFor(window)", mutated: "space.bag.counts" },
  },
  {
    name: "the programme forgets what it paid for a period already",
    ...{ file: "contracts/CapacityProgramme.sol", original: "MOST_PER_PERIOD - paid", mutated: "MOST_PER_PERIOD" },
  },
];
