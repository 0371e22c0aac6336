// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IDealOpening} from "../interfaces/IDealOpening.sol";
import {Offer} from "../types/Deal.sol";

/// @title Slots, providers and roots of one deal, each only once
/// @dev One provider in two slots, or one root in two, would be one copy paid twice. Quadratic in memory, bounded by the
/// number of slots, and cheaper than any storage.
library Distinct {
    struct Set {
        uint256 slots;
        uint256 length;
        address[] providers;
        bytes32[] roots;
    }

    function sized(uint256 capacity) internal pure returns (Set memory set) {
        set.providers = new address[](capacity);
        set.roots = new bytes32[](capacity);
    }

    function add(Set memory set, Offer calldata offer) internal pure {
        uint8 slot = offer.slot;
        address provider = offer.provider;
        bytes32 root = offer.root;
        require((set.slots >> slot) & 1 == 0, IDealOpening.DealOfferDuplicate(slot, "slot"));
        uint256 length = set.length;
        for (uint256 i = 0; i < length; ++i) {
            require(set.providers[i] != provider, IDealOpening.DealOfferDuplicate(slot, "provider"));
            require(set.roots[i] != root, IDealOpening.DealOfferDuplicate(slot, "root"));
        }
        set.providers[length] = provider;
        set.roots[length] = root;
        set.slots |= 1 << slot;
        set.length = length + 1;
    }
}
