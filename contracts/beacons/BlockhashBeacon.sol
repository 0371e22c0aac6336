// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IBeacon} from "../interfaces/IBeacon.sol";
import {BlockHashes} from "../libraries/BlockHashes.sol";

/// @title Block hashes as randomness
/// @notice `blockhash` for the last 256 blocks, then the EIP-2935 history contract for 8,191 where the chain keeps it.
/// Warning: a block's producer can throw a block away to draw again. Good for local chains; not for a public one.
contract BlockhashBeacon is IBeacon {
    /// @dev Nothing is known of this block: it is not mined yet, too old, or the chain keeps no history.
    error BeaconNoRandomness(uint256 blockNumber, uint256 currentBlock);

    uint256 private immutable LIFETIME;

    constructor() {
        LIFETIME = BlockHashes.lifetime();
    }

    /// @inheritdoc IBeacon
    function randomnessAt(uint256 blockNumber) external view returns (bytes32 hash) {
        hash = BlockHashes.hashOf(blockNumber);
        // Zero is what chains answer for "unknown": as a seed it would be known in advance to everybody.
        require(hash != 0, BeaconNoRandomness(blockNumber, block.number));
    }

    /// @inheritdoc IBeacon
    function lifetime() external view returns (uint256) {
        return LIFETIME;
    }
}
