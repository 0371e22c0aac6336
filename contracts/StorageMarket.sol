// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IDealChanges} from "./interfaces/IDealChanges.sol";
import {IDealOpening} from "./interfaces/IDealOpening.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IStorageMarket} from "./interfaces/IStorageMarket.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Deals} from "./libraries/Deals.sol";
import {Endings} from "./libraries/Endings.sol";
import {Payees} from "./libraries/Payees.sol";
import {Settlement} from "./libraries/Settlement.sol";
import {SlotWord} from "./libraries/Slots.sol";
import {DealChanges} from "./market/DealChanges.sol";
import {DealOpening} from "./market/DealOpening.sol";
import {MarketState} from "./market/MarketState.sol";
import {Settling} from "./market/Settling.sol";
import {Bucket} from "./types/Bucket.sol";
import {
    DealRequest,
    Filling,
    Offer,
    PermitDeposit,
    SignedExtension,
    SignedHandOver,
    SignedOffer,
    SignedSlotOffer,
    SkipReason,
    SlotState,
    SlotStatus,
    StewardGrant,
    Terms
} from "./types/Deal.sol";
import {MarketParameters, Reserve, Stewardship} from "./types/Market.sol";

/// @title Deals: opened in one transaction, paid from the bitmap, ended by rules that everybody can recompute
/// @dev Holds no token and calls none: money moves between buckets of the vault. Per slot a fifth of a word is kept; what
/// else a call needs comes in its calldata, as a `Filling`, and is checked against the tag in its provider's lane. The code that begins deals
/// and the code that changes them are contracts of their own (24,576 bytes are not enough for all), fixed at deployment: no
/// proxy, nothing to upgrade.
contract StorageMarket is Settling, AccessManaged, Pausable, IStorageMarket {
    DealOpening public immutable OPENING;
    DealChanges public immutable CHANGES;

    /// @param authority An AccessManager that may pause new deals, and nothing else.
    /// @param opening and `changes` must have been created for the same vault, registry, proofs, order book and shares.
    constructor(
        IVault vault,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        IOrderBook orders,
        address authority,
        MarketParameters memory parameters,
        DealOpening opening,
        DealChanges changes
    ) Settling(vault, registry, spacetime, orders, parameters) AccessManaged(authority) {
        (OPENING, CHANGES) = (opening, changes);
        _requireSibling(opening);
        _requireSibling(changes);
        require(
            changes.CLIENT_SHARE_BPS() == CLIENT_SHARE_BPS && changes.REPAIRER_SHARE_BPS() == REPAIRER_SHARE_BPS
                && changes.CALLER_SHARE_BPS() == CALLER_SHARE_BPS,
            MarketForeignHalf(address(changes))
        );
    }

    // ---------------------------------------------------------------- CLIENT

    /// @inheritdoc IDealOpening
    function openDeal(DealRequest calldata, SignedSlotOffer[] calldata) external whenNotPaused returns (bytes32) {
        _run(OPENING);
    }

    /// @inheritdoc IDealOpening
    function openDealWithPermit(DealRequest calldata, SignedSlotOffer[] calldata, PermitDeposit calldata)
        external
        whenNotPaused
        returns (bytes32)
    {
        _run(OPENING);
    }

    /// @inheritdoc IDealOpening
    function fillSlots(bytes32, Terms calldata, Filling[] calldata, SignedSlotOffer[] calldata, uint256)
        external
        whenNotPaused
    {
        _run(OPENING);
    }

    /// @inheritdoc IStorageMarket
    function cancel(Filling calldata filling, bytes32 salt, Terms calldata terms) external {
        Offer calldata offer = filling.offer;
        _requireClient(offer);
        _requireTerms(offer, salt, terms);
        (Position memory spot, bool failed) = _settleAll(filling);
        if (failed) return;
        // Windows that an extension or a top-up left behind count as well: both for what is paid and for what was missed.
        uint256 age = filling.firstWindow - _start(offer);
        uint256 least = terms.minWindows > age ? terms.minWindows - age : 0;
        uint256 end = Endings.cancelled(spot.word.end(), least, _opened(filling));
        uint256 rest = _shorten(spot, offer, end) * offer.price;
        uint256 fee = uint256(terms.cancelFeeWindows) * offer.price;
        if (fee > rest) fee = rest;
        // Who misses gives a reason to leave.
        if (spot.closed + age != 0) {
            uint256 last = filling.firstWindow + spot.closed - 1;
            if (!SPACETIME.isProven(offer.provider, uint40(last))) fee = 0;
        }
        emit SlotCancelled(offer.dealKey, offer.provider, offer.slot, uint16(end), rest - fee, fee);
        _release(Bucket.Escrows, offer.client, rest - fee);
        _release(Bucket.Escrows, offer.provider, fee);
    }

    /// @inheritdoc IStorageMarket
    function drop(Filling calldata filling, bytes32 salt, Terms calldata terms) external {
        Offer calldata offer = filling.offer;
        _requireClient(offer);
        _requireTerms(offer, salt, terms);
        (Position memory spot, bool failed) = _settleAll(filling);
        if (failed) return;
        // Counted from the replica's first window: an extension does not open the door again.
        uint256 closed = spot.closed + filling.firstWindow - _start(offer);
        require(closed < terms.coolingOff, MarketCoolingOffOver(terms.coolingOff, closed));
        uint256 end = Endings.stopped(spot.word.end(), _opened(filling));
        uint256 rest = _shorten(spot, offer, end) * offer.price;
        emit SlotDropped(offer.dealKey, offer.provider, offer.slot, uint16(end), rest);
        _release(Bucket.Escrows, offer.client, rest);
    }

    /// @inheritdoc IDealChanges
    function extend(Filling calldata, SignedExtension calldata, uint256) external {
        _run(CHANGES);
    }

    /// @inheritdoc IDealChanges
    function setSteward(bytes32, Terms calldata, StewardGrant calldata) external {
        _run(CHANGES);
    }

    /// @inheritdoc IDealChanges
    function heartbeat(bytes32, Terms calldata) external {
        _run(CHANGES);
    }

    // ---------------------------------------------------------------- CLIENT or STEWARD

    /// @inheritdoc IDealChanges
    function refill(Filling calldata, bytes32, Terms calldata, Filling[] calldata, SignedOffer calldata, uint256)
        external
    {
        _run(CHANGES);
    }

    /// @inheritdoc IDealChanges
    function handOver(
        Filling calldata,
        bytes32,
        Terms calldata,
        Filling[] calldata,
        SignedOffer calldata,
        SignedHandOver calldata,
        uint256
    ) external {
        _run(CHANGES);
    }

    // ---------------------------------------------------------------- PROVIDER

    /// @inheritdoc IDealChanges
    function topUp(Filling calldata, uint128) external {
        _run(CHANGES);
    }

    /// @inheritdoc IStorageMarket
    function forfeit(Filling calldata filling) external {
        Offer calldata offer = filling.offer;
        require(msg.sender == offer.provider, MarketNotProvider(offer.provider, msg.sender));
        (Position memory spot, bool failed) = _settleAll(filling);
        if (failed) return;
        uint256 end = Endings.stopped(spot.word.end(), _opened(filling));
        uint256 remaining = _shorten(spot, offer, end);
        uint256 penalty = Endings.penalty(
            remaining, offer.price, CHALLENGES - CHALLENGES / 4, (BETA << offer.m) >> 64
        );
        // A slot is forfeited at most once, because nothing remains after it: the whole collateral is still there.
        if (penalty > offer.collateral) penalty = offer.collateral;
        Reserve storage reserve = _deals[offer.dealKey].reserves[offer.slot];
        // Collaterals are below 2^104. The price of what remains stays where it is, for a refill.
        (reserve.penalty, reserve.left) = (uint112(penalty), uint16(remaining));
        emit SlotForfeited(offer.dealKey, offer.provider, offer.slot, uint16(end), penalty);
        // No share for the caller: it is the provider itself.
        _split(offer, penalty, 0);
    }

    // ---------------------------------------------------------------- ORDER BOOK

    /// @inheritdoc IDealOpening
    function createDeal(address, bytes32, Terms calldata, bytes32) external whenNotPaused returns (bytes32) {
        _run(OPENING);
    }

    /// @inheritdoc IDealOpening
    function fillOrder(bytes32, Terms calldata, Offer calldata, address) external returns (SkipReason) {
        _run(OPENING);
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IDealChanges
    function claimBonus(Filling calldata, uint40) external {
        _run(CHANGES);
    }

    /// @inheritdoc IStorageMarket
    function settle(Filling calldata filling, uint64 maxWindows) external {
        Position memory spot = _active(filling);
        (uint256 examined, uint256 missed) = _settle(spot, filling, maxWindows);
        require(examined != 0, MarketNothingDue(spot.word.settled(), spot.word.end()));
        _pay(filling.offer, examined, missed);
        if (spot.word.status() == SlotStatus.Failed) _fail(filling.offer);
    }

    /// @inheritdoc IStorageMarket
    function settleMany(Filling[] calldata fillings, uint64 maxWindows) external returns (bool[] memory done) {
        done = new bool[](fillings.length);
        Payees.List memory payees = Payees.sized(2 * fillings.length);
        for (uint256 i = 0; i < fillings.length; ++i) {
            Filling calldata filling = fillings[i];
            Offer calldata offer = filling.offer;
            Position memory spot;
            bytes24 tag = _locate(filling, spot);
            // A slot that ended or changed hands since the batch was put together must not stop the rest.
            if (
                spot.word.status() != SlotStatus.Active || spot.word.generation() != offer.generation
                    || Deals.tagOf(filling) != tag
            ) continue;
            (uint256 examined, uint256 missed) = _settle(spot, filling, maxWindows);
            if (examined == 0) continue;
            done[i] = true;
            unchecked {
                // A price has 128 bits and a count 16.
                uint256 price = offer.price;
                Payees.add(payees, offer.provider, (examined - missed) * price);
                Payees.add(payees, offer.client, missed * price);
            }
            if (spot.word.status() == SlotStatus.Failed) _fail(offer);
        }
        for (uint256 i = 0; i < payees.length; ++i) {
            _release(Bucket.Escrows, payees.accounts[i], payees.amounts[i]);
        }
    }

    /// @inheritdoc IStorageMarket
    function release(Filling calldata filling) external {
        SlotWord word = _genuine(filling);
        Offer calldata offer = filling.offer;
        if (word.status() == SlotStatus.Active) {
            require(word.settled() == word.end(), MarketNotSettled(word.end(), word.settled()));
            _release(Bucket.Collateral, offer.provider, _end(offer, word));
        } else {
            _giveUp(filling, word);
        }
    }

    /// @inheritdoc IStorageMarket
    function releaseMany(Filling[] calldata fillings) external returns (bool[] memory done) {
        done = new bool[](fillings.length);
        Payees.List memory payees = Payees.sized(fillings.length);
        for (uint256 i = 0; i < fillings.length; ++i) {
            Filling calldata filling = fillings[i];
            Offer calldata offer = filling.offer;
            SlotWord word = _slot(offer.dealKey, offer.slot);
            if (word.status() != SlotStatus.Active || word.settled() != word.end()) continue;
            if (!_isGenuine(filling, word)) continue;
            done[i] = true;
            Payees.add(payees, offer.provider, _end(offer, word));
        }
        for (uint256 i = 0; i < payees.length; ++i) {
            _release(Bucket.Collateral, payees.accounts[i], payees.amounts[i]);
        }
    }

    // ---------------------------------------------------------------- AUTHORITY

    /// @inheritdoc IStorageMarket
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IStorageMarket
    function unpause() external restricted {
        _unpause();
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IStorageMarket
    function dealKeyOf(address client, bytes32 salt, Terms calldata terms) external pure returns (bytes32) {
        return Deals.keyOf(client, salt, terms);
    }

    /// @inheritdoc IStorageMarket
    function replicaIdOf(bytes32 dealKey, uint8 slot, uint8 generation) external pure returns (bytes32) {
        return Deals.replicaIdOf(dealKey, slot, generation);
    }

    /// @inheritdoc IStorageMarket
    function hashOffer(Offer calldata offer) external view returns (bytes32 digest) {
        return _hashTypedDataV4(Deals.hash(offer));
    }

    /// @inheritdoc IStorageMarket
    function slotOf(bytes32 dealKey, uint8 slot) external view returns (SlotState memory) {
        return _slot(dealKey, slot).view_();
    }

    /// @inheritdoc IStorageMarket
    function stateOf(Filling calldata filling) external view returns (bool genuine, SlotState memory state) {
        SlotWord word = _slot(filling.offer.dealKey, filling.offer.slot);
        return (_isGenuine(filling, word), word.view_());
    }

    /// @inheritdoc IStorageMarket
    function reserveOf(bytes32 dealKey, uint8 slot) external view returns (Reserve memory) {
        return _deals[dealKey].reserves[slot];
    }

    /// @inheritdoc IStorageMarket
    function refillerOf(bytes32 dealKey, uint8 slot) external view returns (address) {
        return _deals[dealKey].refillers[slot];
    }

    /// @inheritdoc IStorageMarket
    function stewardshipOf(bytes32 dealKey) external view returns (Stewardship memory) {
        return _deals[dealKey].stewardship;
    }

    /// @inheritdoc IStorageMarket
    function headerHashOf(bytes32 dealKey) external view returns (bytes32) {
        return _deals[dealKey].headerHash;
    }

    // ---------------------------------------------------------------- inner

    /// @return collateral Owed to the provider: the caller pays, so that a batch may pay once for many.
    function _end(Offer calldata offer, SlotWord word) private returns (uint256 collateral) {
        _setSlot(offer.dealKey, offer.slot, word.withStatus(SlotStatus.Ended));
        collateral = offer.collateral - _deals[offer.dealKey].reserves[offer.slot].penalty;
        emit SlotReleased(offer.dealKey, offer.provider, offer.slot, collateral);
        _retire(offer);
    }

    /// @dev What waits for a refill is the client's to give up waiting for. But the bonus is not: a client would earn by its
    /// provider's failure without repairing anything. Where nothing waits any more, anybody may put the bonus where it belongs.
    function _giveUp(Filling calldata filling, SlotWord word) private {
        Offer calldata offer = filling.offer;
        Reserve storage reserve = _deals[offer.dealKey].reserves[offer.slot];
        uint256 left = _left(word, reserve);
        uint256 bonus = reserve.bonus;
        require(left + bonus != 0, MarketNothingToRelease());
        if (left != 0) _requireClient(offer);
        if (_isEarned(filling, word, reserve.earnedFrom)) return _payBonus(offer);
        _setSlot(offer.dealKey, offer.slot, word.withStatus(SlotStatus.Ended).withEnd(word.settled()));
        (reserve.bonus, reserve.left, reserve.earnedFrom) = (0, 0, 0);
        uint256 escrow = left * offer.price;
        emit SlotReclaimed(offer.dealKey, offer.client, offer.slot, escrow, bonus);
        _release(Bucket.Escrows, offer.client, escrow);
        _burn(Bucket.Bonds, bonus);
    }

    function _isEarned(Filling calldata filling, SlotWord word, uint256 earnedFrom) private view returns (bool) {
        (uint256 from, uint256 end) = _bonusWindows(filling, word, earnedFrom);
        if (from >= end) return false;
        address provider = filling.offer.provider;
        uint256 count = end - from;
        (, uint256 missed) =
            Settlement.tally(SPACETIME, provider, from, count, count, SPACETIME.provenWord(provider, from >> 8));
        return missed < count;
    }

    /// @dev The same call, run by another part of the code in this contract's name; its answer ends this one.
    function _run(MarketState half) private {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let success := delegatecall(gas(), half, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            if iszero(success) { revert(free, returndatasize()) }
            return(free, returndatasize())
        }
    }

    function _requireSibling(MarketState half) private view {
        require(
            address(half.VAULT()) == address(VAULT) && address(half.REGISTRY()) == address(REGISTRY)
                && address(half.SPACETIME()) == address(SPACETIME) && address(half.ORDERS()) == address(ORDERS)
                && half.PROTOCOL_FEE_BPS() == PROTOCOL_FEE_BPS,
            MarketForeignHalf(address(half))
        );
    }
}
