// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ReplicaStatus} from "../types/Spacetime.sol";
import {Counts} from "./Counts.sol";
import {RecordWord, Records} from "./Records.sol";

/// @dev A provider's bag of replicas, its proven windows and how far its misses were burned.
struct Lane {
    uint256 counts; // slot 0
    uint256 snapshot; // slot 1
    // slot 2; one after the window that `snapshot` belongs to, so that zero means none
    uint40 snapshotEnd;
    uint40 accounted;
    bool suspended;
    // by a window's lowest bit, 40 bits each: one after the window that is pinned, so that zero means none
    uint80 pinnedEnds;
    mapping(uint256 word => uint256) proven; // slot 3
    mapping(bytes32 root => RecordWord) records; // slot 4
    mapping(uint256 place => bytes32) roots; // slot 5
    mapping(uint256 parity => bytes32) pinnedRoots; // slot 6; libraries/Pins.sol
}

/// @title The replica bag: the places 0 .. count - 1 of every size class are filled, so that one read answers a draw
library Lanes {
    using Counts for uint256;

    /// @notice Key of a place in `Lane.roots`.
    function place(uint256 m, uint256 index) internal pure returns (uint256) {
        return (m << 24) | index;
    }

    /// @notice The counts that `window` draws from; it must be open and unproven.
    function countsFor(Lane storage lane, uint256 window) internal view returns (uint256) {
        return lane.snapshotEnd == window + 1 ? lane.snapshot : lane.counts;
    }

    /// @notice Keeps the counts as they were when the last drawn window opened. `drawn` is one after that window.
    function keepSnapshot(Lane storage lane, uint40 drawn) internal {
        if (lane.snapshotEnd == drawn) return;
        lane.snapshotEnd = drawn;
        lane.snapshot = lane.counts;
    }

    /// @notice Puts `root` behind the last replica of its class; the caller checked that the class has room.
    /// @param counts The lane's, which the caller has read already.
    function insert(Lane storage lane, uint256 counts, uint256 m, bytes32 root, bytes24 tag, uint256 firstWindow)
        internal
        returns (uint256 index)
    {
        index = counts.countOf(m);
        lane.roots[place(m, index)] = root;
        lane.records[root] = Records.active(tag, firstWindow, m, index);
        lane.counts = counts.plusOne(m);
    }

    /// @notice Takes a replica out; the last one of its class moves to its place. The record stays, so that the root
    /// cannot come back: a client could otherwise be sold bytes whose seal another client's money already paid for.
    /// @return m Its size class.
    function remove(Lane storage lane, bytes32 root) internal returns (uint256 m) {
        RecordWord record = lane.records[root];
        uint256 counts = lane.counts;
        m = record.m();
        uint256 index = record.index();
        uint256 last = counts.countOf(m) - 1;
        if (index != last) {
            bytes32 moved = lane.roots[place(m, last)];
            lane.roots[place(m, index)] = moved;
            lane.records[moved] = lane.records[moved].withIndex(index);
        }
        delete lane.roots[place(m, last)];
        lane.records[root] = record.withStatus(ReplicaStatus.Removed);
        lane.counts = counts.minusOne(m);
    }
}
