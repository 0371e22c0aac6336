// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IDealOpening} from "../../contracts/interfaces/IDealOpening.sol";
import {Changes} from "../../contracts/libraries/Changes.sol";
import {Slots} from "../../contracts/libraries/Slots.sol";
import {Offer} from "../../contracts/types/Deal.sol";
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

    function requireSamePlace(Offer calldata old, Offer calldata offer) external pure {
        Changes.requireSamePlace(old, offer, 1);
    }
}
