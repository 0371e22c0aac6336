// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title Randomness of a fixed block
interface IBeacon {
    /// @notice Reverts for the current and later blocks, for blocks it has forgotten, and never returns zero.
    function randomnessAt(uint256 blockNumber) external view returns (bytes32);

    /// @notice For how many blocks after `blockNumber` the answer can be had.
    function lifetime() external view returns (uint256);
}
