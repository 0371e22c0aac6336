// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {Order} from "../types/Order.sol";
import {Deals} from "./Deals.sol";

/// @title What an order costs and when, and what it must look like
library Orders {
    uint256 private constant WHOLE = 10_000;

    /// @notice What the book keeps of an order.
    function hash(Order memory order) internal pure returns (bytes24) {
        return bytes24(keccak256(abi.encode(order)));
    }

    /// @notice Base units a window at a block: from floor to cap in a straight line, rounded down, then the cap.
    function priceAt(Order calldata order, uint256 blockNumber) internal pure returns (uint256) {
        uint256 rise = order.riseBlocks;
        uint256 elapsed = blockNumber > order.start ? blockNumber - order.start : 0;
        if (elapsed >= rise) return order.cap;
        return order.floor + uint256(order.cap - order.floor) * elapsed / rise;
    }

    /// @notice What a slot may cost its client at most, with the fee: what the book holds for it.
    function escrowOf(uint256 cap, uint256 windows, uint256 feeBps) internal pure returns (uint256) {
        uint256 price = cap * windows;
        return price + (price * feeBps + WHOLE - 1) / WHOLE;
    }

    /// @notice Base units that the provider of a slot locks when it is filled at `price` a window.
    function collateralOf(uint256 price, uint256 windows, uint256 collateralBps) internal pure returns (uint256) {
        return price * windows * collateralBps / WHOLE;
    }

    /// @notice Whether the client sealed the slot's shard itself.
    function isPosted(Order calldata order, uint256 slot) internal pure returns (bool) {
        return order.posted.length != 0 && order.posted[slot].root != 0;
    }

    /// @notice Slots among those of `mask` that a provider has to commit to, for which the client answers with a bond.
    function bonded(Order calldata order, uint256 mask) internal pure returns (uint256 count) {
        for (uint256 slot = 0; slot < order.terms.slots; ++slot) {
            if ((mask >> slot) & 1 == 1 && !isPosted(order, slot)) ++count;
        }
    }

    /// @notice Everything about its size and roots that would stop a slot from being filled: a provider must not lose a
    /// deposit over an order that nobody could serve.
    /// @param maxM Largest size that the circuit can open.
    function checkReplicas(Order calldata order, uint256 maxM) internal pure {
        uint256 length = order.posted.length;
        require(
            length == 0 || length == order.terms.slots, IOrderBook.OrderPostedLength(order.terms.slots, length)
        );
        Deals.checkSize(0, order.m, order.groups, maxM);
        for (uint256 i = 0; i < length; ++i) {
            bytes32 root = order.posted[i].root;
            if (root == 0) continue;
            Deals.checkRoot(uint8(i), root);
            requireNotPosted(order, root, i);
        }
    }

    /// @notice One root in two slots would be one copy paid twice. Looks at the first `count` slots.
    function requireNotPosted(Order calldata order, bytes32 root, uint256 count) internal pure {
        for (uint256 i = 0; i < count; ++i) {
            require(order.posted[i].root != root, IOrderBook.OrderRootTaken(root));
        }
    }
}
