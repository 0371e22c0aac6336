// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {Deals} from "../libraries/Deals.sol";
import {Orders} from "../libraries/Orders.sol";
import {Order, OrderState, Reservation} from "../types/Order.sol";

/// @title What the order book remembers: orders by their hash, and who keeps which slot
/// @dev Moves no money.
abstract contract Bookings is IOrderBook {
    mapping(bytes32 dealKey => OrderState) internal _orders; // slot 0
    mapping(bytes32 dealKey => mapping(uint256 slot => Reservation)) internal _reservations; // slot 1
    /// @inheritdoc IOrderBook
    mapping(bytes32 dealKey => mapping(address provider => bool)) public isEngaged; // slot 2
    /// @dev Of replicas that providers sealed; posted ones are in the order.
    mapping(bytes32 dealKey => mapping(bytes32 root => bool)) internal _filledRoots; // slot 3

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IOrderBook
    function orderOf(bytes32 dealKey) external view returns (OrderState memory) {
        return _orders[dealKey];
    }

    /// @inheritdoc IOrderBook
    function reservationOf(bytes32 dealKey, uint8 slot) external view returns (Reservation memory) {
        return _reservations[dealKey][slot];
    }

    /// @inheritdoc IOrderBook
    function isOpen(bytes32 dealKey) external view returns (bool) {
        return _orders[dealKey].open != 0;
    }

    // ---------------------------------------------------------------- inner

    function _load(Order calldata order) internal view returns (bytes32 dealKey, OrderState memory state) {
        dealKey = Deals.keyOf(order.client, order.salt, order.terms);
        state = _orders[dealKey];
        require(state.orderHash != 0, OrderUnknown(dealKey));
        bytes24 found = Orders.hash(order);
        require(found == state.orderHash, OrderMismatch(state.orderHash, found));
    }

    function _requireSlot(Order calldata order, uint256 slot) internal pure returns (uint256) {
        require(slot < order.terms.slots, OrderSlotOutside(order.terms.slots, slot));
        return slot;
    }

    function _reserved(bytes32 dealKey, uint256 slot) internal view returns (Reservation memory kept) {
        kept = _reservations[dealKey][slot];
        require(kept.provider != address(0), OrderSlotNotReserved(slot));
    }

    function _committed(bytes32 dealKey, uint256 slot) internal view returns (Reservation memory kept) {
        kept = _reserved(dealKey, slot);
        require(kept.commitment != 0, OrderNotCommitted(slot));
    }

    /// @dev The slot is nobody's again.
    function _free(bytes32 dealKey, uint256 slot, address provider) internal {
        delete _reservations[dealKey][slot];
        isEngaged[dealKey][provider] = false;
    }

    /// @dev The book holds nothing of the slot any more; the caller moves it.
    function _finish(bytes32 dealKey, OrderState memory state, uint256 slot) internal {
        _orders[dealKey] = OrderState({
            orderHash: state.orderHash,
            done: uint48(state.done | (1 << slot)),
            open: state.open - 1,
            ended: state.ended
        });
    }
}
