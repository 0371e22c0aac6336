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
    SignedSlotOffer,
    SkipReason,
    SlotStatus,
    Terms
} from "../types/Deal.sol";
import {AddResult} from "../types/Spacetime.sol";
import {MarketState} from "./MarketState.sol";
import {Stewards} from "./Stewards.sol";

/// @title The part of StorageMarket's code that begins deals
/// @dev StorageMarket runs it by delegatecall in its own name and storage; called directly it holds nothing and may nothing.
contract DealOpening is Stewards, IDealOpening {
    using MessageHashUtils for bytes32;

    /// @dev What all slots that a call fills have in common.
    struct Batch {
        uint256 slots;
        /// EIP-712 domain separator.
        bytes32 domain;
        /// The price limit of offers of size `limitOf`.
        uint256 limitOf;
        uint256 limit;
        SlotWord word;
        Distinct.Set taken;
    }

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
    function openDeal(DealRequest calldata request, SignedSlotOffer[] calldata offers) external returns (bytes32 dealKey) {
        return _open(request, offers);
    }

    /// @inheritdoc IDealOpening
    function openDealWithPermit(DealRequest calldata request, SignedSlotOffer[] calldata offers, PermitDeposit calldata permit)
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
        SignedSlotOffer[] calldata offers,
        uint256 maxPayment
    ) external {
        bytes32 dealKey = Deals.keyOf(msg.sender, salt, terms);
        require(_deals[dealKey].headerHash != 0, DealUnknown(dealKey));
        _requireNoOrder(dealKey);
        Distinct.Set memory taken = _taken(dealKey, terms.slots, NO_SLOT, current, offers.length);
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
    function fillOrder(bytes32 salt, Terms calldata terms, Offer memory offer, address approver)
        external
        onlyOrders
        returns (SkipReason reason)
    {
        bytes32 dealKey = Deals.keyOf(offer.client, salt, terms);
        offer.dealKey = dealKey;
        Deals.checkOffer(offer, terms.slots, MAX_M);
        SlotStatus status = _slot(dealKey, offer.slot).status();
        require(status == SlotStatus.Vacant, DealSlotNotVacant(offer.slot, status));
        bool steward = approver != offer.client;
        if (steward) _requireApproval(approver, dealKey, terms, offer.price, offer.collateral);

        (bool registered,, uint256 stake) = REGISTRY.standingOf(offer.provider);
        if (!registered) return SkipReason.NotRegistered;
        reason = _activate(offer, Deals.hashOf(offer), stake, Slots.filled(terms.windows, terms.maxMisses, 0));
        if (reason != SkipReason.None) return reason;
        _collect(offer.client, uint256(offer.price) * terms.windows, type(uint256).max);
        // Not before: a provider that cannot take the replica must not use a client's approvals up.
        if (steward) _useApproval(approver, dealKey);
    }

    function _open(DealRequest calldata request, SignedSlotOffer[] calldata offers) private returns (bytes32 dealKey) {
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

    function _fill(bytes32 dealKey, Terms calldata terms, SignedSlotOffer[] calldata offers, Distinct.Set memory taken)
        private
        returns (uint256 filled, uint256 escrow)
    {
        Batch memory batch;
        (batch.slots, batch.domain, batch.taken) = (terms.slots, _domainSeparatorV4(), taken);
        batch.word = Slots.filled(terms.windows, terms.maxMisses, 0);
        // One place in memory for all offers in turn.
        Offer memory offer;
        (offer.client, offer.dealKey) = (msg.sender, dealKey);
        for (uint256 i = 0; i < offers.length; ++i) {
            SignedSlotOffer calldata signed = offers[i];
            Deals.read(offer, signed.offer);
            SkipReason reason = _fillOne(batch, offer, signed.signature);
            if (reason == SkipReason.None) {
                unchecked {
                    // At most 48 prices of 104 bits.
                    (filled, escrow) = (filled + 1, escrow + offer.price);
                }
            } else {
                emit SlotSkipped(dealKey, offer.provider, offer.slot, reason);
            }
        }
        escrow *= terms.windows;
    }

    function _fillOne(Batch memory batch, Offer memory offer, bytes calldata signature) private returns (SkipReason) {
        Deals.checkOffer(offer, batch.slots, MAX_M);
        (uint256 slot, address provider) = (offer.slot, offer.provider);
        Distinct.add(batch.taken, slot, provider, offer.root);
        SlotStatus status = _slot(offer.dealKey, slot).status();
        require(status == SlotStatus.Vacant, DealSlotNotVacant(slot, status));

        bytes32 offerHash = Deals.hashOf(offer);
        // A contract's signature may be taken back at any time, so a bad one is a revoked offer; a key's may not.
        if (!Signatures.isValid(provider, batch.domain.toTypedDataHash(offerHash), signature)) {
            require(provider.code.length != 0, DealBadSignature(uint8(slot), provider));
            return SkipReason.Revoked;
        }
        if (block.number > offer.expiry) return SkipReason.Expired;
        (bool registered, uint64 epoch, uint256 stake) = REGISTRY.standingOf(provider);
        if (!registered) return SkipReason.NotRegistered;
        if (epoch != offer.epoch) return SkipReason.Revoked;
        if (stake < MINIMUM_STAKE) return SkipReason.InsufficientStake;
        if (offer.price > _limitOf(batch, offer.m)) return SkipReason.PriceAboveProofs;
        return _activate(offer, offerHash, stake, batch.word);
    }

    /// @dev Asked once for offers of one size in a row.
    function _limitOf(Batch memory batch, uint8 m) private view returns (uint256) {
        if (batch.limitOf != m) (batch.limitOf, batch.limit) = (m, SPACETIME.priceLimit(m));
        return batch.limit;
    }

    /// @dev The collateral goes first: what has entered a bag never comes back to it, so nothing may be missing afterwards.
    function _activate(Offer memory offer, bytes32 offerHash, uint256 stake, SlotWord word) private returns (SkipReason) {
        address provider = offer.provider;
        if (!VAULT.tryLock(Bucket.Collateral, provider, offer.collateral)) return SkipReason.InsufficientCollateral;
        (AddResult result, uint256 firstWindow) = SPACETIME.add(provider, offer.m, offer.root, offerHash, stake);
        if (result != AddResult.Added) {
            _release(Bucket.Collateral, provider, offer.collateral);
            // The two lists run in the same order.
            return SkipReason(uint8(SkipReason.InsufficientStake) + uint8(result) - uint8(AddResult.InsufficientStake));
        }
        _setSlot(offer.dealKey, offer.slot, word);
        _emitFilled(offer, firstWindow);
        return SkipReason.None;
    }

    /// @dev `emit SlotFilled(offer.dealKey, offer.provider, firstWindow, offer)`, copied like the offer's hash.
    function _emitFilled(Offer memory offer, uint256 firstWindow) private {
        (bytes32 topic, bytes32 dealKey, address provider) = (SlotFilled.selector, offer.dealKey, offer.provider);
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, firstWindow)
            mcopy(add(free, 0x20), offer, 0x1a0)
            log3(free, 0x1c0, topic, dealKey, provider)
        }
    }

    /// @dev The fee is rounded up: it is burned, so nobody is the poorer for it by more than one unit a call.
    function _collect(address client, uint256 escrow, uint256 maxPayment) private returns (uint256 fee) {
        fee = (escrow * PROTOCOL_FEE_BPS + WHOLE - 1) / WHOLE;
        require(escrow + fee <= maxPayment, DealPaymentAboveMaximum(maxPayment, escrow + fee));
        _lock(Bucket.Escrows, client, escrow + fee);
        _burn(Bucket.Escrows, fee);
    }
}
