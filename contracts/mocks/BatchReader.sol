// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title Many views in one call: what a test compares after every step it reads at once
/// @notice Calldata is a run of (address, 20 bytes; length, 2 bytes; that many bytes of calldata). The answer is the block's
/// number, then all that the calls returned, one behind the other.
contract BatchReader {
    error ReadFailed(uint256 at);

    fallback(bytes calldata calls) external returns (bytes memory answer) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(add(start, 0x20), number())
            let out := add(start, 0x40)
            let end := add(calls.offset, calls.length)
            for { let at := calls.offset } lt(at, end) {} {
                let head := calldataload(at)
                let length := and(shr(80, head), 0xffff)
                calldatacopy(out, add(at, 22), length)
                if iszero(staticcall(gas(), shr(96, head), out, length, 0, 0)) {
                    mstore(0x00, shl(224, 0x3be34b45)) // ReadFailed
                    mstore(0x04, sub(at, calls.offset))
                    revert(0x00, 0x24)
                }
                returndatacopy(out, 0, returndatasize())
                out := add(out, returndatasize())
                at := add(add(at, 22), length)
            }
            mstore(start, sub(out, add(start, 0x20)))
            mstore(0x40, out)
            answer := start
        }
    }
}
