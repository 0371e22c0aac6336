// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {IReferencePrice} from "./interfaces/IReferencePrice.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IStorageMarket} from "./interfaces/IStorageMarket.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Deals} from "./libraries/Deals.sol";
import {Orders} from "./libraries/Orders.sol";
import {MarketState} from "./market/MarketState.sol";
import {Bookings} from "./orders/Bookings.sol";
import {Bucket} from "./types/Bucket.sol";
import {Offer, SkipReason} from "./types/Deal.sol";
import {Order, OrderParameters, OrderState, Reservation} from "./types/Order.sol";
import {ReplicaStatus} from "./types/Spacetime.sol";

/// @title The order book
/// @dev Holds a slot's money until the slot is filled, and then hands it to the market within one call: out of the book's
/// escrow into the client's account and from there into the market's, with no call outside the deployment in between. While
/// an order is open the market takes replicas for its deal from the book alone, so that the book knows all providers of the deal
/// without being told: a list in calldata would go stale with every other slot that is filled, at the cost of a deposit.
contract OrderBook is Bookings {
    using Orders for Order;

    /// @dev Far beyond any sensible wait, and far below what a block number of 40 bits can take.
    uint256 private constant LONGEST_WAIT = 2 ** 32;

    IVault public immutable VAULT;
    IStorageMarket public immutable MARKET;
    IProviderRegistry public immutable REGISTRY;
    ISpacetimeProofs public immutable SPACETIME;
    IReferencePrice public immutable REFERENCE;
    uint256 public immutable MOST_WAIT;
    /// @dev Copied from where they are immutable.
    uint256 private immutable FEE_BPS;
    uint256 private immutable MINIMUM_STAKE;
    uint256 private immutable MAX_M;

    constructor(IVault vault, IStorageMarket market, IReferencePrice reference_, OrderParameters memory parameters) {
        (VAULT, MARKET, REFERENCE) = (vault, market, reference_);
        MarketState state = MarketState(address(market));
        (REGISTRY, SPACETIME, FEE_BPS) = (state.REGISTRY(), state.SPACETIME(), state.PROTOCOL_FEE_BPS());
        MINIMUM_STAKE = REGISTRY.MINIMUM_STAKE();
        MAX_M = Deals.maxM(SPACETIME.LEVELS());
        uint256 mostWait = parameters.mostWait;
        require(mostWait != 0 && mostWait <= LONGEST_WAIT, OrderMostWait(LONGEST_WAIT, mostWait));
        MOST_WAIT = mostWait;
    }

    // ---------------------------------------------------------------- CLIENT

    /// @inheritdoc IOrderBook
    function postDeal(Order calldata order, uint256 maxPayment) external returns (bytes32 dealKey) {
        require(order.client == msg.sender, OrderNotClient(order.client, msg.sender));
        dealKey = MARKET.createDeal(order.client, order.salt, order.terms, order.headerHash);
        order.checkReplicas(MAX_M);
        Order memory kept = order;
        _resolve(kept);
        uint256 slots = order.terms.slots;
        _orders[dealKey] =
            OrderState({orderHash: Orders.hash(kept), done: 0, open: order.terms.slots, ended: false});

        uint256 slotEscrow = Orders.escrowOf(kept.cap, order.terms.windows, FEE_BPS);
        uint256 bonds = order.bonded(type(uint256).max) * kept.deposit;
        uint256 payment = slots * slotEscrow + bonds;
        require(payment <= maxPayment, OrderPaymentAboveMaximum(maxPayment, payment));
        emit OrderPosted(dealKey, msg.sender, kept, slotEscrow, payment);
        VAULT.lock(Bucket.Escrows, msg.sender, slots * slotEscrow);
        VAULT.lock(Bucket.Bonds, msg.sender, bonds);
    }

    /// @inheritdoc IOrderBook
    function closeOrder(Order calldata order, uint8[] calldata slots) external {
        (bytes32 dealKey, OrderState memory state) = _load(order);
        bool ends = msg.sender == order.client && !state.ended;
        require(
            msg.sender == order.client || state.ended || block.number > order.deadline,
            OrderNotOver(order.deadline, block.number)
        );
        uint256 closed;
        for (uint256 i = 0; i < slots.length; ++i) {
            uint256 slot = _requireSlot(order, slots[i]);
            uint256 bit = 1 << slot;
            if (state.done & bit != 0 || _reservations[dealKey][slot].provider != address(0)) continue;
            state.done |= uint48(bit);
            --state.open;
            closed |= bit;
        }
        require(ends || closed != 0, OrderNothingToClose());
        if (ends) {
            state.ended = true;
            emit OrderEnded(dealKey, order.client);
        }
        _orders[dealKey] = state;
        if (closed != 0) _refund(order, dealKey, closed);
    }

    /// @inheritdoc IOrderBook
    function activate(Order calldata order, uint8 slot, bytes32 root, bytes32 dataRoot) external {
        (bytes32 dealKey, OrderState memory state) = _load(order);
        Reservation memory kept = _committed(dealKey, slot);
        require(block.number <= kept.until, OrderTooLate(kept.until, block.number));
        bytes32 found = keccak256(abi.encode(root, dataRoot));
        require(found == kept.commitment, OrderWrongCommitment(kept.commitment, found));
        require(!_filledRoots[dealKey][root], OrderRootTaken(root));
        _filledRoots[dealKey][root] = true;
        delete _reservations[dealKey][slot];
        _finish(dealKey, state, slot);

        Offer memory offer = _offerOf(order, dealKey, slot, kept);
        (offer.root, offer.dataRoot) = (root, dataRoot);
        // The collateral was the book's since the commitment, so that no provider escapes an approval by spending it.
        VAULT.release(Bucket.Collateral, kept.provider, offer.collateral);
        SkipReason reason = _fill(order, offer, msg.sender);
        if (reason == SkipReason.None) {
            emit OrderFilled(dealKey, kept.provider, slot, offer.price, offer.collateral, true);
            VAULT.release(Bucket.Bonds, kept.provider, order.deposit);
            VAULT.release(Bucket.Bonds, order.client, order.deposit);
            return;
        }
        // Anybody can catch a lane up, so this is nobody's fault and nobody's excuse.
        require(reason != SkipReason.LaneBehind, OrderProviderUnfit(reason));
        _filledRoots[dealKey][root] = false;
        _orders[dealKey] = state;
        isEngaged[dealKey][kept.provider] = false;
        emit ProviderUnfit(dealKey, kept.provider, slot, offer.collateral, order.deposit, reason);
        VAULT.lock(Bucket.Escrows, order.client, _slotEscrow(order));
        VAULT.burn(Bucket.Bonds, order.deposit);
    }

    /// @inheritdoc IOrderBook
    function reject(Order calldata order, uint8 slot) external {
        require(msg.sender == order.client, OrderNotClient(order.client, msg.sender));
        (bytes32 dealKey, OrderState memory state) = _load(order);
        Reservation memory kept = _committed(dealKey, slot);
        require(block.number <= kept.until, OrderTooLate(kept.until, block.number));
        bool reopened = !state.ended && block.number <= order.deadline;
        uint256 collateral = _offerOf(order, dealKey, slot, kept).collateral;
        _free(dealKey, slot, kept.provider);
        if (!reopened) _finish(dealKey, state, slot);
        emit CommitmentRejected(dealKey, kept.provider, slot, collateral, order.deposit, reopened);
        VAULT.release(Bucket.Collateral, kept.provider, collateral);
        VAULT.burn(Bucket.Bonds, 2 * uint256(order.deposit));
        if (reopened) VAULT.lock(Bucket.Bonds, order.client, order.deposit);
        else VAULT.release(Bucket.Escrows, order.client, _slotEscrow(order));
    }

    // ---------------------------------------------------------------- PROVIDER

    /// @inheritdoc IOrderBook
    function take(Order calldata order, uint8 slot) external {
        (bytes32 dealKey, OrderState memory state) = _load(order);
        Reservation memory kept = _reservations[dealKey][slot];
        bool reserved = kept.provider == msg.sender;
        if (reserved) {
            require(block.number <= kept.until, OrderTooLate(kept.until, block.number));
            delete _reservations[dealKey][slot];
        } else {
            kept = _engage(order, dealKey, state, slot);
        }
        require(order.isPosted(slot), OrderSlotNotPosted(slot));
        _finish(dealKey, state, slot);

        Offer memory offer = _offerOf(order, dealKey, slot, kept);
        (offer.root, offer.dataRoot) = (order.posted[slot].root, order.posted[slot].dataRoot);
        emit OrderFilled(dealKey, msg.sender, slot, offer.price, offer.collateral, reserved);
        if (reserved) VAULT.release(Bucket.Bonds, msg.sender, order.deposit);
        // The client approved of this replica when it posted it.
        SkipReason reason = _fill(order, offer, order.client);
        require(reason == SkipReason.None, OrderProviderUnfit(reason));
    }

    /// @inheritdoc IOrderBook
    function reserve(Order calldata order, uint8 slot) external {
        (bytes32 dealKey, OrderState memory state) = _load(order);
        (bool registered,, uint256 stake) = REGISTRY.standingOf(msg.sender);
        require(registered, OrderProviderUnfit(SkipReason.NotRegistered));
        require(stake >= MINIMUM_STAKE, OrderProviderUnfit(SkipReason.InsufficientStake));
        Reservation memory kept = _engage(order, dealKey, state, slot);
        _reservations[dealKey][slot] = kept;
        emit SlotReserved(dealKey, msg.sender, slot, order.priceAt(block.number), kept.until);
        VAULT.lock(Bucket.Bonds, msg.sender, order.deposit);
    }

    /// @inheritdoc IOrderBook
    function commit(Order calldata order, uint8 slot, bytes32 root, bytes32 dataRoot) external {
        (bytes32 dealKey,) = _load(order);
        Reservation memory kept = _reserved(dealKey, slot);
        require(msg.sender == kept.provider, OrderNotProvider(kept.provider, msg.sender));
        require(kept.commitment == 0, OrderCommitted(slot));
        require(block.number <= kept.until, OrderTooLate(kept.until, block.number));
        require(!order.isPosted(slot), OrderSlotPosted(slot));
        Deals.checkRoot(slot, root);
        order.requireNotPosted(root, order.posted.length);
        // A replica that the lane knows could never be activated, and the client would get the provider punished for it.
        require(
            SPACETIME.recordOf(msg.sender, root).status == ReplicaStatus.Unknown,
            OrderProviderUnfit(SkipReason.RootTaken)
        );
        kept.commitment = keccak256(abi.encode(root, dataRoot));
        kept.until = uint40(block.number + order.approveBlocks);
        _reservations[dealKey][slot] = kept;
        uint256 collateral = _offerOf(order, dealKey, slot, kept).collateral;
        emit ReplicaCommitted(dealKey, msg.sender, slot, root, dataRoot, collateral, kept.until);
        VAULT.lock(Bucket.Collateral, msg.sender, collateral);
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IOrderBook
    function expire(Order calldata order, uint8 slot) external {
        (bytes32 dealKey, OrderState memory state) = _load(order);
        Reservation memory kept = _reserved(dealKey, slot);
        require(block.number > kept.until, OrderTooEarly(kept.until, block.number));
        uint256 deposit = order.deposit;
        _free(dealKey, slot, kept.provider);
        if (kept.commitment == 0) {
            emit ReservationExpired(dealKey, kept.provider, slot, deposit);
            VAULT.burn(Bucket.Bonds, deposit);
            return;
        }
        // Its bond is gone, so the slot could not answer for the next provider's work.
        _finish(dealKey, state, slot);
        uint256 collateral = _offerOf(order, dealKey, slot, kept).collateral;
        emit CommitmentExpired(dealKey, kept.provider, slot, collateral, deposit);
        VAULT.release(Bucket.Collateral, kept.provider, collateral);
        VAULT.release(Bucket.Bonds, kept.provider, 2 * deposit);
        VAULT.release(Bucket.Escrows, order.client, _slotEscrow(order));
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IOrderBook
    function priceAt(Order calldata order, uint256 blockNumber) external pure returns (uint256) {
        return order.priceAt(blockNumber);
    }

    // ---------------------------------------------------------------- inner

    /// @dev What depends on the block of posting is fixed here, for good: nothing acts backwards.
    function _resolve(Order memory order) private {
        if (order.start < block.number) order.start = uint40(block.number);
        require(order.deadline >= order.start, OrderDeadlineBeforeStart(order.start, order.deadline));
        _requireWait(order.reserveBlocks);
        _requireWait(order.approveBlocks);
        uint256 limit = SPACETIME.priceLimit(order.m);
        if (order.cap == 0) {
            require(order.floor == 0, OrderFloorAboveCap(0, order.floor));
            (order.floor, order.cap) = REFERENCE.range(order.m, limit);
        }
        require(order.floor <= order.cap, OrderFloorAboveCap(order.cap, order.floor));
        require(order.cap <= limit, OrderCapAboveProofs(limit, order.cap));
        if (order.deposit == 0) order.deposit = order.cap;
        // Keeping a slot from others for nothing would be a pastime.
        require(order.deposit >= order.cap, OrderDepositTooSmall(order.cap, order.deposit));
    }

    function _requireWait(uint256 blocks) private view {
        require(blocks != 0 && blocks <= MOST_WAIT, OrderWaitOutOfRange(1, MOST_WAIT, blocks));
    }

    /// @dev The caller gets the slot, if the order still takes anybody and the slot is free.
    function _engage(Order calldata order, bytes32 dealKey, OrderState memory state, uint256 slot)
        private
        returns (Reservation memory kept)
    {
        _requireSlot(order, slot);
        require((state.done >> slot) & 1 == 0, OrderSlotDone(slot));
        kept = _reservations[dealKey][slot];
        require(kept.provider == address(0), OrderSlotReserved(kept.provider, kept.until));
        require(
            !state.ended && order.start <= block.number && block.number <= order.deadline,
            OrderNotTakeable(order.start, order.deadline, state.ended)
        );
        require(!Pausable(address(MARKET)).paused(), OrderMarketPaused());
        require(!isEngaged[dealKey][msg.sender], OrderProviderEngaged(msg.sender));
        isEngaged[dealKey][msg.sender] = true;
        kept.provider = msg.sender;
        kept.since = uint40(block.number);
        kept.until = uint40(block.number + order.reserveBlocks);
    }

    function _refund(Order calldata order, bytes32 dealKey, uint256 closed) private {
        uint256 count;
        for (uint256 mask = closed; mask != 0; mask &= mask - 1) ++count;
        uint256 escrow = count * _slotEscrow(order);
        uint256 bonds = order.bonded(closed) * order.deposit;
        emit OrderClosed(dealKey, order.client, closed, escrow, bonds);
        VAULT.release(Bucket.Escrows, order.client, escrow);
        VAULT.release(Bucket.Bonds, order.client, bonds);
    }

    function _slotEscrow(Order calldata order) private view returns (uint256) {
        return Orders.escrowOf(order.cap, order.terms.windows, FEE_BPS);
    }

    /// @dev What the provider would have signed, at the price of its reservation. It calls itself, so nothing is signed, nothing
    /// expires and no epoch revokes it.
    function _offerOf(Order calldata order, bytes32 dealKey, uint8 slot, Reservation memory kept)
        private
        pure
        returns (Offer memory offer)
    {
        // Not above what the proofs carry: K' x beta x 2^m / 2^66 is below 2^93 at K = 16, and windows and basis points add 19
        // bits at most.
        uint256 price = order.priceAt(kept.since);
        offer.provider = kept.provider;
        offer.client = order.client;
        offer.dealKey = dealKey;
        offer.slot = slot;
        offer.m = order.m;
        offer.groups = order.groups;
        offer.price = uint128(price);
        offer.collateral = uint128(Orders.collateralOf(price, order.terms.windows, order.collateralBps));
    }

    function _fill(Order calldata order, Offer memory offer, address approver) private returns (SkipReason) {
        VAULT.release(Bucket.Escrows, order.client, _slotEscrow(order));
        return MARKET.fillOrder(order.salt, order.terms, offer, approver);
    }
}
