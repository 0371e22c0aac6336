// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IDealOpening} from "../interfaces/IDealOpening.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "../interfaces/ISpacetimeProofs.sol";
import {IVault} from "../interfaces/IVault.sol";
import {Deals} from "../libraries/Deals.sol";
import {Distinct} from "../libraries/Distinct.sol";
import {SlotWord, Slots} from "../libraries/Slots.sol";
import {Bucket} from "../types/Bucket.sol";
import {Filling, Offer, SlotStatus} from "../types/Deal.sol";
import {Reserve, Stewardship} from "../types/Market.sol";

/// @title What all parts of the market's code share
/// @dev First in the line of bases of each, so that its variables have the same slots in all: a test compares them.
abstract contract MarketState is EIP712 {
    struct Deal {
        bytes32 headerHash;
        /// Five slots to a word.
        mapping(uint256 quintet => uint256) slots;
        mapping(uint256 slot => Reserve) reserves;
        mapping(uint256 slot => address) refillers;
        Stewardship stewardship;
    }

    /// @dev Basis points in a whole.
    uint256 internal constant WHOLE = 10_000;
    uint256 internal constant NO_SLOT = type(uint256).max;

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
        return Slots.load(_deals[dealKey].slots, slot);
    }

    function _setSlot(bytes32 dealKey, uint256 slot, SlotWord word) internal {
        Slots.store(_deals[dealKey].slots, slot, word);
    }

    /// @dev Whether this, and nothing older, is what fills the slot of `word`. A tag stays with the replica's record when its slot
    /// is refilled, but a refill raises the generation; a handover, which does not, clears the tag.
    function _isGenuine(Filling calldata filling, SlotWord word) internal view returns (bool) {
        return filling.offer.generation == word.generation()
            && SPACETIME.tagOf(filling.offer.provider, filling.offer.root) == Deals.tagOf(filling);
    }

    /// @dev What is taken by a deal's active slots, with room for `extra` more.
    /// @param except A slot that is left out, or NO_SLOT.
    /// @param current Their fillings, all of them, lowest slot first.
    function _taken(bytes32 dealKey, uint256 slots, uint256 except, Filling[] calldata current, uint256 extra)
        internal
        view
        returns (Distinct.Set memory taken)
    {
        taken = Distinct.sized(current.length + extra);
        uint256 listed;
        for (uint256 slot = 0; slot < slots; ++slot) {
            SlotWord word = _slot(dealKey, slot);
            if (word.status() != SlotStatus.Active || slot == except) continue;
            require(
                listed < current.length && current[listed].offer.dealKey == dealKey && current[listed].offer.slot == slot
                    && _isGenuine(current[listed], word),
                IDealOpening.DealCurrentMismatch(slot)
            );
            Offer calldata offer = current[listed].offer;
            Distinct.add(taken, offer.slot, offer.provider, offer.root);
            ++listed;
        }
        require(listed == current.length, IDealOpening.DealCurrentMismatch(slots));
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
