// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ReplicaStatus} from "../types/Spacetime.sol";
import {Lane} from "./Lanes.sol";

/// @title Audit pins: the last quarter of a window's draws, when they go to one replica of the lane
/// @notice A lane remembers two pins, one for even and one for odd windows: while a window is open its own pin has to stand,
/// or whoever pins the next window could change what this one asks after its seed is known. Mirrored by node/data/bag.ts.
library Pins {
    /// @dev Bits of a window's number.
    uint256 private constant WINDOW = 40;

    /// @notice Draws of `challenges` that no pin can take, K'.
    function freeOf(uint256 challenges) internal pure returns (uint256) {
        unchecked {
            return challenges - challenges / 4;
        }
    }

    /// @notice Pins `window`, which must not have opened, to a replica of the lane.
    function pin(Lane storage lane, uint256 window, bytes32 root) internal {
        uint256 shift = (window & 1) * WINDOW;
        uint256 others = lane.pinnedEnds & ~(uint256(type(uint40).max) << shift);
        lane.pinnedEnds = uint80(others | (window + 1) << shift);
        lane.pinnedRoots[window & 1] = root;
    }

    /// @notice The replica that `window` is pinned to; zero for none, or for one that left the bag before the opening: while
    /// an unproven window is open nothing leaves.
    function pinnedFor(Lane storage lane, uint256 window) internal view returns (bytes32 root) {
        unchecked {
            // Windows have 40 bits.
            if (uint40(lane.pinnedEnds >> ((window & 1) * WINDOW)) != window + 1) return 0;
        }
        root = lane.pinnedRoots[window & 1];
        if (lane.records[root].status() == ReplicaStatus.Removed) return 0;
    }

    /// @notice Fills the places of `w` from draw `first` on with draws of one replica: draw j takes element
    /// keccak256(seed, j) mod 2^m of it.
    function fill(uint256[] memory w, uint256 first, bytes32 root, uint256 m, bytes32 seed, uint256 levels) internal pure {
        uint256 depthBits = ((m + 2) / 3) << (3 * levels);
        for (uint256 j = first; 2 * j < w.length; ++j) {
            w[2 * j] = uint256(root);
            w[2 * j + 1] = (uint256(keccak256(abi.encode(seed, j))) & ((1 << m) - 1)) + depthBits;
        }
    }
}
