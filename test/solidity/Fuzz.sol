// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title What a fuzz test needs of its runner: inputs cut to a range, and comparisons that show both values
abstract contract Fuzz {
    error Different(string what, uint256 expected, uint256 found);
    error Untrue(string what);

    /// @dev `x` moved into [least, most]; what is inside stays, so that a failing input reads as it is.
    function within(uint256 x, uint256 least, uint256 most) internal pure returns (uint256) {
        return least <= x && x <= most ? x : least + x % (most - least + 1);
    }

    function same(uint256 expected, uint256 found, string memory what) internal pure {
        require(expected == found, Different(what, expected, found));
    }

    function check(bool condition, string memory what) internal pure {
        require(condition, Untrue(what));
    }
}
