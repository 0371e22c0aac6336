// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title The rhythm of a lane
/// @notice Window k opens at block `first + k * period` and closes `length` blocks later; `first` is genesis + phase.
/// Mirrored by node/data/windows.ts.
library Windows {
    function phaseOf(address provider, uint256 period) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("holdfast/phase/v1", provider))) % period;
    }

    function openingOf(uint256 first, uint256 period, uint256 window) internal pure returns (uint256) {
        return first + window * period;
    }

    /// @notice Smallest window whose opening is later than `blockNumber`; all windows before it have been drawn or could be.
    function nextOpening(uint256 first, uint256 period, uint256 blockNumber) internal pure returns (uint256) {
        return blockNumber < first ? 0 : (blockNumber - first) / period + 1;
    }

    /// @notice How many windows are closed at `blockNumber`. As windows do not overlap it is `nextOpening`, or one less while
    /// a window is between its opening and its close.
    function closedAt(uint256 first, uint256 period, uint256 length, uint256 blockNumber) internal pure returns (uint256) {
        uint256 firstClose = first + length;
        return blockNumber <= firstClose ? 0 : (blockNumber - firstClose - 1) / period + 1;
    }
}
