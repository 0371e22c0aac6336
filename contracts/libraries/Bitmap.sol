// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Bits} from "./Bits.sol";

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
            unset += Bits.popcount(~(words[from >> 8] >> (from & 255)) & Bits.low(stop - from));
            from = stop;
        }
    }
}
