// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {
    Filling,
    Offer,
    SignedExtension,
    SignedHandOver,
    SignedOffer,
    SkipReason,
    SlotStatus,
    StewardGrant,
    Terms
} from "../types/Deal.sol";

/// @title How deals go on: longer, better secured, with another provider, in the care of a steward
/// @notice Every change settles its slot first. A failure that this finds is the whole effect of the call: it is written down
/// and nothing else happens.
interface IDealChanges {
    /// @dev The provider's offer stands no longer, or its lane does not take the replica.
    error MarketOfferRefused(SkipReason reason);
    /// @dev The slot was forfeited: its end is fixed.
    error MarketSlotGivenUp(uint256 end);
    /// @dev A window behind the slot's end has been drawn already.
    error MarketSlotOver(uint256 end, uint256 opened);
    /// @dev The extension must end after the slot does now, and a slot has at most 16,383 windows.
    error MarketExtensionOutOfRange(uint256 least, uint256 most, uint256 found);
    /// @dev Collateral may be added once a window: each time makes a new filling of the slot.
    error MarketTopUpTooEarly();
    error MarketNothingAdded();
    /// @dev Only a failed slot, or a forfeited one that was released, has room for another replica.
    error MarketSlotNotVacated(SlotStatus status);
    /// @dev No window of the slot is left.
    error MarketNothingLeft();
    /// @dev The lane's window is open and unproven.
    error WindowOpen(uint256 closesAt);
    /// @dev The leaving provider agreed to another offer.
    error MarketWrongHandOver(bytes32 expected, bytes32 found);
    error MarketHandOverExpired(uint256 expiry, uint256 blockNumber);
    error MarketHandOverRevoked(uint256 expected, uint256 found);
    error MarketNotSteward(address expected, address found);
    error MarketStewardExpired(uint256 until, uint256 blockNumber);
    /// @dev Between the client's heartbeats a steward approves at most n - k replacements.
    error MarketApprovalsUsedUp(uint256 most);
    /// @dev A steward approves no price above, and no collateral below, that of the replica it replaces and its grant.
    error MarketStewardPrice(uint256 most, uint256 found);
    error MarketStewardCollateral(uint256 least, uint256 found);
    /// @dev A bonus is earned by a window in [from, end) of the provider's that is proven.
    error MarketBonusNotEarned(uint256 from, uint256 end, uint256 window);

    /// @param firstWindow From here on the slot is counted and paid by `offer`; in the provider's own windows.
    /// @param end Windows from there on.
    event SlotExtended(
        bytes32 indexed dealKey, address indexed provider, uint40 firstWindow, uint16 end, Offer offer
    );
    event SlotToppedUp(
        bytes32 indexed dealKey, address indexed provider, uint40 firstWindow, uint16 end, Offer offer
    );
    /// @param refiller Gets the bonus once the replica has earned it.
    event SlotRefilled(
        bytes32 indexed dealKey,
        address indexed provider,
        address indexed refiller,
        uint40 firstWindow,
        uint16 end,
        Offer offer
    );
    /// @param from Left the slot; has its collateral back.
    event SlotHandedOver(
        bytes32 indexed dealKey,
        address indexed provider,
        address indexed from,
        uint40 firstWindow,
        uint16 end,
        Offer offer
    );
    event StewardSet(bytes32 indexed dealKey, address indexed client, StewardGrant grant);
    /// @param approvals Since the client was heard of last, this one included.
    event ReplacementApproved(bytes32 indexed dealKey, address indexed steward, uint8 approvals);
    event ClientHeard(bytes32 indexed dealKey, address indexed client);

    /// @notice CLIENT: lengthens a slot on a new offer for the same bytes, whose price holds from the first unsettled window on.
    /// Pays or gets back the difference to what is in escrow, and the protocol fee on what is new.
    /// @param maxPayment The most that may leave the client's account, fee included.
    function extend(Filling calldata filling, SignedExtension calldata extension, uint256 maxPayment) external;

    /// @notice PROVIDER: adds to the collateral of a slot, at most once a window.
    function topUp(Filling calldata filling, uint128 addedCollateral) external;

    /// @notice CLIENT or STEWARD: fills a slot that failed or was forfeited with a replica of the next generation, for the
    /// windows and out of the escrow that the old one left, but for no more windows than the deal's terms have: the price of
    /// what an extension added beyond returns to the client. The client alone may pay more than the old price.
    /// @param filling What the slot was filled with last.
    /// @param current The fillings of all active slots, lowest slot first.
    function refill(
        Filling calldata filling,
        bytes32 salt,
        Terms calldata terms,
        Filling[] calldata current,
        SignedOffer calldata replacement,
        uint256 maxPayment
    ) external;

    /// @notice CLIENT or STEWARD: gives a slot, with the same bytes, to another provider. The old one agreed, is paid for every
    /// window that has opened and gets its collateral back; no window is missed and none is paid twice. Reverts with WindowOpen
    /// while an open window of the slot is unproven. As in a refill, no more windows change hands than the deal's terms have.
    /// @param current The fillings of all other active slots, lowest slot first.
    function handOver(
        Filling calldata filling,
        bytes32 salt,
        Terms calldata terms,
        Filling[] calldata current,
        SignedOffer calldata replacement,
        SignedHandOver calldata consent,
        uint256 maxPayment
    ) external;

    /// @notice ANYONE: pays a refill's bonus to who refilled, once `window` (of the provider's own) is settled, proven and behind
    /// the cooling-off, or the slot's last.
    function claimBonus(Filling calldata filling, uint40 window) external;

    /// @notice CLIENT: names who may approve replacements, in place of whoever might before; counts as a heartbeat.
    function setSteward(bytes32 salt, Terms calldata terms, StewardGrant calldata grant) external;

    /// @notice CLIENT: is still there, so that its steward may approve n - k replacements again.
    function heartbeat(bytes32 salt, Terms calldata terms) external;
}
