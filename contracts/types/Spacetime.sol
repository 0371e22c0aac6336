// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev What a deployment fixes for good.
struct SpacetimeParameters {
    /// Block from which phases count; 0 for the block of the deployment.
    uint40 genesis;
    /// Blocks from one opening of a lane to its next.
    uint40 period;
    /// Blocks after the opening in which a proof is taken.
    uint40 windowLength;
    /// Base units of stake burned per element and miss, times 2^64.
    uint128 beta;
    /// The most padded elements in one lane.
    uint64 maxWeight;
}

/// @dev Outcome of adding a replica to a lane's bag; anything but `Added` left the bag as it was.
enum AddResult {
    Added,
    InsufficientStake,
    Suspended,
    LaneFull,
    LaneBehind,
    RootTaken
}

enum ReplicaStatus {
    Unknown,
    /// In the bag, its deal goes on.
    Active,
    /// Its deal is over; it keeps its weight until it may be removed.
    Retired,
    /// Out of the bag. The record stays: a root never comes back to the same lane.
    Removed
}

/// @dev What a lane knows of a root; one storage word.
struct ReplicaRecord {
    /// Of the filling that the market pays it for: the first 24 bytes of keccak256(abi.encode(offer's struct hash, the filling's
    /// first window)). Zero once the replica was handed over.
    bytes24 tag;
    /// First proving window that counted for it; an extended deal's filling may begin later.
    uint40 firstWindow;
    uint8 m;
    /// Place within its size class.
    uint24 index;
    ReplicaStatus status;
}

/// @dev A provider identity's proving lane.
struct LaneView {
    /// 15 classes (m = 13 .. 27) of 17 bits, lowest class first.
    uint256 counts;
    /// Counts at the opening of `snapshotWindow`, the last window that was open and unproven while something was added.
    uint256 snapshot;
    /// 2^40 - 1 if there was none.
    uint40 snapshotWindow;
    /// First window whose misses have not been burned yet; beyond an open window that opened on an empty bag, which asks
    /// for nothing.
    uint40 accounted;
    bool suspended;
}
