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
import {Bucket} from "../types/Bucket.sol";
import {
    Filling,
    Offer,
    SignedExtension,
    SignedHandOver,
    SignedOffer,
    StewardGrant,
    Terms
} from "../types/Deal.sol";
import {MarketParameters, Reserve, Stewardship} from "../types/Market.sol";
import {SlotWord, Slots} from "../libraries/Slots.sol";
import {Replacing} from "./Replacing.sol";

/// @title The part of StorageMarket's code that changes deals which go on
/// @dev StorageMarket runs it by delegatecall in its own name and storage; called directly it holds nothing and may nothing.
contract DealChanges is Replacing, IDealChanges {
    constructor(
        IVault vault,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        IOrderBook orders,
        MarketParameters memory parameters
    ) Replacing(vault, registry, spacetime, orders, parameters) {}

    // ---------------------------------------------------------------- CLIENT

    /// @inheritdoc IDealChanges
    function extend(Filling calldata filling, SignedExtension calldata signed, uint256 maxPayment) external {
        Offer calldata old = filling.offer;
        Offer calldata offer = signed.extension.offer;
        _requireClient(old);
        Changes.requireSamePlace(old, offer, 0);
        Changes.requireSameBytes(old, offer);
        require(
            offer.provider == old.provider,
            IDealOpening.DealOfferMalformed(
                old.slot, "provider", uint160(old.provider), uint160(offer.provider)
            )
        );
        // More can only be added: what answers for the past answers for the future too.
        require(
            offer.collateral >= old.collateral,
            IDealOpening.DealOfferMalformed(old.slot, "collateral", old.collateral, offer.collateral)
        );
        _requireWilling(offer, Changes.hash(signed.extension), signed.signature);

        (Position memory spot, bool failed) = _settleAll(filling);
        if (failed) return;
        _requireNotGivenUp(old, spot.word);
        uint256 end = spot.word.end();
        // Every window that is added has its opening still before it. A provider whose slot has run out may have stopped
        // proving, and a client that comes late with its signature would fail it for that.
        uint256 opened = _opened(filling);
        require(opened <= end, MarketSlotOver(end, opened));
        uint256 left = end - spot.word.settled();
        uint256 until = filling.firstWindow + end;
        uint256 most = until + Slots.MAX_WINDOWS - left;
        require(
            signed.extension.until > until && signed.extension.until <= most,
            MarketExtensionOutOfRange(until + 1, most, signed.extension.until)
        );
        uint256 added = signed.extension.until - until;

        uint256 misses = spot.word.missesLeft() + Changes.missesMore(added);
        if (misses > Slots.MAX_WINDOWS) misses = Slots.MAX_WINDOWS;
        uint40 firstWindow = _restart(spot, filling, offer, left + added, misses);
        emit SlotExtended(old.dealKey, old.provider, firstWindow, uint16(left + added), offer);
        // Every window has its fee burned at the price that it is paid at, or at a higher one: rewards lean on that.
        uint256 fresh = added * offer.price;
        if (offer.price > old.price) fresh += left * (offer.price - old.price);
        _rebalance(old.client, left * old.price, (left + added) * offer.price, fresh, maxPayment);
        _lock(Bucket.Collateral, offer.provider, offer.collateral - old.collateral);
    }

    /// @inheritdoc IDealChanges
    function setSteward(bytes32 salt, Terms calldata terms, StewardGrant calldata grant) external {
        bytes32 dealKey = _ownDeal(salt, terms);
        _deals[dealKey].stewardship = Stewardship({
            steward: grant.steward,
            until: grant.until,
            approvals: 0,
            named: true,
            maxPrice: grant.maxPrice,
            minCollateral: grant.minCollateral
        });
        emit StewardSet(dealKey, msg.sender, grant);
    }

    /// @inheritdoc IDealChanges
    function heartbeat(bytes32 salt, Terms calldata terms) external {
        bytes32 dealKey = _ownDeal(salt, terms);
        _deals[dealKey].stewardship.approvals = 0;
        emit ClientHeard(dealKey, msg.sender);
    }

    // ---------------------------------------------------------------- CLIENT or STEWARD

    /// @inheritdoc IDealChanges
    function refill(
        Filling calldata filling,
        bytes32 salt,
        Terms calldata terms,
        Filling[] calldata current,
        SignedOffer calldata replacement,
        uint256 maxPayment
    ) external {
        _refill(filling, salt, terms, current, replacement, maxPayment);
    }

    /// @inheritdoc IDealChanges
    function handOver(
        Filling calldata filling,
        bytes32 salt,
        Terms calldata terms,
        Filling[] calldata current,
        SignedOffer calldata replacement,
        SignedHandOver calldata consent,
        uint256 maxPayment
    ) external {
        _handOver(filling, salt, terms, current, replacement, consent, maxPayment);
    }

    // ---------------------------------------------------------------- PROVIDER

    /// @inheritdoc IDealChanges
    function topUp(Filling calldata filling, uint128 addedCollateral) external {
        Offer memory offer = filling.offer;
        require(msg.sender == offer.provider, MarketNotProvider(offer.provider, msg.sender));
        require(addedCollateral != 0, MarketNothingAdded());
        (Position memory spot, bool failed) = _settleAll(filling);
        if (failed) return;
        _requireNotGivenUp(filling.offer, spot.word);
        uint256 settled = spot.word.settled();
        uint256 left = spot.word.end() - settled;
        require(left != 0, MarketNothingLeft());
        // Every filling that others put into a transaction before is void now: a provider could keep its client from leaving.
        require(settled != 0, MarketTopUpTooEarly());
        uint256 collateral = uint256(offer.collateral) + addedCollateral;
        require(
            collateral <= Deals.MAX_MONEY,
            IDealOpening.DealOfferMalformed(offer.slot, "collateral", Deals.MAX_MONEY, collateral)
        );
        offer.collateral = uint128(collateral);
        uint40 firstWindow = _restart(spot, filling, offer, left, spot.word.missesLeft());
        emit SlotToppedUp(offer.dealKey, offer.provider, firstWindow, uint16(left), offer);
        _lock(Bucket.Collateral, offer.provider, addedCollateral);
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IDealChanges
    function claimBonus(Filling calldata filling, uint40 window) external {
        SlotWord word = _genuine(filling);
        Offer calldata offer = filling.offer;
        Reserve storage reserve = _deals[offer.dealKey].reserves[offer.slot];
        (uint256 from, uint256 end) = _bonusWindows(filling, word, reserve.earnedFrom);
        require(
            from <= window && window < end && SPACETIME.isProven(offer.provider, window),
            MarketBonusNotEarned(from, end, window)
        );
        _payBonus(offer);
    }

    // ---------------------------------------------------------------- inner

    /// @dev The same replica under a new offer: its settled windows are behind it. Misses stay, and so does what counts from
    /// the replica's first window (cooling-off, least number of paid windows).
    function _restart(Position memory spot, Filling calldata filling, Offer memory offer, uint256 end, uint256 missesLeft)
        private
        returns (uint40 firstWindow)
    {
        firstWindow = uint40(filling.firstWindow + spot.word.settled());
        _setSlot(offer.dealKey, offer.slot, Slots.filled(end, missesLeft, offer.generation));
        SPACETIME.setTag(offer.provider, offer.root, Deals.hashOf(offer), firstWindow);
    }

    /// @dev A forfeit has fixed the slot's end and split a part of its collateral.
    function _requireNotGivenUp(Offer calldata offer, SlotWord word) private view {
        require(_deals[offer.dealKey].reserves[offer.slot].left == 0, MarketSlotGivenUp(word.end()));
    }
}
