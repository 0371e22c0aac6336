// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {SkipReason} from "../types/Deal.sol";
import {Order, OrderState, Reservation} from "../types/Order.sol";

/// @title Orders: a client names a price that rises until providers take it
/// @notice A slot whose replica the client posted is taken by who has the bytes. Any other is reserved, committed to by its
/// provider and activated by the client or the steward. Every reservation ends within two waits of the deployment, whoever keeps
/// silent, and no call of the book depends on the market not being paused but `postDeal`, `reserve` and the taking of a slot
/// that nobody reserved.
interface IOrderBook {
    error OrderNotClient(address client, address caller);
    error OrderUnknown(bytes32 dealKey);
    /// @dev This is not the order that was posted.
    error OrderMismatch(bytes24 expected, bytes24 found);
    error OrderPostedLength(uint256 expected, uint256 found);
    error OrderRootTaken(bytes32 root);
    error OrderFloorAboveCap(uint256 cap, uint256 floor);
    /// @dev No slot could be filled at this price: the proofs do not carry it.
    error OrderCapAboveProofs(uint256 most, uint256 found);
    error OrderDepositTooSmall(uint256 least, uint256 found);
    error OrderDeadlineBeforeStart(uint256 start, uint256 deadline);
    error OrderWaitOutOfRange(uint256 least, uint256 most, uint256 found);
    error OrderPaymentAboveMaximum(uint256 maxPayment, uint256 payment);
    error OrderSlotOutside(uint256 slots, uint256 slot);
    /// @dev The slot is filled or refunded.
    error OrderSlotDone(uint256 slot);
    error OrderSlotReserved(address provider, uint40 until);
    error OrderSlotNotReserved(uint256 slot);
    error OrderSlotNotPosted(uint256 slot);
    error OrderSlotPosted(uint256 slot);
    error OrderNotTakeable(uint256 start, uint256 deadline, bool ended);
    error OrderMarketPaused();
    error OrderProviderEngaged(address provider);
    error OrderProviderUnfit(SkipReason reason);
    error OrderNotProvider(address expected, address found);
    error OrderNotCommitted(uint256 slot);
    error OrderCommitted(uint256 slot);
    error OrderWrongCommitment(bytes32 expected, bytes32 found);
    error OrderTooLate(uint256 lastBlock, uint256 blockNumber);
    error OrderTooEarly(uint256 lastBlock, uint256 blockNumber);
    error OrderNotOver(uint256 deadline, uint256 blockNumber);
    error OrderNothingToClose();
    /// @dev Of a deployment.
    error OrderMostWait(uint256 most, uint256 found);

    /// @param order As it is kept: start, prices and deposit resolved.
    /// @param slotEscrow Held for each slot: the cap's price with its fee.
    /// @param payment All that left the client's account, bonds included.
    event OrderPosted(
        bytes32 indexed dealKey, address indexed client, Order order, uint256 slotEscrow, uint256 payment
    );
    event SlotReserved(bytes32 indexed dealKey, address indexed provider, uint8 slot, uint256 price, uint40 until);
    event ReplicaCommitted(
        bytes32 indexed dealKey,
        address indexed provider,
        uint8 slot,
        bytes32 root,
        bytes32 dataRoot,
        uint256 collateral,
        uint40 until
    );
    /// @dev The slot's escrow, and the deposit and bond if there were any, went back to who locked them.
    event OrderFilled(
        bytes32 indexed dealKey, address indexed provider, uint8 slot, uint256 price, uint256 collateral, bool reserved
    );
    /// @dev The provider let its reservation pass: its deposit burned.
    event ReservationExpired(bytes32 indexed dealKey, address indexed provider, uint8 slot, uint256 deposit);
    /// @dev The client let a commitment pass: the provider has its own back, and the bond; the client has the slot's escrow.
    event CommitmentExpired(
        bytes32 indexed dealKey, address indexed provider, uint8 slot, uint256 collateral, uint256 deposit
    );
    /// @param reopened The client bonded the slot anew; otherwise its escrow went back.
    event CommitmentRejected(
        bytes32 indexed dealKey,
        address indexed provider,
        uint8 slot,
        uint256 collateral,
        uint256 deposit,
        bool reopened
    );
    /// @dev The client approved, but the provider could not take the replica: its deposit burned.
    event ProviderUnfit(
        bytes32 indexed dealKey,
        address indexed provider,
        uint8 slot,
        uint256 collateral,
        uint256 deposit,
        SkipReason reason
    );
    event OrderEnded(bytes32 indexed dealKey, address indexed client);
    /// @param slots A bit for each slot.
    event OrderClosed(bytes32 indexed dealKey, address indexed client, uint256 slots, uint256 escrow, uint256 bonds);

    /// @notice CLIENT: opens a deal whose slots are vacant, and holds the cap's price with its fee for each of them, and a bond
    /// of the size of the deposit for each whose replica is not posted. At most `maxPayment` leaves the client's account.
    function postDeal(Order calldata order, uint256 maxPayment) external returns (bytes32 dealKey);

    /// @notice CLIENT at any time, which also ends the order for new takers; ANYONE after the deadline: refunds those of
    /// `slots` that nobody took or reserved, and skips the others.
    function closeOrder(Order calldata order, uint8[] calldata slots) external;

    /// @notice CLIENT, or the steward as one of its approvals: fills a slot with the replica that its provider committed to.
    /// If the provider cannot take it after all, its deposit burns and the slot is open again.
    function activate(Order calldata order, uint8 slot, bytes32 root, bytes32 dataRoot) external;

    /// @notice CLIENT: refuses a commitment. The provider's deposit and the client's bond burn, both: nobody gains by
    /// making the other lose. The slot is open again with a new bond, or closed if the order is over.
    function reject(Order calldata order, uint8 slot) external;

    /// @notice PROVIDER with the bytes: fills a slot whose replica is posted, at the price of this block, or of its
    /// reservation.
    function take(Order calldata order, uint8 slot) external;

    /// @notice PROVIDER: keeps a slot from others at the price of this block, for the order's deposit.
    /// Warning: have the bytes, or trust that the client sends them. The deposit burns if the reservation passes, and an
    /// unposted replica can then still be committed to, a posted one only be taken.
    function reserve(Order calldata order, uint8 slot) external;

    /// @notice PROVIDER: says which replica it sealed for the slot that it reserved, and locks its collateral.
    function commit(Order calldata order, uint8 slot, bytes32 root, bytes32 dataRoot) external;

    /// @notice ANYONE: ends a reservation whose time has passed, at the cost of who let it pass.
    function expire(Order calldata order, uint8 slot) external;

    /// @notice Base units a window that a slot costs at `blockNumber`, of an order as it was posted.
    function priceAt(Order calldata order, uint256 blockNumber) external pure returns (uint256);

    function orderOf(bytes32 dealKey) external view returns (OrderState memory);
    function reservationOf(bytes32 dealKey, uint8 slot) external view returns (Reservation memory);

    /// @notice Whether the provider has, or has reserved, a slot of the order.
    function isEngaged(bytes32 dealKey, address provider) external view returns (bool);

    /// @notice Whether any slot of the deal may still be filled by the book: until then by nothing else.
    function isOpen(bytes32 dealKey) external view returns (bool);
}
