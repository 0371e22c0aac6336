// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IDealOpening} from "../interfaces/IDealOpening.sol";
import {Extension, HandOver, Offer, Terms} from "../types/Deal.sol";
import {Deals} from "./Deals.sol";
import {Slots} from "./Slots.sol";

/// @title What changes of a deal are signed with, and the numbers that follow from them
/// @dev Mirrored by node/data/changes.ts.
library Changes {
    bytes32 internal constant EXTENSION_TYPEHASH = keccak256(
        "Extension(Offer offer,uint40 until)Offer(address provider,address client,bytes32 dealKey,uint8 slot,uint8 generation,bytes32 root,bytes32 dataRoot,uint8 m,uint32 groups,uint128 price,uint128 collateral,uint40 expiry,uint64 epoch)"
    );
    bytes32 internal constant HAND_OVER_TYPEHASH =
        keccak256("HandOver(bytes32 offerHash,uint40 expiry,uint64 epoch)");

    /// @notice EIP-712 struct hash.
    function hash(Extension calldata extension) internal pure returns (bytes32) {
        return keccak256(abi.encode(EXTENSION_TYPEHASH, Deals.hash(extension.offer), extension.until));
    }

    /// @notice EIP-712 struct hash.
    function hash(HandOver calldata handOver) internal pure returns (bytes32) {
        return keccak256(abi.encode(HAND_OVER_TYPEHASH, handOver));
    }

    /// @notice Whether `offer` is for the place of `old`: same deal, slot and size, and `generations` later.
    function requireSamePlace(Offer calldata old, Offer calldata offer, uint256 generations) internal pure {
        uint8 slot = old.slot;
        _same(slot, "client", uint160(old.client), uint160(offer.client));
        _same(slot, "dealKey", uint256(old.dealKey), uint256(offer.dealKey));
        _same(slot, "slot", slot, offer.slot);
        _same(slot, "generation", old.generation + generations, offer.generation);
        require(
            offer.generation <= Slots.MAX_GENERATION,
            IDealOpening.DealOfferMalformed(slot, "generation", Slots.MAX_GENERATION, offer.generation)
        );
        _same(slot, "m", old.m, offer.m);
        _same(slot, "groups", old.groups, offer.groups);
        Deals.checkMoney(slot, offer.price, offer.collateral);
    }

    /// @notice Whether `offer` is for the same sealed bytes.
    function requireSameBytes(Offer calldata old, Offer calldata offer) internal pure {
        _same(old.slot, "root", uint256(old.root), uint256(offer.root));
        _same(old.slot, "dataRoot", uint256(old.dataRoot), uint256(offer.dataRoot));
    }

    /// @notice How many of the windows that an old replica left its successor takes: an offer names the deal, so that its
    /// provider has agreed to no more than the deal's own length. What an extension added beyond goes back to the client, or
    /// a client could bind a provider for as long as another one, its own, had agreed to.
    function windowsFor(Terms calldata terms, uint256 left) internal pure returns (uint256) {
        return left < terms.windows ? left : terms.windows;
    }

    /// @notice Misses that a replica survives which takes the place of another for `left` windows: its share of the deal's,
    /// and never fewer than `Deals.checkTerms` asks of a deal of that length. Those of its predecessor are not its fault.
    function missesFor(Terms calldata terms, uint256 left) internal pure returns (uint256) {
        uint256 least = 3 + left / 20;
        uint256 share = terms.maxMisses * left / terms.windows;
        return share > least ? share : least;
    }

    /// @notice Misses that `added` windows more let a replica survive.
    function missesMore(uint256 added) internal pure returns (uint256) {
        return added / 20;
    }

    /// @notice From which window of a new replica on, counted from 1, a proven one earns its refiller the bonus: behind the
    /// cooling-off, in which a client may drop a replica that it brought in for the bonus alone; or the last of all.
    function earnedFrom(Terms calldata terms, uint256 left) internal pure returns (uint256) {
        return terms.coolingOff < left ? uint256(terms.coolingOff) + 1 : left;
    }

    function _same(uint8 slot, string memory field, uint256 expected, uint256 found) private pure {
        require(expected == found, IDealOpening.DealOfferMalformed(slot, field, expected, found));
    }
}
