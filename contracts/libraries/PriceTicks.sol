// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title A price as a power: tick t stands for (1 + 1/1024)^t
/// @notice Steps add up in the exponent, so that n periods at once come to exactly what n single ones do.
/// Mirrored by node/data/reference-price.ts.
library PriceTicks {
    /// @dev 9,000,000 times the least price.
    uint256 internal constant MOST = 2 ** 14 - 1;
    /// @dev Ticks that a period moves the price at most: about 3.2 %.
    uint256 internal constant STEP = 32;
    /// @dev Utilisation at which the price rests, in 1/10,000.
    uint256 internal constant TARGET = 5_000;
    uint256 internal constant WHOLE = 10_000;

    /// @notice Where `periods` at one utilisation (1/10,000) take a tick.
    function moved(uint256 tick, uint256 periods, uint256 utilisation) internal pure returns (uint256) {
        if (utilisation >= TARGET) {
            uint256 up = periods * (STEP * (utilisation - TARGET) / (WHOLE - TARGET));
            return up < MOST - tick ? tick + up : MOST;
        }
        uint256 down = periods * (STEP * (TARGET - utilisation) / TARGET);
        return down < tick ? tick - down : 0;
    }

    /// @notice (1 + 1/1024)^tick times 2^96, rounded down at each of at most 27 products.
    function factor(uint256 tick) internal pure returns (uint256 result) {
        result = 2 ** 96;
        // Below 2^120 each, for ticks up to MOST: no product overflows.
        uint256 power = 2 ** 96 + 2 ** 86;
        for (uint256 left = tick; left != 0; left >>= 1) {
            if (left & 1 == 1) result = (result * power) >> 96;
            power = (power * power) >> 96;
        }
    }
}
