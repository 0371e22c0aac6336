// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IDealOpening} from "../interfaces/IDealOpening.sol";

/// @title Slots, providers and roots of one deal, each only once
/// @dev One provider in two slots, or one root in two, would be one copy paid twice. Quadratic in memory, bounded by the
/// number of slots, and cheaper than any storage.
library Distinct {
    struct Set {
        uint256 slots;
        uint256 length;
        /// Providers and roots in turn.
        uint256[] entries;
    }

    function sized(uint256 capacity) internal pure returns (Set memory set) {
        set.entries = new uint256[](2 * capacity);
    }

    /// @dev The caller must ensure that the set has room, and that `slot` is below 256.
    function add(Set memory set, uint256 slot, address provider, bytes32 root) internal pure {
        uint256 slots = set.slots;
        require((slots >> slot) & 1 == 0, IDealOpening.DealOfferDuplicate(uint8(slot), "slot"));
        (bool providerIn, bool rootIn) = _has(set, uint160(provider), uint256(root));
        require(!providerIn, IDealOpening.DealOfferDuplicate(uint8(slot), "provider"));
        require(!rootIn, IDealOpening.DealOfferDuplicate(uint8(slot), "root"));
        set.slots = slots | (1 << slot);
    }

    /// @dev Looks for both while it adds both. In assembly, as every pair of slots comes by here: bounds checks would make it
    /// four times as much.
    function _has(Set memory set, uint256 provider, uint256 root) private pure returns (bool providerIn, bool rootIn) {
        uint256[] memory entries = set.entries;
        uint256 length = set.length;
        assembly ("memory-safe") {
            let at := add(entries, 0x20)
            for { let end := add(at, shl(6, length)) } lt(at, end) { at := add(at, 0x40) } {
                providerIn := or(providerIn, eq(mload(at), provider))
                rootIn := or(rootIn, eq(mload(add(at, 0x20)), root))
            }
            mstore(at, provider)
            mstore(add(at, 0x20), root)
        }
        set.length = length + 1;
    }
}
