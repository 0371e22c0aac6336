// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title Counting in words of bits
library Bits {
    /// @notice Number of one bits.
    /// @dev Pairwise sums in place; the last sum is in 16-bit lanes because 256 does not fit into 8 bits.
    function popcount(uint256 x) internal pure returns (uint256) {
        unchecked {
            x -= (x >> 1) & 0x5555555555555555555555555555555555555555555555555555555555555555;
            x = (x & 0x3333333333333333333333333333333333333333333333333333333333333333)
                + ((x >> 2) & 0x3333333333333333333333333333333333333333333333333333333333333333);
            x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
            x = (x + (x >> 8)) & 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
            return (x * 0x0001000100010001000100010001000100010001000100010001000100010001) >> 240;
        }
    }

    /// @notice Position of the one bit that has exactly `rank` ones below it.
    /// @dev The caller must ensure `rank < popcount(x)`. Halves the word eight times, so its cost does not depend on `rank`.
    function select(uint256 x, uint256 rank) internal pure returns (uint256 position) {
        unchecked {
            for (uint256 width = 128; width != 0; width >>= 1) {
                uint256 below = popcount(x & ((1 << width) - 1));
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
        return count == 256 ? type(uint256).max : (1 << count) - 1;
    }
}
