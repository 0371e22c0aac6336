// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IDealOpening} from "../../contracts/interfaces/IDealOpening.sol";
import {Changes} from "../../contracts/libraries/Changes.sol";
import {Slots} from "../../contracts/libraries/Slots.sol";
import {Offer, Terms} from "../../contracts/types/Deal.sol";
import {Fuzz} from "./Fuzz.sol";

contract ChangesTest is Fuzz {
    function testFuzz_AGenerationBeyondWhatASlotHoldsIsRefused(uint8 generation) external view {
        generation = uint8(within(generation, 0, type(uint8).max - 1));
        Offer memory old;
        Offer memory offer;
        (old.generation, offer.generation) = (generation, generation + 1);
        if (offer.generation <= Slots.MAX_GENERATION) return this.requireSamePlace(old, offer);
        try this.requireSamePlace(old, offer) {
            check(false, "one generation too many");
        } catch (bytes memory reason) {
            bytes memory expected = abi.encodeWithSelector(
                IDealOpening.DealOfferMalformed.selector, 0, "generation", Slots.MAX_GENERATION, offer.generation
            );
            check(keccak256(reason) == keccak256(expected), "the reason");
        }
    }

    /// @dev In products, so that no division here repeats one there.
    function testFuzz_AReplacementSurvivesItsShareOfTheMissesAndNeverFewerThanADealOfItsLengthMust(
        uint256 windows,
        uint256 extra,
        uint256 left
    ) external view {
        Terms memory terms;
        windows = within(windows, 4, Slots.MAX_WINDOWS);
        left = within(left, 1, windows);
        (terms.windows, terms.maxMisses) = (uint16(windows), uint16(3 + windows / 20 + within(extra, 0, 2)));
        if (terms.maxMisses > windows) terms.maxMisses = uint16(windows);
        uint256 found = this.missesFor(terms, left);
        check((found - 2) * 20 > left, "fewer than a deal of that length must have");
        check((found + 1) * windows > terms.maxMisses * left, "fewer than its share");
        check((found - 3) * 20 <= left || found * windows <= terms.maxMisses * left, "more than either");
    }

    function missesFor(Terms calldata terms, uint256 left) external pure returns (uint256) {
        return Changes.missesFor(terms, left);
    }

    function requireSamePlace(Offer calldata old, Offer calldata offer) external pure {
        Changes.requireSamePlace(old, offer, 1);
    }
}
