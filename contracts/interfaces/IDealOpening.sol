// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {DealRequest, Filling, Offer, PermitDeposit, SignedSlotOffer, SkipReason, SlotStatus, Terms} from "../types/Deal.sol";

/// @title How deals begin: replicas that are already uploaded become paid ones, all good slots at once
/// @notice What a client could have seen before it sent reverts; what a provider can bring about after the upload only
/// skips its slot. So nobody but the client can make its deal fail.
interface IDealOpening {
    /// @dev A term is outside its bounds.
    error DealTermOutOfRange(string term, uint256 least, uint256 most, uint256 found);
    /// @dev An offer's field does not belong to this deal.
    error DealOfferMalformed(uint8 slot, string field, uint256 expected, uint256 found);
    /// @dev Two offers of one deal share what must be its own.
    error DealOfferDuplicate(uint8 slot, string field);
    /// @dev No key signed this offer for its provider.
    error DealBadSignature(uint8 slot, address provider);
    error DealNoHeader();
    error DealExists(bytes32 dealKey);
    error DealUnknown(bytes32 dealKey);
    error DealMinSlotsOutOfRange(uint256 least, uint256 most, uint256 found);
    error DealTooFewSlots(uint256 needed, uint256 filled);
    error DealPaymentAboveMaximum(uint256 maxPayment, uint256 payment);
    error DealSlotNotVacant(uint256 slot, SlotStatus status);
    /// @dev `current` must list the fillings of the active slots, all of them and in order.
    error DealCurrentMismatch(uint256 slot);
    error DealNotOrderBook(address expected, address found);
    /// @dev The order book may still fill slots of this deal, and knows only of the providers that it let in itself.
    error DealOrderOpen(bytes32 dealKey);

    /// @param fee Burned on top of the price of the slots that were filled.
    event DealOpened(
        bytes32 indexed dealKey, address indexed client, bytes32 headerHash, bytes32 salt, Terms terms, uint256 fee
    );
    event SlotFilled(bytes32 indexed dealKey, address indexed provider, uint40 firstWindow, Offer offer);
    event SlotSkipped(bytes32 indexed dealKey, address indexed provider, uint8 slot, SkipReason reason);

    /// @notice CLIENT: opens a deal. Locks price x windows of every good slot from the client, collateral from its provider,
    /// and burns the protocol fee. Reverts unless `minSlots` slots are good.
    function openDeal(DealRequest calldata request, SignedSlotOffer[] calldata offers) external returns (bytes32 dealKey);

    /// @notice CLIENT: `openDeal` after a deposit by permit.
    function openDealWithPermit(DealRequest calldata request, SignedSlotOffer[] calldata offers, PermitDeposit calldata permit)
        external
        returns (bytes32 dealKey);

    /// @notice CLIENT: fills vacant slots of an open deal. `current` lists the fillings of all active slots, lowest
    /// slot first, which shows that no provider and no root comes twice. Reverts if no slot could be filled.
    function fillSlots(
        bytes32 salt,
        Terms calldata terms,
        Filling[] calldata current,
        SignedSlotOffer[] calldata offers,
        uint256 maxPayment
    ) external;

    /// @notice ORDER BOOK: opens a deal of `client` that has no replica yet.
    function createDeal(address client, bytes32 salt, Terms calldata terms, bytes32 headerHash)
        external
        returns (bytes32 dealKey);

    /// @notice ORDER BOOK: fills one slot at the client's expense, like `openDeal`, with an offer that its provider did not
    /// sign but called for. Works while the market is paused: who reserved a slot before must not lose its deposit for it.
    /// @param approver Who agreed to the replica: the client or its steward.
    /// @return reason Why the provider could not take it, with nothing changed; None if the slot is filled.
    function fillOrder(bytes32 salt, Terms calldata terms, Offer calldata offer, address approver)
        external
        returns (SkipReason reason);
}
