// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title Ends that come before a slot's term, and what they cost
/// @dev Windows are counted from the replica's first; `opened` are those whose opening has come.
library Endings {
    /// @notice End after a cancel: the next opening is always paid, so that a client cannot leave with the seed in sight.
    function cancelled(uint256 end, uint256 minWindows, uint256 opened) internal pure returns (uint256) {
        uint256 least = opened + 1 > minWindows ? opened + 1 : minWindows;
        return least < end ? least : end;
    }

    /// @notice End after a drop or a forfeit: an open window still counts, so nobody dodges a seed that is known.
    function stopped(uint256 end, uint256 opened) internal pure returns (uint256) {
        return opened < end ? opened : end;
    }

    /// @notice What a forfeit of `remaining` windows costs; the caller bounds it by the collateral that is there.
    /// @dev Half of the remaining price, so that confessing beats failing, but never more than the cheapest way to go on
    /// without the bytes would lose: with K' draws over one replica a window, its price K' - 1 times and the burn K' times. A
    /// price that `priceLimit` allows stays below that bound, by a factor of four at least; it does not lean on who asked.
    /// @param replicaBurn Base units of stake that one miss burns for this replica's weight.
    function penalty(uint256 remaining, uint256 price, uint256 keptChallenges, uint256 replicaBurn)
        internal
        pure
        returns (uint256)
    {
        uint256 half = remaining * price / 2;
        uint256 hiding = remaining * ((keptChallenges - 1) * price + keptChallenges * replicaBurn);
        return half < hiding ? half : hiding;
    }
}
