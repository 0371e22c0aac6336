// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IStorageMarket} from "../interfaces/IStorageMarket.sol";
import {Filling, SlotState, SlotStatus} from "../types/Deal.sol";

/// @dev This is not what fills the slot that it names, or not any more.
error ReplicaWrongFilling(bytes32 dealKey, uint8 slot);
error ReplicaSlotNotActive(SlotStatus status);

/// @title What the market knows of a replica, for whoever brings its filling
library Replicas {
    function requireKnown(IStorageMarket market, Filling calldata filling) internal view returns (SlotState memory state) {
        bool genuine;
        (genuine, state) = market.stateOf(filling);
        require(genuine, ReplicaWrongFilling(filling.offer.dealKey, filling.offer.slot));
    }

    /// @notice The same of a replica whose deal goes on.
    function requireActive(IStorageMarket market, Filling calldata filling) internal view returns (SlotState memory state) {
        state = requireKnown(market, filling);
        require(state.status == SlotStatus.Active, ReplicaSlotNotActive(state.status));
    }
}
