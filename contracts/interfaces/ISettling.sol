// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {SlotStatus} from "../types/Deal.sol";

/// @title What settling a slot may find and say, whichever call settles it
interface ISettling {
    error MarketSharesAboveWhole(uint256 whole, uint256 found);
    /// @dev The client, salt and terms do not hash to the deal of the offer.
    error MarketWrongDeal(bytes32 expected, bytes32 found);
    /// @dev This is not what the slot was filled with.
    error MarketWrongFilling(bytes24 expected, bytes24 found);
    /// @dev The slot was refilled since.
    error MarketWrongGeneration(uint256 expected, uint256 found);
    error MarketNotClient(address expected, address found);
    error MarketNotProvider(address expected, address found);
    error MarketSlotNotActive(SlotStatus status);
    /// @dev The slot ends at `end` anyway.
    error MarketNothingToEnd(uint256 end);

    /// @notice Windows settled by one call: proven ones were paid to the provider, missed ones returned to the client, each at
    /// the price of the slot's offer.
    event SlotSettled(bytes32 indexed dealKey, address indexed provider, uint8 slot, uint16 proven, uint16 missed);

    /// @param bonus Added to what is kept in bonds for who refills the slot; an earlier bonus that nobody earned yet stays with it.
    event SlotFailed(
        bytes32 indexed dealKey,
        address indexed provider,
        uint8 slot,
        uint256 toClient,
        uint256 bonus,
        uint256 toCaller,
        uint256 burned
    );
    /// @notice A refill's bonus reached who refilled.
    event BonusClaimed(bytes32 indexed dealKey, address indexed refiller, uint8 slot, uint256 amount);
}
