// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The graph of a sector's labels
/// @notice Label i is made of six labels before it: i - 1 and five at sampled distances (DRSample: Alwen, Blocki and Harsha, CCS
/// 2017, algorithm 1). Places count from 0 and label 0 has no parents. Mirrored by node/data/capacity-graph.ts.
library DrSample {
    uint256 internal constant PARENTS = 6;
    /// @dev Of one hash for each sampled parent: what its scale leaves over exceeds 2^46, so that no distance is likelier by 2^-19.
    uint256 private constant SAMPLE_BITS = 51;
    uint256 private constant SAMPLE_MASK = 2 ** SAMPLE_BITS - 1;

    /// @notice A place and those of its parents side by side, `bits` each, the place lowest: the one drawn, or the one after the first,
    /// which has no parents.
    /// @dev All distances lie between 1 and `index`, so nothing overflows.
    function places(bytes32 id, uint256 drawn, uint256 bits) internal pure returns (uint256 packed) {
        unchecked {
            uint256 index = Math.max(drawn, 1);
            uint256 sample = uint256(keccak256(abi.encode(id, index)));
            uint256 scales = Math.log2(index) + 1;
            packed = index | ((index - 1) << bits);
            for (uint256 n = 2; n <= PARENTS; ++n) {
                packed |= (index - _distance(index, scales, sample & SAMPLE_MASK)) << (n * bits);
                sample >>= SAMPLE_BITS;
            }
        }
    }

    /// @dev A scale g = min(index, 2^1 .. 2^scales), then a distance between g / 2 and g, both evenly.
    function _distance(uint256 index, uint256 scales, uint256 sample) private pure returns (uint256) {
        unchecked {
            uint256 most = Math.min(index, 2 << (sample % scales));
            uint256 least = Math.max(most >> 1, Math.min(most, 2));
            return least + (sample / scales) % (most - least + 1);
        }
    }
}
