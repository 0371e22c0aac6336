// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev Outcome of adding a replica to a lane's bag; anything but `Added` changed nothing.
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

/// @dev One storage word per (lane, root).
struct ReplicaRecord {
    uint8 m;
    /// Place within its size class.
    uint24 index;
    /// First proving window that counts for it.
    uint40 firstWindow;
    ReplicaStatus status;
}

/// @dev A provider identity's proving lane.
struct LaneView {
    /// 15 classes (m = 13 .. 27) of 17 bits, lowest class first.
    uint256 counts;
    /// Counts at the opening of `snapshotWindow`, when the bag changed while it was open.
    uint256 snapshot;
    uint40 snapshotWindow;
    /// First window whose misses have not been burned yet.
    uint40 accounted;
    bool suspended;
}
