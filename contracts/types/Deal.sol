// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev What a client and its providers agree on. Providers, prices and the header's hash are left out on purpose: the
/// terms must be fixed before anything is sealed. `dealKey = hash(client, salt, termsHash)` is a deal's only identity.
struct Terms {
    /// Number of slots, n.
    uint8 slots;
    /// Shards that rebuild the file, k.
    uint8 threshold;
    /// Least number of challenges per window that the client accepts from a deployment.
    uint8 minChallenges;
    /// Length of the deal, counted in each provider's own proving windows: 16,383 at most.
    uint16 windows;
    /// Misses that a replica survives; one more fails it. At least 3 + windows / 20.
    uint16 maxMisses;
    /// Windows at the start in which the client may drop a slot without a reason.
    uint16 coolingOff;
    /// A cancelled slot is paid for at least this many windows in total.
    uint16 minWindows;
    /// Fee for a cancelled slot, in windows of its price.
    uint16 cancelFeeWindows;
    /// May approve replacements while the client is away; zero for nobody.
    address steward;
}

/// @dev A provider's signed promise for one exact replica on exact terms (EIP-712).
struct Offer {
    address provider;
    address client;
    bytes32 dealKey;
    /// Place in the deal, from 0.
    uint8 slot;
    /// 0 at the first sealing, one more at every refill.
    uint8 generation;
    /// Poseidon commitment: 0 < root < p.
    bytes32 root;
    /// SHA-256 tree over the unpadded groups.
    bytes32 dataRoot;
    /// The commitment covers 2^m elements, 13 <= m <= 27.
    uint8 m;
    /// Groups of 512 elements, without the padding.
    uint32 groups;
    /// Base units of the token per proving window.
    uint128 price;
    /// Base units that answer for the replica.
    uint128 collateral;
    /// Last block at which the offer may be taken.
    uint40 expiry;
    /// Must equal the provider's current offer epoch.
    uint64 epoch;
}

struct SignedOffer {
    Offer offer;
    bytes signature;
}

/// @dev An `Offer` of generation 0 as the call that opens its deal takes it. Its client and its dealKey go without saying;
/// it is signed with them.
struct SlotOffer {
    address provider;
    uint8 slot;
    bytes32 root;
    bytes32 dataRoot;
    uint8 m;
    uint32 groups;
    uint128 price;
    uint128 collateral;
    uint40 expiry;
    uint64 epoch;
}

struct SignedSlotOffer {
    SlotOffer offer;
    bytes signature;
}

/// @dev What a slot was filled with: all that paying for it needs. The replica's record in its lane keeps only a tag of it.
struct Filling {
    Offer offer;
    /// The provider's first window that counts.
    uint40 firstWindow;
}

/// @dev A provider's signed promise to keep a replica longer, on the terms of a new offer for it (EIP-712). Named by where
/// it ends and not by what it adds, so that a signature cannot be used twice.
struct Extension {
    Offer offer;
    /// First window of the provider's own that the slot no longer has.
    uint40 until;
}

struct SignedExtension {
    Extension extension;
    bytes signature;
}

/// @dev A provider's signed consent to leave its slot to the provider of another offer (EIP-712).
struct HandOver {
    /// EIP-712 struct hash of the offer that takes its place.
    bytes32 offerHash;
    /// Last block at which the slot may change hands.
    uint40 expiry;
    /// Must equal the leaving provider's current offer epoch.
    uint64 epoch;
}

struct SignedHandOver {
    HandOver handOver;
    bytes signature;
}

/// @dev Whom a client lets approve replacements in a deal, instead of the steward that the terms name.
struct StewardGrant {
    /// Zero for nobody.
    address steward;
    /// Last block at which it may approve.
    uint40 until;
    /// The most that a window may cost.
    uint128 maxPrice;
    /// The least that must answer for a replica.
    uint128 minCollateral;
}

/// @dev What a client signs with its transaction when it opens a deal.
struct DealRequest {
    bytes32 salt;
    Terms terms;
    /// Hash of the file's header; stored and emitted so that a reader finds the deal it holds a capability for.
    bytes32 headerHash;
    /// Least number of slots that must be good, at least the threshold; the rest may be skipped.
    uint8 minSlots;
    /// The most that may leave the client's account, fee included.
    uint256 maxPayment;
}

/// @dev An ERC-2612 permit for the vault; `amount` zero means none.
struct PermitDeposit {
    uint256 amount;
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

enum SlotStatus {
    Vacant,
    Active,
    Ended,
    Failed
}

/// @dev Why `openDeal` left a slot vacant.
enum SkipReason {
    None,
    Expired,
    Revoked,
    NotRegistered,
    PriceAboveProofs,
    InsufficientCollateral,
    InsufficientStake,
    Suspended,
    LaneFull,
    LaneBehind,
    RootTaken
}

/// @dev A fifth of a storage word. What fills the slot stands in its provider's lane, as the tag of the replica's record.
struct SlotState {
    /// Windows settled so far, counted from the filling's first window.
    uint16 settled;
    /// Misses that the replica still survives; the deal's `maxMisses` when the slot is filled.
    uint16 missesLeft;
    /// Windows that count; the deal's length until a cancel, drop or forfeit brings it forward.
    uint16 end;
    uint8 generation;
    SlotStatus status;
}
