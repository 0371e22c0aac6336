// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Counts} from "./Counts.sol";
import {Lanes} from "./Lanes.sol";

/// @title What a window asks, and the one value that stands for it in the proof
/// @notice The circuit has three public inputs, whatever K is: the prover's digest c of its challenge vector, the point r
/// and the vector's Horner value v at r. As r is a hash of c and of the contract's own vector, two different vectors agree
/// with probability (2K - 1) / p (Schwartz-Zippel). Mirrored by node/data/{bag,challenge}.ts.
library Challenges {
    /// @dev The order of BN254's scalar field.
    uint256 internal constant SCALAR_FIELD =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice w = (root_1, position_1, ..., root_K, position_K): draw j takes element keccak256(seed, j) mod W of the bag,
    /// smallest class first. `counts` must not be empty.
    function vector(
        mapping(uint256 place => bytes32) storage roots,
        uint256 counts,
        bytes32 seed,
        uint256 challenges,
        uint256 levels
    ) internal view returns (uint256[] memory w) {
        (uint256[] memory sizes, uint256[] memory spans, uint256 total) = _filledClasses(counts);
        w = new uint256[](2 * challenges);
        unchecked {
            for (uint256 j; j < challenges; ++j) {
                // The bias of the modulus is below 2^45 / 2^256.
                uint256 x = uint256(Hashes.efficientKeccak256(seed, bytes32(j))) % total;
                uint256 i;
                while (x >= spans[i]) {
                    x -= spans[i];
                    ++i;
                }
                uint256 m = sizes[i];
                w[2 * j] = uint256(roots[Lanes.place(m, x >> m)]);
                w[2 * j + 1] = position(m, x & ((1 << m) - 1), levels);
            }
        }
    }

    /// @notice Index and depth in one number, so that equal indices of trees of different depth differ.
    function position(uint256 m, uint256 index, uint256 levels) internal pure returns (uint256) {
        unchecked {
            return index + (((m + 2) / 3) << (3 * levels));
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
        unchecked {
            for (uint256 i; i < w.length; ++i) {
                v = addmod(mulmod(v, r, SCALAR_FIELD), w[i], SCALAR_FIELD);
            }
        }
    }

    /// @dev Empty classes are left out once, so that no draw walks over them.
    function _filledClasses(uint256 counts)
        private
        pure
        returns (uint256[] memory sizes, uint256[] memory spans, uint256 total)
    {
        sizes = new uint256[](Counts.CLASSES);
        spans = new uint256[](Counts.CLASSES);
        uint256 filled;
        unchecked {
            for (uint256 m = Counts.MIN_CLASS; counts != 0; ++m) {
                uint256 count = counts & Counts.MAX_COUNT;
                if (count != 0) {
                    sizes[filled] = m;
                    spans[filled] = count << m;
                    total += count << m;
                    ++filled;
                }
                counts >>= Counts.BITS;
            }
        }
    }
}
