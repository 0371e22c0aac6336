// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IStorageMarket} from "../interfaces/IStorageMarket.sol";
import {MarketState} from "../market/MarketState.sol";
import {Offer, SlotState, SlotStatus} from "../types/Deal.sol";
import {Deals} from "./Deals.sol";

/// @dev The slot that the offer names was filled with another one.
error ReplicaWrongOffer(bytes24 expected, bytes24 found);
error ReplicaSlotNotActive(SlotStatus status);

/// @title What the market knows of a replica, for whoever brings its offer
/// @notice The slot keeps a hash of the offer that filled it and of the first window, which the lane knows; so an offer that
/// hashes to it is the truth about provider, roots, size and price, whoever shows it.
library Replicas {
    /// @return id The offer's struct hash: another one for every replica that ever fills a slot.
    function requireKnown(IStorageMarket market, Offer calldata offer)
        internal
        view
        returns (bytes32 id, SlotState memory state)
    {
        id = Deals.hash(offer);
        state = market.slotOf(offer.dealKey, offer.slot);
        uint256 firstWindow =
            MarketState(address(market)).SPACETIME().recordOf(offer.provider, offer.root).firstWindow;
        bytes24 found = Deals.hash(offer, firstWindow);
        require(found == state.fillingHash, ReplicaWrongOffer(state.fillingHash, found));
    }

    /// @notice The same of a replica whose deal goes on.
    function requireActive(IStorageMarket market, Offer calldata offer)
        internal
        view
        returns (bytes32 id, SlotState memory state)
    {
        (id, state) = requireKnown(market, offer);
        require(state.status == SlotStatus.Active, ReplicaSlotNotActive(state.status));
    }
}
