// What the reverts that people meet mean, and what to do. Errors that are not listed are spelled out from their ABI.

import { formatAmount } from "../common/amounts.ts";
import { skipReasons } from "../data/terms.ts";

type Args = Readonly<Record<string, unknown>>;

const tokens = (amount: unknown) => `${formatAmount(amount as bigint)} tokens`;

/** By Solidity error name. */
export const revertSentences: Readonly<Record<string, (args: Args) => string>> = {
  ERC20InsufficientBalance: (e) =>
    `${e.sender} holds ${tokens(e.balance)} where ${tokens(e.needed)} are needed; get more tokens first.`,
  ERC20InsufficientAllowance: (e) =>
    `The permit lets the vault take ${tokens(e.allowance)} where ${tokens(e.needed)} are needed; sign it again.`,
  ERC2612ExpiredSignature: () => "The permit for the vault has expired; try again.",
  VaultInsufficientFree: (e) =>
    `${e.account} has ${tokens(e.free)} free in the vault where ${tokens(e.needed)} are needed; deposit more first.`,
  RegistryAlreadyRegistered: (e) => `${e.provider} is registered already; update its profile or ask instead.`,
  RegistryNotRegistered: (e) => `${e.provider} is not a registered provider; register it first.`,
  RegistryUnstakeAboveStake: (e) =>
    `Only ${tokens(e.stake)} are staked, less than the ${tokens(e.requested)} asked for.`,
  RegistryNothingRequested: () => "No unstaking was requested; request it first.",
  RegistryUnstakeTooEarly: (e) => `The stake can leave from block ${e.availableAt} on; now is ${e.blockNumber}.`,
  RegistryUnstakeLapsed: (e) =>
    `The stake could leave until block ${e.lastBlock} and now is ${e.blockNumber}; request it again.`,
  RegistryBagNotEmpty: () => "Replicas are still in the bag; settle and release their slots, then sweep.",
  RegistryStakeLeft: (e) => `${tokens(e.stake)} are still staked; unstake them first.`,
  RegistryRetrievalOpen: () => "A group is asked for on chain; answer it first, or wait until the request is over.",
  OperatorIsLane: () => "A lane is not its own operator; name another account.",
  OperatorNotDeclared: (e) => `${e.lane} does not name ${e.expected} as its operator; let the lane declare it first.`,
  RegistryLaneBehind: () => "Missed windows are not accounted for yet; account for them, then withdraw the stake.",
  RegistryStakeNeeded: (e) =>
    `The replicas held need a stake of ${tokens(e.needed)}, and ${tokens(e.stake)} are there: nothing can leave.`,
  WindowNotOpen: (e) =>
    `A proof is due after block ${e.opening} and until block ${e.closesAt}, and the chain is at ${e.blockNumber}.`,
  WindowAlreadyProven: (e) => `Window ${e.window} is proven already; nothing is left to do in it.`,
  WindowBagEmpty: (e) => `The provider held no replica when window ${e.window} opened; there is nothing to prove.`,
  WindowOpen: (e) => `A window is open until block ${e.closesAt}; try again after it, or once it is proven.`,
  LaneIsSuspended: (e) => `${e.provider} is suspended for lack of stake; stake more to prove again.`,
  LaneTooFarBehind: (e) =>
    `Windows ${e.accounted} to ${e.closed} are not accounted for; call account for them in parts first.`,
  ProofInvalid: () => "The verifier refused the proof; compare the proving key with the chain's verifier.",
  PinNotClient: (e) => `Only the client ${e.client} may pin its replica.`,
  PinNoDraws: (e) =>
    `This deployment asks ${e.challenges} challenges a window, and a quarter of them is none: nothing to pin.`,
  PinReplicaOver: () => "All paid windows of this replica are over; there is nothing left to audit.",
  PinFeeTooLow: (e) =>
    `A pin of the next window costs ${tokens(e.needed)} at least, and ${tokens(e.fee)} were offered.`,
  DealExists: () => "This deal is open already; a new one needs another salt.",
  DealUnknown: () => "The market knows no such deal; check its key.",
  DealTooFewSlots: (e) =>
    `Only ${e.filled} slots are good where ${e.needed} are needed; ask other providers for offers and open it again.`,
  DealPaymentAboveMaximum: (e) =>
    `The deal costs ${tokens(e.payment)}, above the ${tokens(e.maxPayment)} agreed to; raise the maximum to accept.`,
  DealBadSignature: (e) => `The offer for slot ${e.slot} is not signed by ${e.provider}; ask it for another.`,
  DealOrderOpen: () =>
    "The deal's order is open, and until then only the order book fills its slots; close the order first.",
  OrderNotClient: (e) => `Only the client ${e.client} may do this.`,
  OrderUnknown: () => "Nobody posted an order for this deal; check the client, salt and terms.",
  OrderMismatch: () => "This is not the order that was posted; take it from the event of its posting.",
  OrderRootTaken: () => "Another slot of this deal has this replica already.",
  OrderFloorAboveCap: (e) =>
    `The price would start at ${tokens(e.floor)} and end at ${tokens(e.cap)}; it can only rise.`,
  OrderCapAboveProofs: (e) => `The proofs carry at most ${tokens(e.most)} a window for this size; lower the cap.`,
  OrderDepositTooSmall: (e) =>
    `A deposit of ${tokens(e.found)} is less than one window at the cap; ask for ${tokens(e.least)} at least.`,
  OrderDeadlineBeforeStart: (e) => `The order would end in block ${e.deadline}, before its start in block ${e.start}.`,
  OrderWaitOutOfRange: (e) => `A wait of ${e.found} blocks is not between ${e.least} and ${e.most}.`,
  OrderPaymentAboveMaximum: (e) =>
    `The order needs ${tokens(e.payment)}, above the ${tokens(e.maxPayment)} agreed to; raise the maximum to accept.`,
  OrderSlotDone: () => "The slot is filled or refunded; choose another.",
  OrderSlotReserved: (e) => `${e.provider} keeps this slot until block ${e.until}; choose another or come back.`,
  OrderSlotNotReserved: () => "Nobody has reserved this slot.",
  OrderSlotNotPosted: () => "The client did not post this replica; reserve the slot and commit to what you seal.",
  OrderSlotPosted: () => "The client posted this replica itself; take the slot with it.",
  OrderNotTakeable: (e) =>
    e.ended ? "The client has ended this order." : `Slots go from block ${e.start} to block ${e.deadline}.`,
  OrderMarketPaused: () => "The market is paused for new deals; reservations that are made go on.",
  OrderProviderEngaged: (e) => `${e.provider} has a slot of this order already, or has reserved one.`,
  OrderProviderUnfit: (e) => `The provider cannot take this replica: ${skipReasons[Number(e.reason)] ?? e.reason}.`,
  OrderNotProvider: (e) => `Only ${e.expected}, which reserved the slot, may do this.`,
  OrderNotCommitted: () => "The provider has not committed to a replica yet.",
  OrderCommitted: () => "The provider has committed to its replica; now it is the client's turn.",
  OrderWrongCommitment: () => "The provider committed to other roots.",
  OrderTooLate: (e) => `This could be done until block ${e.lastBlock}; now is ${e.blockNumber}.`,
  OrderTooEarly: (e) => `This can be done after block ${e.lastBlock}; now is ${e.blockNumber}.`,
  OrderNotOver: (e) =>
    `Only the client may close the order before block ${e.deadline} is over; now is ${e.blockNumber}.`,
  OrderNothingToClose: () => "None of these slots is free: they are filled, refunded or reserved.",
  EnforcedPause: () => "The market is paused for new deals; running deals go on.",
  MarketNothingDue: () => "No closed window is left to settle; try again after the next one closes.",
  MarketNotSettled: (e) => `${e.settled} of ${e.end} windows are settled; settle the rest before the release.`,
  MarketNothingToRelease: () => "Nothing is left in this slot to release.",
  MarketSlotNotActive: () => "The slot is not active: it has ended, failed, or was never filled.",
  MarketNotClient: (e) => `Only the client ${e.expected} may do this.`,
  MarketNotProvider: (e) => `Only the provider ${e.expected} may do this.`,
  MarketCoolingOffOver: (e) =>
    `Slots may be dropped in the first ${e.coolingOff} windows; cancel it for its fee instead.`,
  MarketOfferRefused: (e) =>
    `The provider cannot take this replica now (${skipReasons[Number(e.reason)]}); ask it for another offer, or another provider.`,
  MarketSlotGivenUp: () =>
    "The provider gave this slot up; refill it once its last window is settled and it is released.",
  MarketSlotOver: (e) => `The slot's ${e.end} windows are over; open a new deal for the file.`,
  MarketExtensionOutOfRange: (e) =>
    `The extension must end in windows ${e.least} to ${e.most} of its provider and ends in ${e.found}; ask for another.`,
  MarketTopUpTooEarly: () => "Collateral can be added once a window; try again after the next one closes.",
  MarketNothingAdded: () => "Name an amount of collateral to add.",
  MarketSlotNotVacated: () =>
    "This slot is not free for a refill: it is active, was paid to its end, or was never filled.",
  MarketNothingLeft: () => "No window of this slot is left.",
  MarketWrongHandOver: () => "The leaving provider agreed to another offer; ask it to sign this one.",
  MarketHandOverExpired: (e) => `The leaving provider's word held until block ${e.expiry}; ask it to sign again.`,
  MarketHandOverRevoked: () => "The leaving provider has revoked what it signed; ask it to sign again.",
  MarketNotSteward: (e) => `Only the client and its steward ${e.expected} may do this.`,
  MarketStewardExpired: (e) => `The steward's grant ended with block ${e.until}; only the client can renew it.`,
  MarketApprovalsUsedUp: (e) =>
    `The steward has approved ${e.most} replacements, all it may before the client's next heartbeat.`,
  MarketStewardPrice: (e) =>
    `A steward approves at most ${tokens(e.most)} a window here, and the offer asks ${tokens(e.found)}; ask the client.`,
  MarketStewardCollateral: (e) =>
    `A steward approves no less than ${tokens(e.least)} of collateral here, and the offer has ${tokens(e.found)}.`,
  MarketBonusNotEarned: (e) =>
    `The bonus is earned by a proven and settled window from ${e.from} to before ${e.end}; ${e.window} is none.`,
  ChannelEmpty: () => "There is no money in this channel.",
  ChannelNotClosing: () => "This channel is not closing; start its close first.",
  ChannelCloseTooEarly: (e) => `The channel can close from block ${e.closableAt} on; now is ${e.blockNumber}.`,
  ChannelAlreadyClosing: (e) => `The channel is closing already; close it from block ${e.closableAt} on.`,
  ReplicaWrongFilling: () => "Something else fills this slot now; ask the chain for the slot's current filling.",
  ReplicaSlotNotActive: () => "The slot is not active: it has ended, failed, or was never filled.",
  DownloadTooLate: (e) => `This could be done until block ${e.lastBlock}; now is ${e.blockNumber}.`,
  DownloadTooEarly: (e) => `This can be done after block ${e.lastBlock}; now is ${e.blockNumber}.`,
  DownloadBadSignature: (e) => `The session is not signed by ${e.signer}; sign exactly what both agreed on.`,
  DownloadWrongKey: () => "The key is not the one that was agreed on; use the session's own.",
  DownloadGroupIsGood: () => "This group unmasks to what the chain knows; there is nothing to dispute.",
  RetrievalAlreadyRequested: (e) =>
    `A group of this replica is asked for already; try again once it is answered, or expire it after block ${e.answerBy}.`,
  RetrievalNotRequested: () => "Nobody asks for a group of this replica.",
  RetrievalTooLate: (e) => `The answer was due by block ${e.answerBy}; now is ${e.blockNumber}.`,
  RetrievalTooEarly: (e) => `The provider may answer until block ${e.answerBy}; now is ${e.blockNumber}.`,
  RetrievalReplicaOver: () => "All paid windows of this replica are closed; its bytes are nobody's duty any more.",
  RetrievalTooManyOpen: (e) =>
    `At most ${e.most} requests of strangers may be open at this provider; try again when one is answered.`,
  CapacityNothingDue: () => "All closed windows of this provider are claimed for; wait for the next one to close.",
  CapacityNotRegistered: (e) => `${e.provider} is not registered; only registered providers are rewarded.`,
  RewardNothingDue: () => "All settled windows of this replica are rewarded; settle more first.",
  RewardPoolTooSmall: (e) =>
    `The pool has ${tokens(e.available)} where ${tokens(e.needed)} are due; claim fewer windows or wait until it is funded.`,
};
