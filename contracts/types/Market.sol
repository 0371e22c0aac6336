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

/// @dev What a slot keeps for its refill; one storage word, written only at a failure, a forfeit and a refill.
struct Reserve {
    /// Already taken out of the collateral by a forfeit.
    uint112 penalty;
    /// Waits in bonds for who refills the slot.
    uint112 bonus;
    /// Windows given up by a forfeit whose price waits in escrow; those of a failure are between `settled` and `end`.
    uint16 left;
    /// While the slot's refiller has not earned the bonus: from which window of the replica on, counted from 1, a proven one
    /// earns it. Zero while it is nobody's.
    uint16 earnedFrom;
}

/// @dev Who may approve replacements in a deal; two storage words.
struct Stewardship {
    /// Instead of the steward in the terms, if `named`; zero for nobody.
    address steward;
    /// Last block at which a named steward may approve.
    uint40 until;
    /// Since the client was heard of last.
    uint8 approvals;
    /// Whether the client has granted or revoked anything.
    bool named;
    uint128 maxPrice;
    uint128 minCollateral;
}
