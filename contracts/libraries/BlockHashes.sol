// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title Hashes of past blocks
/// @notice `blockhash` for the last 256 blocks, then the history contract of EIP-2935 for 8,191 where the chain keeps it.
library BlockHashes {
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant HISTORY_LENGTH = 8191;
    uint256 private constant OPCODE_LENGTH = 256;

    /// @return hash Zero for the current and later blocks and for those that the chain has forgotten.
    function hashOf(uint256 blockNumber) internal view returns (bytes32 hash) {
        hash = blockhash(blockNumber);
        if (hash == 0) hash = _historic(blockNumber);
    }

    /// @notice For how many blocks this chain remembers a hash.
    function lifetime() internal view returns (uint256) {
        // Asked, not looked for: Hardhat has code there that only says it is not supported.
        uint256 last = block.number - 1;
        return _historic(last) == blockhash(last) ? HISTORY_LENGTH : OPCODE_LENGTH;
    }

    function _historic(uint256 blockNumber) private view returns (bytes32) {
        // The contract reverts for blocks outside its window, and what a revert returns is no hash; an address without code
        // returns nothing.
        (bool ok, bytes memory answer) = HISTORY.staticcall(abi.encode(blockNumber));
        return ok && answer.length == 32 ? bytes32(answer) : bytes32(0);
    }
}
