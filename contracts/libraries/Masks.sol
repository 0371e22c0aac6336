// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title The mask of a strict download
/// @notice Word j (32 bytes) of group i of the replica is xored with keccak256(key, session, i, j). Masking and unmasking
/// are the same. Mirrored by node/data/mask.ts.
library Masks {
    /// @notice `group` times the mask; its length must be a multiple of 32.
    /// @param index Place of the group in the replica.
    function applied(bytes32 key, bytes32 session, uint256 index, bytes calldata group)
        internal
        pure
        returns (bytes memory out)
    {
        out = group;
        assembly ("memory-safe") {
            // What is hashed lies in free memory; nothing is allocated before the loop ends.
            let input := mload(0x40)
            mstore(input, key)
            mstore(add(input, 0x20), session)
            mstore(add(input, 0x40), index)
            let words := shr(5, mload(out))
            let at := add(out, 0x20)
            for { let j := 0 } lt(j, words) { j := add(j, 1) } {
                mstore(add(input, 0x60), j)
                mstore(at, xor(mload(at), keccak256(input, 0x80)))
                at := add(at, 0x20)
            }
        }
    }
}
