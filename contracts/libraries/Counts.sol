// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title How many replicas of each size a bag holds, in one word
/// @notice 15 classes (m = 13 .. 27) of 17 bits, lowest class first. A replica of class m weighs its 2^m padded elements.
library Counts {
    uint256 internal constant MIN_CLASS = 13;
    uint256 internal constant CLASSES = 15;
    uint256 internal constant BITS = 17;
    uint256 internal constant MAX_COUNT = 2 ** BITS - 1;

    /// @dev The caller must ensure that m is a class.
    function countOf(uint256 counts, uint256 m) internal pure returns (uint256) {
        unchecked {
            return (counts >> ((m - MIN_CLASS) * BITS)) & MAX_COUNT;
        }
    }

    /// @dev The caller must ensure that the class is not full: one more would carry into the next class.
    function plusOne(uint256 counts, uint256 m) internal pure returns (uint256) {
        unchecked {
            return counts + (1 << ((m - MIN_CLASS) * BITS));
        }
    }

    /// @dev The caller must ensure that the class is not empty.
    function minusOne(uint256 counts, uint256 m) internal pure returns (uint256) {
        return counts - (1 << ((m - MIN_CLASS) * BITS));
    }

    /// @notice W, the padded elements of all replicas: below 2^45, so nothing here overflows.
    function weight(uint256 counts) internal pure returns (uint256 total) {
        unchecked {
            for (uint256 m = MIN_CLASS; counts != 0; ++m) {
                total += (counts & MAX_COUNT) << m;
                counts >>= BITS;
            }
        }
    }
}
