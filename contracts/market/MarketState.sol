// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IDealOpening} from "../interfaces/IDealOpening.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "../interfaces/ISpacetimeProofs.sol";
import {IVault} from "../interfaces/IVault.sol";
import {SlotWord, Slots} from "../libraries/Slots.sol";
import {Bucket} from "../types/Bucket.sol";
import {SlotState} from "../types/Deal.sol";
import {Reserve, Stewardship} from "../types/Market.sol";

/// @title What all parts of the market's code share
/// @dev First in the line of bases of each, so that its variables have the same slots in all: a test compares them.
abstract contract MarketState is EIP712 {
    struct Deal {
        bytes32 headerHash;
        mapping(uint256 slot => SlotState) slots;
        mapping(uint256 slot => Reserve) reserves;
        mapping(uint256 slot => address) refillers;
        Stewardship stewardship;
    }

    /// @dev Basis points in a whole.
    uint256 internal constant WHOLE = 10_000;

    IVault public immutable VAULT;
    IProviderRegistry public immutable REGISTRY;
    ISpacetimeProofs public immutable SPACETIME;
    /// @notice Fills the slots of deals that were posted.
    IOrderBook public immutable ORDERS;
    uint256 public immutable PROTOCOL_FEE_BPS;
    /// @dev K, copied from SPACETIME, where it is immutable.
    uint256 internal immutable CHALLENGES;

    // slots 0 and 1: EIP712, for names that do not fit a word
    mapping(bytes32 dealKey => Deal) internal _deals; // slot 2

    /// @param orders An address that may get its code later.
    constructor(
        IVault vault,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        IOrderBook orders,
        uint256 protocolFeeBps
    ) EIP712("Holdfast StorageMarket", "1") {
        VAULT = vault;
        REGISTRY = registry;
        SPACETIME = spacetime;
        ORDERS = orders;
        PROTOCOL_FEE_BPS = protocolFeeBps;
        CHALLENGES = spacetime.CHALLENGES();
    }

    /// @dev Whoever lets another provider into a deal asks this first: while its order is open, only the book may.
    function _requireNoOrder(bytes32 dealKey) internal view {
        require(!ORDERS.isOpen(dealKey), IDealOpening.DealOrderOpen(dealKey));
    }

    function _slot(bytes32 dealKey, uint256 slot) internal view returns (SlotWord) {
        return Slots.load(_deals[dealKey].slots[slot]);
    }

    function _setSlot(bytes32 dealKey, uint256 slot, SlotWord word) internal {
        Slots.store(_deals[dealKey].slots[slot], word);
    }

    // One place for each call outside: the compiler would repeat its encoding wherever it stands.

    function _lock(Bucket bucket, address account, uint256 amount) internal {
        VAULT.lock(bucket, account, amount);
    }

    function _release(Bucket bucket, address account, uint256 amount) internal {
        if (amount != 0) VAULT.release(bucket, account, amount);
    }

    function _burn(Bucket bucket, uint256 amount) internal {
        VAULT.burn(bucket, amount);
    }
}
