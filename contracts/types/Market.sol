// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev Shares are basis points (1 / 10,000). What the three shares of a failure leave is burned.
struct MarketParameters {
    /// Of the price of every slot filled; burned.
    uint16 protocolFeeBps;
    uint16 clientShareBps;
    uint16 repairerShareBps;
    uint16 callerShareBps;
}

/// @dev What happened to a slot's collateral before its end; one storage word, written only at a failure or a forfeit.
struct Reserve {
    /// Already taken out of the collateral by a forfeit.
    uint128 penalty;
    /// Waits in bonds for who refills the slot.
    uint128 bonus;
}
