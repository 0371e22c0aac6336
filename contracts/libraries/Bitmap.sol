// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title One bit per window, 256 to a word, lowest first
library Bitmap {
    function isSet(mapping(uint256 word => uint256) storage words, uint256 index) internal view returns (bool) {
        return (words[index >> 8] >> (index & 255)) & 1 != 0;
    }

    function set(mapping(uint256 word => uint256) storage words, uint256 index) internal {
        words[index >> 8] |= 1 << (index & 255);
    }

    /// @notice Number of bits in [from, end) that are not set; reads each word once.
    function countUnset(mapping(uint256 word => uint256) storage words, uint256 from, uint256 end)
        internal
        view
        returns (uint256 unset)
    {
        while (from < end) {
            uint256 wordEnd = (from | 255) + 1;
            uint256 stop = end < wordEnd ? end : wordEnd;
            uint256 length = stop - from;
            unset += length - popcount((words[from >> 8] >> (from & 255)) << (256 - length));
            from = stop;
        }
    }

    /// @notice Set bits of `x`, counted in parallel within fields that double in width.
    function popcount(uint256 x) internal pure returns (uint256) {
        unchecked {
            x -= (x >> 1) & (type(uint256).max / 3);
            x = (x & (type(uint256).max / 5)) + ((x >> 2) & (type(uint256).max / 5));
            x = (x + (x >> 4)) & (type(uint256).max / 17);
            // The total may be 256, which a byte does not hold: hence 16-bit fields before they are added up.
            x = (x & (type(uint256).max / 257)) + ((x >> 8) & (type(uint256).max / 257));
            return (x * (type(uint256).max / 65_535)) >> 240;
        }
    }
}
