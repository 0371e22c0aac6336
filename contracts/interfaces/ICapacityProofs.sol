// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title Proofs that capacity is there though nobody rents it
interface ICapacityProofs {
    /// @notice Elements (31 bytes) of empty capacity that the provider proved in its window; zero if it proved none. Fixed once the
    /// window is closed, and never counts what its replicas fill.
    function provenCapacity(address provider, uint40 window) external view returns (uint256 elements);
}
