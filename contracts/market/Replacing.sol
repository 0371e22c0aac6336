// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IDealChanges} from "../interfaces/IDealChanges.sol";
import {IDealOpening} from "../interfaces/IDealOpening.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "../interfaces/ISpacetimeProofs.sol";
import {IVault} from "../interfaces/IVault.sol";
import {Changes} from "../libraries/Changes.sol";
import {Deals} from "../libraries/Deals.sol";
import {Distinct} from "../libraries/Distinct.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {SlotWord, Slots} from "../libraries/Slots.sol";
import {Bucket} from "../types/Bucket.sol";
import {Filling, HandOver, Offer, SignedHandOver, SignedOffer, SkipReason, SlotStatus, Terms} from "../types/Deal.sol";
import {MarketParameters, Reserve} from "../types/Market.sol";
import {AddResult} from "../types/Spacetime.sol";
import {Settling} from "./Settling.sol";
import {Stewards} from "./Stewards.sol";

/// @title How a slot gets another provider: after a failure or a forfeit, or in agreement
abstract contract Replacing is Settling, Stewards {
    constructor(
        IVault vault,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        IOrderBook orders,
        MarketParameters memory parameters
    ) Settling(vault, registry, spacetime, orders, parameters) {}

    function _refill(
        Filling calldata filling,
        bytes32 salt,
        Terms calldata terms,
        Filling[] calldata current,
        SignedOffer calldata replacement,
        uint256 maxPayment
    ) internal {
        Offer calldata old = filling.offer;
        Offer calldata offer = replacement.offer;
        _requireTerms(old, salt, terms);
        SlotWord word = _genuine(filling);
        SlotStatus status = word.status();
        require(status == SlotStatus.Failed || status == SlotStatus.Ended, IDealChanges.MarketSlotNotVacated(status));
        Reserve storage reserve = _deals[old.dealKey].reserves[old.slot];
        uint256 left = _left(word, reserve);
        require(left != 0, IDealChanges.MarketNothingLeft());
        Changes.requireSamePlace(old, offer, 1);
        _approve(old, terms, offer);
        _requireDistinct(terms, current, offer);
        _requireWilling(offer, Deals.hash(offer), replacement.signature);

        uint256 windows = Changes.windowsFor(terms, left);
        (reserve.penalty, reserve.left, reserve.earnedFrom) = (0, 0, uint16(Changes.earnedFrom(terms, windows)));
        _deals[old.dealKey].refillers[old.slot] = msg.sender;
        uint40 firstWindow = _moveIn(offer, terms, windows);
        emit IDealChanges.SlotRefilled(old.dealKey, offer.provider, msg.sender, firstWindow, uint16(windows), offer);
        _reprice(old, offer, left, windows, maxPayment);
        _lock(Bucket.Collateral, offer.provider, offer.collateral);
    }

    function _handOver(
        Filling calldata filling,
        bytes32 salt,
        Terms calldata terms,
        Filling[] calldata current,
        SignedOffer calldata replacement,
        SignedHandOver calldata consent,
        uint256 maxPayment
    ) internal {
        Offer calldata old = filling.offer;
        Offer calldata offer = replacement.offer;
        _requireTerms(old, salt, terms);
        (Position memory spot, bool failed) = _settleAll(filling);
        if (failed) return;
        Reserve storage reserve = _deals[old.dealKey].reserves[old.slot];
        require(reserve.left == 0, IDealChanges.MarketSlotGivenUp(spot.word.end()));
        uint256 left = _settleOpen(spot, filling);
        require(left != 0, IDealChanges.MarketNothingLeft());
        Changes.requireSamePlace(old, offer, 0);
        Changes.requireSameBytes(old, offer);
        _approve(old, terms, offer);
        // The list of the others leaves the slot itself out, so that the bytes may stay.
        _requireDistinct(terms, current, offer);
        bytes32 offerHash = Deals.hash(offer);
        _requireWilling(offer, offerHash, replacement.signature);
        _requireConsent(old, offerHash, consent);

        // A bonus that nobody has earned waits for the new provider's cooling-off.
        uint256 windows = Changes.windowsFor(terms, left);
        if (reserve.earnedFrom != 0) reserve.earnedFrom = uint16(Changes.earnedFrom(terms, windows));
        uint40 firstWindow = _moveIn(offer, terms, windows);
        emit IDealChanges.SlotHandedOver(
            old.dealKey, offer.provider, old.provider, firstWindow, uint16(windows), offer
        );
        _reprice(old, offer, left, windows, maxPayment);
        _release(Bucket.Collateral, old.provider, old.collateral);
        _lock(Bucket.Collateral, offer.provider, offer.collateral);
        // The generation stays, so the old filling has to be forgotten.
        SPACETIME.retire(old.provider, old.root, true);
    }

    // ---------------------------------------------------------------- who agrees

    /// @dev The client may agree to anything; a steward to nothing that is worse for it.
    function _approve(Offer calldata old, Terms calldata terms, Offer calldata offer) private {
        if (msg.sender == old.client) return;
        require(offer.price <= old.price, IDealChanges.MarketStewardPrice(old.price, offer.price));
        require(
            offer.collateral >= old.collateral,
            IDealChanges.MarketStewardCollateral(old.collateral, offer.collateral)
        );
        _countApproval(msg.sender, old.dealKey, terms, offer.price, offer.collateral);
    }

    /// @dev Whether the provider of `offer` signed `structHash`, and stands by it now.
    function _requireWilling(Offer calldata offer, bytes32 structHash, bytes calldata signature) internal view {
        require(
            Signatures.isValid(offer.provider, _hashTypedDataV4(structHash), signature),
            IDealOpening.DealBadSignature(offer.slot, offer.provider)
        );
        _requireReason(block.number <= offer.expiry, SkipReason.Expired);
        (bool registered, uint64 epoch,) = REGISTRY.standingOf(offer.provider);
        _requireReason(registered, SkipReason.NotRegistered);
        _requireReason(epoch == offer.epoch, SkipReason.Revoked);
        _requireReason(offer.price <= SPACETIME.priceLimit(offer.m), SkipReason.PriceAboveProofs);
    }

    function _requireConsent(Offer calldata old, bytes32 offerHash, SignedHandOver calldata consent) private view {
        HandOver calldata handOver = consent.handOver;
        require(
            handOver.offerHash == offerHash, IDealChanges.MarketWrongHandOver(handOver.offerHash, offerHash)
        );
        require(block.number <= handOver.expiry, IDealChanges.MarketHandOverExpired(handOver.expiry, block.number));
        uint64 epoch = REGISTRY.offerEpochOf(old.provider);
        require(handOver.epoch == epoch, IDealChanges.MarketHandOverRevoked(epoch, handOver.epoch));
        require(
            Signatures.isValid(old.provider, _hashTypedDataV4(Changes.hash(handOver)), consent.signature),
            IDealOpening.DealBadSignature(old.slot, old.provider)
        );
    }

    /// @dev `current` must be the active slots of the deal but that of `offer`; none of them may have its provider or root.
    function _requireDistinct(Terms calldata terms, Filling[] calldata current, Offer calldata offer) private view {
        _requireNoOrder(offer.dealKey);
        Distinct.Set memory taken = _taken(offer.dealKey, terms.slots, offer.slot, current, 1);
        Distinct.add(taken, offer.slot, offer.provider, offer.root);
    }

    // ---------------------------------------------------------------- moving

    /// @dev The open window of the slot, if there is one, must be proven, and is paid at once: its proof is on the chain.
    /// @return left Windows that nobody was paid for and that have not opened.
    function _settleOpen(Position memory spot, Filling calldata filling) private returns (uint256 left) {
        uint256 settled = spot.word.settled();
        uint256 end = spot.word.end();
        if (settled < end && _opened(filling) > spot.closed) {
            Offer calldata old = filling.offer;
            uint40 window = uint40(filling.firstWindow + settled);
            require(
                SPACETIME.isProven(old.provider, window), IDealChanges.WindowOpen(SPACETIME.closeOf(old.provider, window))
            );
            ++settled;
            emit SlotSettled(old.dealKey, old.provider, old.slot, 1, 0);
            _release(Bucket.Escrows, old.provider, old.price);
        }
        return end - settled;
    }

    /// @dev Puts the replica of `offer` into its provider's lane and into the slot.
    function _moveIn(Offer calldata offer, Terms calldata terms, uint256 windows) private returns (uint40) {
        (AddResult result, uint256 first) = SPACETIME.add(
            offer.provider, offer.m, offer.root, Deals.hash(offer), REGISTRY.stakeOf(offer.provider)
        );
        if (result != AddResult.Added) {
            // The two lists run in the same order.
            revert IDealChanges.MarketOfferRefused(
                SkipReason(uint8(SkipReason.InsufficientStake) + uint8(result) - uint8(AddResult.InsufficientStake))
            );
        }
        _setSlot(offer.dealKey, offer.slot, Slots.filled(windows, Changes.missesFor(terms, windows), offer.generation));
        return uint40(first);
    }

    function _reprice(Offer calldata old, Offer calldata offer, uint256 left, uint256 windows, uint256 maxPayment)
        private
    {
        uint256 rise = offer.price > old.price ? windows * (offer.price - old.price) : 0;
        _rebalance(old.client, left * old.price, windows * offer.price, rise, maxPayment);
    }

    /// @dev Brings what is in escrow for a slot from `held` to `needed` and burns the fee on `fresh`, rounded up.
    function _rebalance(address client, uint256 held, uint256 needed, uint256 fresh, uint256 maxPayment)
        internal
    {
        uint256 fee = (fresh * PROTOCOL_FEE_BPS + WHOLE - 1) / WHOLE;
        needed += fee;
        if (needed > held) {
            require(
                needed - held <= maxPayment, IDealOpening.DealPaymentAboveMaximum(maxPayment, needed - held)
            );
            _lock(Bucket.Escrows, client, needed - held);
        } else {
            _release(Bucket.Escrows, client, held - needed);
        }
        _burn(Bucket.Escrows, fee);
    }

    function _requireReason(bool holds, SkipReason reason) private pure {
        require(holds, IDealChanges.MarketOfferRefused(reason));
    }
}
