// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title The rhythm of a lane
/// @notice Window k opens at block `first + k * period` and closes `length` blocks later; `first` is genesis + phase.
/// Mirrored by node/data/windows.ts.
/// @dev Nothing here overflows: genesis, period, length and windows have 40 bits, and a period has two blocks at least.
library Windows {
    /// @dev keccak256(abi.encode("holdfast/phase/v1", provider)) % period, written out word by word: whatever asks about a lane
    /// asks this first.
    function phaseOf(address provider, uint256 period) internal pure returns (uint256 phase) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, 0x40)
            mstore(add(free, 0x20), provider)
            mstore(add(free, 0x40), 17)
            mstore(add(free, 0x60), "holdfast/phase/v1")
            phase := mod(keccak256(free, 0x80), period)
        }
    }

    function openingOf(uint256 first, uint256 period, uint256 window) internal pure returns (uint256) {
        unchecked {
            return first + window * period;
        }
    }

    /// @notice Smallest window whose opening is later than `blockNumber`; all windows before it have been drawn or could be.
    function nextOpening(uint256 first, uint256 period, uint256 blockNumber) internal pure returns (uint256) {
        unchecked {
            return blockNumber < first ? 0 : (blockNumber - first) / period + 1;
        }
    }

    /// @notice How many windows are closed at `blockNumber`. As windows do not overlap it is `nextOpening`, or one less while
    /// a window is between its opening and its close.
    function closedAt(uint256 first, uint256 period, uint256 length, uint256 blockNumber) internal pure returns (uint256) {
        unchecked {
            uint256 firstClose = first + length;
            return blockNumber <= firstClose ? 0 : (blockNumber - firstClose - 1) / period + 1;
        }
    }
}
