// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IBeacon} from "./IBeacon.sol";

/// @title A beacon whose randomness anybody has to bring before it can be read, once per block for all
interface IRecordingBeacon is IBeacon {
    /// @param blockNumber What `randomnessAt` is asked for.
    event RandomnessRecorded(uint256 indexed blockNumber, bytes32 randomness);

    /// @dev The header is not that of its block, or this chain has forgotten the block or not seen it yet (`expected` is 0).
    error BeaconHeaderUnknown(uint256 blockNumber, bytes32 expected, bytes32 found);
    /// @dev Nobody has recorded it, or it does not exist yet.
    error BeaconNotRecorded(uint256 blockNumber);
}
