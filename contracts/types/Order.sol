// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Terms} from "./Deal.sol";

/// @dev Roots of a shard that the client sealed itself. A zero root leaves the sealing to whoever reserves the slot.
struct PostedReplica {
    /// Poseidon commitment: 0 < root < p.
    bytes32 root;
    /// SHA-256 tree over the unpadded groups.
    bytes32 dataRoot;
}

/// @dev What a client asks the order book for. The book keeps only a hash of it; whoever calls brings it again.
struct Order {
    address client;
    bytes32 salt;
    bytes32 headerHash;
    Terms terms;
    /// All shards of a file have one size: 2^m elements.
    uint8 m;
    /// Groups of 512 elements, without the padding.
    uint32 groups;
    /// Base units a window and slot at `start`. Floor and cap both zero mean the reference price, halved and doubled.
    uint128 floor;
    /// Base units a window and slot once the price has risen.
    uint128 cap;
    /// Of a slot's whole price, what its provider locks, in basis points.
    uint16 collateralBps;
    /// Base units that a reservation costs who lets it go to waste, provider or client; zero means one window at the cap.
    uint128 deposit;
    /// First block in which a slot may be taken; a block that is past means the block of posting.
    uint40 start;
    /// Blocks in which the price rises from floor to cap.
    uint40 riseBlocks;
    /// Last block in which a slot may be taken or reserved.
    uint40 deadline;
    /// Blocks that a reservation lasts.
    uint40 reserveBlocks;
    /// Blocks that the client then has for its answer to a commitment.
    uint40 approveBlocks;
    /// One for each slot, or none at all.
    PostedReplica[] posted;
}

/// @dev One storage word per order.
struct OrderState {
    /// First 24 bytes of keccak256(abi.encode(order)): a collision costs 2^96 hashes.
    bytes24 orderHash;
    /// A bit for each slot that is filled or refunded: nothing of it is left in the book.
    uint48 done;
    /// Slots whose bit is not set.
    uint8 open;
    /// The client wants no more takers.
    bool ended;
}

/// @dev A slot that one provider keeps from the others.
struct Reservation {
    /// Zero while nobody does.
    address provider;
    /// Block of the reservation, which fixes the price.
    uint40 since;
    /// Last block for the next step: the provider's, or the client's once there is a commitment.
    uint40 until;
    /// keccak256(abi.encode(root, dataRoot)) of what the provider committed to; zero before.
    bytes32 commitment;
}

/// @dev What a deployment fixes for good.
struct OrderParameters {
    /// Blocks that a reservation, or the client's answer to one, may take at most: nobody's money waits longer.
    uint40 mostWait;
}
