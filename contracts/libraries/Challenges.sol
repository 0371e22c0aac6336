// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Counts} from "./Counts.sol";

/// @title What a window asks, and the one value that stands for it in the proof
/// @notice The circuit has three public inputs, whatever K is: the prover's digest c of its challenge vector, the point r
/// and the vector's Horner value v at r. As r is a hash of c and of the contract's own vector, two different vectors agree
/// with probability (2K - 1) / p (Schwartz-Zippel). Mirrored by node/data/{bag,challenge}.ts.
library Challenges {
    /// @dev The order of BN254's scalar field.
    uint256 internal constant SCALAR_FIELD =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice w = (root_1, position_1, ..., root_K, position_K): draw j takes element keccak256(seed, j) mod W of the bag,
    /// smallest class first. position = index + depth * 2^(3 D), so that equal indices of trees of different depth differ.
    /// `counts` must not be empty. The bias of the modulus is below 2^45 / 2^256. Only the first `draws` are drawn here; the
    /// places of the others stay zero, for `Pins.fill`.
    /// @dev In assembly, as every draw would otherwise pay for some ten checks of array bounds that hold by construction:
    /// half as much again as the one storage read that a draw needs.
    function vector(
        mapping(uint256 place => bytes32) storage roots,
        uint256 counts,
        bytes32 seed,
        uint256 challenges,
        uint256 draws,
        uint256 levels
    ) internal view returns (uint256[] memory w) {
        (uint256[] memory classes, uint256 total) = _filledClasses(counts);
        w = new uint256[](2 * challenges);
        assembly ("memory-safe") {
            let out := add(w, 0x20)
            for { let j := 0 } lt(j, draws) { j := add(j, 1) } {
                mstore(0x00, seed)
                mstore(0x20, j)
                let x := mod(keccak256(0x00, 0x40), total)

                // (span, m) of the first class; the last one's span is never reached, as x < total.
                let class := add(classes, 0x20)
                let span := mload(class)
                for {} iszero(lt(x, span)) {} {
                    x := sub(x, span)
                    class := add(class, 0x40)
                    span := mload(class)
                }
                let m := mload(add(class, 0x20))

                mstore(0x00, or(shl(24, m), shr(m, x))) // Lanes.place
                mstore(0x20, roots.slot)
                mstore(out, sload(keccak256(0x00, 0x40)))
                let depth := div(add(m, 2), 3)
                mstore(add(out, 0x20), add(and(x, sub(shl(m, 1), 1)), shl(mul(3, levels), depth)))
                out := add(out, 0x40)
            }
        }
    }

    /// @notice The point r, bound to chain, contract, provider, window, profile, seed, both vectors.
    function point(
        address provider,
        uint256 window,
        uint256 challenges,
        uint256 levels,
        bytes32 seed,
        uint256 c,
        bytes32 vectorHash
    ) internal view returns (uint256) {
        bytes32 hash = keccak256(
            abi.encode(
                "holdfast/digest/v1",
                block.chainid,
                address(this),
                provider,
                window,
                challenges,
                levels,
                seed,
                c,
                vectorHash
            )
        );
        return uint256(hash) % SCALAR_FIELD;
    }

    function hashOf(uint256[] memory w) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(w, 0x20), shl(5, mload(w)))
        }
    }

    /// @notice w_1 r^(n-1) + w_2 r^(n-2) + ... + w_n in the scalar field.
    function horner(uint256[] memory w, uint256 r) internal pure returns (uint256 v) {
        uint256 field = SCALAR_FIELD;
        assembly ("memory-safe") {
            let at := add(w, 0x20)
            for { let end := add(at, shl(5, mload(w))) } lt(at, end) { at := add(at, 0x20) } {
                v := addmod(mulmod(v, r, field), mload(at), field)
            }
        }
    }

    /// @dev Span and m of every class that has replicas, smallest first, and W. Empty classes are left out once, so that no
    /// draw walks over them.
    function _filledClasses(uint256 counts) private pure returns (uint256[] memory classes, uint256 total) {
        classes = new uint256[](2 * Counts.CLASSES);
        uint256 filled;
        unchecked {
            for (uint256 m = Counts.MIN_CLASS; counts != 0; ++m) {
                uint256 span = (counts & Counts.MAX_COUNT) << m;
                if (span != 0) {
                    (classes[filled], classes[filled + 1]) = (span, m);
                    total += span;
                    filled += 2;
                }
                counts >>= Counts.BITS;
            }
        }
    }
}
