// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IDealOpening} from "../interfaces/IDealOpening.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "../interfaces/ISpacetimeProofs.sol";
import {IVault} from "../interfaces/IVault.sol";
import {Deals} from "../libraries/Deals.sol";
import {Distinct} from "../libraries/Distinct.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {SlotWord, Slots} from "../libraries/Slots.sol";
import {Bucket} from "../types/Bucket.sol";
import {
    DealRequest,
    Filling,
    Offer,
    PermitDeposit,
    SignedOffer,
    SkipReason,
    SlotStatus,
    Terms
} from "../types/Deal.sol";
import {AddResult} from "../types/Spacetime.sol";
import {MarketState} from "./MarketState.sol";

/// @title The part of StorageMarket's code that begins deals
/// @dev StorageMarket runs it by delegatecall in its own name and storage; called directly it holds nothing and may nothing.
contract DealOpening is MarketState, IDealOpening {
    using MessageHashUtils for bytes32;

    uint256 private immutable MINIMUM_STAKE;
    uint256 private immutable MAX_M;

    constructor(
        IVault vault,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        IOrderBook orders,
        uint256 protocolFeeBps
    ) MarketState(vault, registry, spacetime, orders, protocolFeeBps) {
        MINIMUM_STAKE = registry.MINIMUM_STAKE();
        MAX_M = Deals.maxM(spacetime.LEVELS());
    }

    modifier onlyOrders() {
        require(msg.sender == address(ORDERS), DealNotOrderBook(address(ORDERS), msg.sender));
        _;
    }

    /// @inheritdoc IDealOpening
    function openDeal(DealRequest calldata request, SignedOffer[] calldata offers) external returns (bytes32 dealKey) {
        return _open(request, offers);
    }

    /// @inheritdoc IDealOpening
    function openDealWithPermit(DealRequest calldata request, SignedOffer[] calldata offers, PermitDeposit calldata permit)
        external
        returns (bytes32 dealKey)
    {
        VAULT.depositWithPermit(msg.sender, permit);
        return _open(request, offers);
    }

    /// @inheritdoc IDealOpening
    function fillSlots(
        bytes32 salt,
        Terms calldata terms,
        Filling[] calldata current,
        SignedOffer[] calldata offers,
        uint256 maxPayment
    ) external {
        bytes32 dealKey = Deals.keyOf(msg.sender, salt, terms);
        require(_deals[dealKey].headerHash != 0, DealUnknown(dealKey));
        _requireNoOrder(dealKey);
        Distinct.Set memory taken = Distinct.sized(current.length + offers.length);
        uint256 listed;
        for (uint256 slot = 0; slot < terms.slots; ++slot) {
            SlotWord word = _slot(dealKey, slot);
            if (word.status() != SlotStatus.Active) continue;
            require(
                listed < current.length && current[listed].offer.slot == slot
                    && Deals.hash(current[listed]) == word.fillingHash(),
                DealCurrentMismatch(slot)
            );
            Distinct.add(taken, current[listed].offer);
            ++listed;
        }
        require(listed == current.length, DealCurrentMismatch(terms.slots));

        (uint256 filled, uint256 escrow) = _fill(dealKey, terms, offers, taken);
        require(filled != 0, DealTooFewSlots(1, 0));
        _collect(msg.sender, escrow, maxPayment);
    }

    // ---------------------------------------------------------------- ORDER BOOK

    /// @inheritdoc IDealOpening
    function createDeal(address client, bytes32 salt, Terms calldata terms, bytes32 headerHash)
        external
        onlyOrders
        returns (bytes32 dealKey)
    {
        dealKey = _create(client, salt, terms, headerHash);
        emit DealOpened(dealKey, client, headerHash, salt, terms, 0);
    }

    /// @inheritdoc IDealOpening
    function fillOrder(bytes32 salt, Terms calldata terms, Offer calldata offer, address approver)
        external
        onlyOrders
        returns (SkipReason reason)
    {
        bytes32 dealKey = Deals.keyOf(offer.client, salt, terms);
        Deals.checkOffer(offer, offer.client, dealKey, terms.slots, MAX_M);
        SlotStatus status = _slot(dealKey, offer.slot).status();
        require(status == SlotStatus.Vacant, DealSlotNotVacant(offer.slot, status));
        require(approver == offer.client, DealNotApproved(offer.client, approver));

        (bool registered,,) = REGISTRY.standingOf(offer.provider);
        if (!registered) return SkipReason.NotRegistered;
        if (VAULT.freeOf(offer.provider) < offer.collateral) return SkipReason.InsufficientCollateral;
        uint40 firstWindow;
        (reason, firstWindow) = _addToBag(offer);
        if (reason != SkipReason.None) return reason;
        _setSlot(dealKey, offer.slot, Slots.filled(offer, firstWindow, terms.windows, terms.maxMisses));
        emit SlotFilled(dealKey, offer.provider, firstWindow, offer);
        _lock(Bucket.Collateral, offer.provider, offer.collateral);
        _collect(offer.client, uint256(offer.price) * terms.windows, type(uint256).max);
    }

    function _open(DealRequest calldata request, SignedOffer[] calldata offers) private returns (bytes32 dealKey) {
        Terms calldata terms = request.terms;
        dealKey = _create(msg.sender, request.salt, terms, request.headerHash);
        require(
            terms.threshold <= request.minSlots && request.minSlots <= terms.slots,
            DealMinSlotsOutOfRange(terms.threshold, terms.slots, request.minSlots)
        );

        (uint256 filled, uint256 escrow) = _fill(dealKey, terms, offers, Distinct.sized(offers.length));
        require(filled >= request.minSlots, DealTooFewSlots(request.minSlots, filled));
        uint256 fee = _collect(msg.sender, escrow, request.maxPayment);
        emit DealOpened(dealKey, msg.sender, request.headerHash, request.salt, terms, fee);
    }

    function _create(address client, bytes32 salt, Terms calldata terms, bytes32 headerHash)
        private
        returns (bytes32 dealKey)
    {
        Deals.checkTerms(terms, CHALLENGES);
        require(headerHash != 0, DealNoHeader());
        dealKey = Deals.keyOf(client, salt, terms);
        require(_deals[dealKey].headerHash == 0, DealExists(dealKey));
        _deals[dealKey].headerHash = headerHash;
    }

    function _fill(bytes32 dealKey, Terms calldata terms, SignedOffer[] calldata offers, Distinct.Set memory taken)
        private
        returns (uint256 filled, uint256 escrow)
    {
        bytes32 domain = _domainSeparatorV4();
        uint256 windows = terms.windows;
        uint256 limit;
        uint256 limitOf;
        for (uint256 i = 0; i < offers.length; ++i) {
            Offer calldata offer = offers[i].offer;
            Deals.checkOffer(offer, msg.sender, dealKey, terms.slots, MAX_M);
            Distinct.add(taken, offer);
            SlotStatus status = _slot(dealKey, offer.slot).status();
            require(status == SlotStatus.Vacant, DealSlotNotVacant(offer.slot, status));
            if (limitOf != offer.m) {
                limitOf = offer.m;
                limit = SPACETIME.priceLimit(offer.m);
            }

            bytes32 digest = domain.toTypedDataHash(Deals.hash(offer));
            SkipReason reason = _judge(offer, digest, offers[i].signature, limit);
            if (reason == SkipReason.None) {
                uint40 firstWindow;
                (reason, firstWindow) = _addToBag(offer);
                if (reason == SkipReason.None) {
                    _setSlot(dealKey, offer.slot, Slots.filled(offer, firstWindow, windows, terms.maxMisses));
                    ++filled;
                    escrow += offer.price * windows;
                    emit SlotFilled(dealKey, offer.provider, firstWindow, offer);
                    _lock(Bucket.Collateral, offer.provider, offer.collateral);
                    continue;
                }
            }
            emit SlotSkipped(dealKey, offer.provider, offer.slot, reason);
        }
    }

    /// @dev A contract's signature may be taken back at any time, so a bad one is a revoked offer; a key's may not.
    function _judge(Offer calldata offer, bytes32 digest, bytes calldata signature, uint256 limit)
        private
        view
        returns (SkipReason)
    {
        address provider = offer.provider;
        if (!Signatures.isValid(provider, digest, signature)) {
            require(provider.code.length != 0, DealBadSignature(offer.slot, provider));
            return SkipReason.Revoked;
        }
        if (block.number > offer.expiry) return SkipReason.Expired;
        (bool registered, uint64 epoch, uint256 stake) = REGISTRY.standingOf(provider);
        if (!registered) return SkipReason.NotRegistered;
        if (epoch != offer.epoch) return SkipReason.Revoked;
        if (stake < MINIMUM_STAKE) return SkipReason.InsufficientStake;
        if (offer.price > limit) return SkipReason.PriceAboveProofs;
        // Asked before the bag changes, because a root that left the bag never comes back.
        if (VAULT.freeOf(provider) < offer.collateral) return SkipReason.InsufficientCollateral;
        return SkipReason.None;
    }

    function _addToBag(Offer calldata offer) private returns (SkipReason reason, uint40 firstWindow) {
        AddResult result;
        (result, firstWindow) = SPACETIME.add(offer.provider, offer.m, offer.root);
        if (result == AddResult.Added) return (SkipReason.None, firstWindow);
        // The two lists run in the same order.
        reason = SkipReason(uint8(SkipReason.InsufficientStake) + uint8(result) - uint8(AddResult.InsufficientStake));
    }

    /// @dev The fee is rounded up: it is burned, so nobody is the poorer for it by more than one unit a call.
    function _collect(address client, uint256 escrow, uint256 maxPayment) private returns (uint256 fee) {
        fee = (escrow * PROTOCOL_FEE_BPS + WHOLE - 1) / WHOLE;
        require(escrow + fee <= maxPayment, DealPaymentAboveMaximum(maxPayment, escrow + fee));
        _lock(Bucket.Escrows, client, escrow + fee);
        _burn(Bucket.Escrows, fee);
    }
}
