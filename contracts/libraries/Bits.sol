// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Bitmap} from "./Bitmap.sol";

/// @title Finding bits in a word
library Bits {
    /// @notice Position of the one bit that has exactly `rank` ones below it.
    /// @dev The caller must ensure `rank < popcount(x)`. Halves the word eight times, so its cost does not depend on `rank`.
    function select(uint256 x, uint256 rank) internal pure returns (uint256 position) {
        unchecked {
            for (uint256 width = 128; width != 0; width >>= 1) {
                uint256 below = Bitmap.popcount(x & ((1 << width) - 1));
                if (rank >= below) {
                    rank -= below;
                    x >>= width;
                    position += width;
                }
            }
        }
    }

    /// @notice The lowest `count` bits set, for `count` up to 256.
    function low(uint256 count) internal pure returns (uint256) {
        unchecked {
            return (1 << count) - 1; // 1 << 256 is 0, and 0 - 1 all ones
        }
    }
}
