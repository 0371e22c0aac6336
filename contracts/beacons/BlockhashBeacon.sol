// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IBeacon} from "../interfaces/IBeacon.sol";

/// @title Block hashes as randomness
/// @notice `blockhash` for the last 256 blocks, then the EIP-2935 history contract for 8,191 where the chain keeps it.
/// Warning: a block's producer can throw a block away to draw again. Good for local chains; not for a public one.
contract BlockhashBeacon is IBeacon {
    /// @dev Nothing is known of this block: it is not mined yet, too old, or the chain keeps no history.
    error BeaconNoRandomness(uint256 blockNumber, uint256 currentBlock);

    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant HISTORY_LENGTH = 8191;
    uint256 private constant OPCODE_LENGTH = 256;

    uint256 private immutable LIFETIME;

    constructor() {
        // Asked, not looked for: Hardhat has code there that only says it is not supported.
        uint256 last = block.number - 1;
        LIFETIME = _historic(last) == blockhash(last) ? HISTORY_LENGTH : OPCODE_LENGTH;
    }

    /// @inheritdoc IBeacon
    function randomnessAt(uint256 blockNumber) external view returns (bytes32 hash) {
        hash = blockhash(blockNumber);
        if (hash == 0) hash = _historic(blockNumber);
        // Zero is what chains answer for "unknown": as a seed it would be known in advance to everybody.
        require(hash != 0, BeaconNoRandomness(blockNumber, block.number));
    }

    /// @inheritdoc IBeacon
    function lifetime() external view returns (uint256) {
        return LIFETIME;
    }

    function _historic(uint256 blockNumber) private view returns (bytes32) {
        // The contract reverts for blocks outside its window, and what a revert returns is no hash; an address without code
        // returns nothing.
        (bool ok, bytes memory answer) = HISTORY.staticcall(abi.encode(blockNumber));
        return ok && answer.length == 32 ? bytes32(answer) : bytes32(0);
    }
}
