// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IDealOpening} from "./interfaces/IDealOpening.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IStorageMarket} from "./interfaces/IStorageMarket.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Deals} from "./libraries/Deals.sol";
import {Endings} from "./libraries/Endings.sol";
import {Payees} from "./libraries/Payees.sol";
import {Settlement} from "./libraries/Settlement.sol";
import {SlotWord, Slots} from "./libraries/Slots.sol";
import {DealOpening} from "./market/DealOpening.sol";
import {MarketState} from "./market/MarketState.sol";
import {Bucket} from "./types/Bucket.sol";
import {DealRequest, Filling, Offer, PermitDeposit, SignedOffer, SlotState, SlotStatus, Terms} from "./types/Deal.sol";
import {MarketParameters, Reserve} from "./types/Market.sol";

/// @title Deals: opened in one transaction, paid from the bitmap, ended by rules that everybody can recompute
/// @dev Holds no token and calls none: money moves between buckets of the vault. Per slot one word is kept; what else a
/// call needs comes in its calldata, as a `Filling`, and is checked against the hash in that word. The code that begins deals is a contract
/// of its own (24,576 bytes are not enough for both), fixed at deployment: no proxy, nothing to upgrade.
contract StorageMarket is MarketState, AccessManaged, Pausable, IStorageMarket {
    /// @dev Where a slot stands. Windows count from the replica's first.
    struct Position {
        SlotWord word;
        uint256 closed;
        /// Bitmap word of the first window that is not settled.
        uint256 proven;
    }

    IDealOpening public immutable OPENING;
    uint256 public immutable CLIENT_SHARE_BPS;
    uint256 public immutable REPAIRER_SHARE_BPS;
    uint256 public immutable CALLER_SHARE_BPS;
    /// @dev Copied from SPACETIME, where it is immutable.
    uint256 private immutable BETA;

    /// @param authority An AccessManager that may pause new deals, and nothing else.
    constructor(
        IVault vault,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        address authority,
        MarketParameters memory parameters
    ) MarketState(vault, registry, spacetime, parameters.protocolFeeBps) AccessManaged(authority) {
        uint256 shares = uint256(parameters.clientShareBps) + parameters.repairerShareBps + parameters.callerShareBps;
        require(shares <= WHOLE, MarketSharesAboveWhole(WHOLE, shares));
        require(parameters.protocolFeeBps <= WHOLE, MarketSharesAboveWhole(WHOLE, parameters.protocolFeeBps));
        CLIENT_SHARE_BPS = parameters.clientShareBps;
        REPAIRER_SHARE_BPS = parameters.repairerShareBps;
        CALLER_SHARE_BPS = parameters.callerShareBps;
        BETA = spacetime.BETA();
        OPENING = new DealOpening(vault, registry, spacetime, parameters.protocolFeeBps);
    }

    // ---------------------------------------------------------------- CLIENT

    /// @inheritdoc IDealOpening
    function openDeal(DealRequest calldata, SignedOffer[] calldata) external whenNotPaused returns (bytes32) {
        return abi.decode(_runOpening(), (bytes32));
    }

    /// @inheritdoc IDealOpening
    function openDealWithPermit(DealRequest calldata, SignedOffer[] calldata, PermitDeposit calldata)
        external
        whenNotPaused
        returns (bytes32)
    {
        return abi.decode(_runOpening(), (bytes32));
    }

    /// @inheritdoc IDealOpening
    function fillSlots(bytes32, Terms calldata, Filling[] calldata, SignedOffer[] calldata, uint256)
        external
        whenNotPaused
    {
        _runOpening();
    }

    /// @inheritdoc IStorageMarket
    function cancel(Filling calldata filling, bytes32 salt, Terms calldata terms) external {
        Offer calldata offer = filling.offer;
        _requireClient(offer);
        _requireTerms(offer, salt, terms);
        (Position memory spot, bool failed) = _settleAll(filling);
        if (failed) return;
        uint256 end = Endings.cancelled(spot.word.end(), terms.minWindows, _opened(filling));
        uint256 rest = _shorten(spot, offer, end) * offer.price;
        uint256 fee = uint256(terms.cancelFeeWindows) * offer.price;
        if (fee > rest) fee = rest;
        // Who misses gives a reason to leave.
        if (spot.closed != 0) {
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
        require(spot.closed < terms.coolingOff, MarketCoolingOffOver(terms.coolingOff, spot.closed));
        uint256 end = Endings.stopped(spot.word.end(), _opened(filling));
        uint256 rest = _shorten(spot, offer, end) * offer.price;
        emit SlotDropped(offer.dealKey, offer.provider, offer.slot, uint16(end), rest);
        _release(Bucket.Escrows, offer.client, rest);
    }

    // ---------------------------------------------------------------- PROVIDER

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
        _deals[offer.dealKey].reserves[offer.slot].penalty = uint128(penalty);
        emit SlotForfeited(offer.dealKey, offer.provider, offer.slot, uint16(end), penalty);
        _release(Bucket.Escrows, offer.client, remaining * offer.price);
        // No share for the caller: it is the provider itself.
        _split(offer, penalty, 0);
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IStorageMarket
    function settle(Filling calldata filling, uint256 maxWindows) external {
        Position memory spot = _active(filling);
        (uint256 examined, uint256 missed) = _settle(spot, filling, maxWindows);
        require(examined != 0, MarketNothingDue(spot.word.settled(), spot.word.end()));
        _pay(filling.offer, examined, missed);
        if (spot.word.status() == SlotStatus.Failed) _fail(filling.offer);
    }

    /// @inheritdoc IStorageMarket
    function settleMany(Filling[] calldata fillings, uint256 maxWindows) external returns (bool[] memory done) {
        done = new bool[](fillings.length);
        Payees.List memory payees = Payees.sized(2 * fillings.length);
        for (uint256 i = 0; i < fillings.length; ++i) {
            Filling calldata filling = fillings[i];
            Offer calldata offer = filling.offer;
            Position memory spot;
            spot.word = _load(offer);
            // A slot that ended or changed hands since the batch was put together must not stop the rest.
            if (Deals.hash(filling) != spot.word.fillingHash() || spot.word.status() != SlotStatus.Active) continue;
            _track(spot, filling);
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
        Deal storage deal = _deals[offer.dealKey];
        SlotState storage slot = deal.slots[offer.slot];
        if (word.status() == SlotStatus.Active) {
            require(word.settled() == word.end(), MarketNotSettled(word.end(), word.settled()));
            Slots.store(slot, word.withStatus(SlotStatus.Ended));
            uint256 collateral = offer.collateral - deal.reserves[offer.slot].penalty;
            emit SlotReleased(offer.dealKey, offer.provider, offer.slot, collateral);
            _release(Bucket.Collateral, offer.provider, collateral);
            _retire(offer);
            return;
        }
        // What waits for a refill of the slot is the client's to give up waiting for.
        uint256 escrow = (word.end() - word.settled()) * offer.price;
        uint256 bonus = deal.reserves[offer.slot].bonus;
        require(escrow + bonus != 0, MarketNothingToRelease());
        _requireClient(offer);
        Slots.store(slot, word.withStatus(SlotStatus.Ended).withEnd(word.settled()));
        deal.reserves[offer.slot].bonus = 0;
        emit SlotReclaimed(offer.dealKey, offer.client, offer.slot, escrow, bonus);
        _release(Bucket.Escrows, offer.client, escrow);
        _release(Bucket.Bonds, offer.client, bonus);
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
        return _deals[dealKey].slots[slot];
    }

    /// @inheritdoc IStorageMarket
    function reserveOf(bytes32 dealKey, uint8 slot) external view returns (Reserve memory) {
        return _deals[dealKey].reserves[slot];
    }

    /// @inheritdoc IStorageMarket
    function headerHashOf(bytes32 dealKey) external view returns (bytes32) {
        return _deals[dealKey].headerHash;
    }

    /// @dev The same call, run by the other half of the code in this contract's name.
    function _runOpening() private returns (bytes memory) {
        return Address.functionDelegateCall(address(OPENING), msg.data);
    }

    // ---------------------------------------------------------------- settling

    function _load(Offer calldata offer) private view returns (SlotWord) {
        return Slots.load(_deals[offer.dealKey].slots[offer.slot]);
    }

    function _genuine(Filling calldata filling) private view returns (SlotWord word) {
        word = _load(filling.offer);
        bytes24 found = Deals.hash(filling);
        require(found == word.fillingHash(), MarketWrongFilling(word.fillingHash(), found));
    }

    function _active(Filling calldata filling) private view returns (Position memory spot) {
        spot.word = _genuine(filling);
        require(spot.word.status() == SlotStatus.Active, MarketSlotNotActive(spot.word.status()));
        _track(spot, filling);
    }

    function _track(Position memory spot, Filling calldata filling) private view {
        uint256 first = filling.firstWindow;
        uint256 closed;
        unchecked {
            // Windows have 40 bits and counts 16.
            (closed, spot.proven) = SPACETIME.closedAndProven(filling.offer.provider, first + spot.word.settled());
            spot.closed = closed > first ? closed - first : 0;
        }
    }

    /// @dev Moves no money: the caller pays, so that a batch may pay once for many.
    function _settle(Position memory spot, Filling calldata filling, uint256 maxWindows)
        private
        returns (uint256 examined, uint256 missed)
    {
        SlotWord word = spot.word;
        uint256 settled = word.settled();
        uint256 due = spot.closed < word.end() ? spot.closed : word.end();
        // Counts have 16 bits, windows 40 and prices 128; `settled` is at most `end`, and what is closed stays closed.
        unchecked {
            due -= settled;
            if (due > maxWindows) due = maxWindows;
            if (due == 0) return (0, 0);
            Offer calldata offer = filling.offer;
            address provider = offer.provider;
            uint256 left = word.missesLeft();
            (examined, missed) =
                Settlement.tally(SPACETIME, provider, filling.firstWindow + settled, due, left, spot.proven);
            if (missed > left) word = word.advanced(examined, left).withStatus(SlotStatus.Failed);
            else word = word.advanced(examined, missed);
            spot.word = word;
            Slots.store(_deals[offer.dealKey].slots[offer.slot], word);
            uint256 proven = examined - missed;
            uint256 price = offer.price;
            emit SlotSettled(
                offer.dealKey,
                provider,
                offer.slot,
                uint16(settled + examined),
                uint16(proven),
                uint16(missed),
                proven * price,
                missed * price
            );
        }
    }

    /// @dev Whoever ends a slot settles it first: nobody chooses an end with a failure behind it that only has not been
    /// written down yet. At most 257 words of the bitmap.
    function _settleAll(Filling calldata filling) private returns (Position memory spot, bool failed) {
        spot = _active(filling);
        (uint256 examined, uint256 missed) = _settle(spot, filling, spot.word.end());
        _pay(filling.offer, examined, missed);
        failed = spot.word.status() == SlotStatus.Failed;
        if (failed) _fail(filling.offer);
    }

    /// @dev A missed window never pays the client more than it had paid for it: else clients would attack providers.
    function _pay(Offer calldata offer, uint256 examined, uint256 missed) private {
        _release(Bucket.Escrows, offer.provider, (examined - missed) * offer.price);
        _release(Bucket.Escrows, offer.client, missed * offer.price);
    }

    // ---------------------------------------------------------------- ending

    function _requireClient(Offer calldata offer) private view {
        require(msg.sender == offer.client, MarketNotClient(offer.client, msg.sender));
    }

    function _requireTerms(Offer calldata offer, bytes32 salt, Terms calldata terms) private pure {
        bytes32 dealKey = Deals.keyOf(offer.client, salt, terms);
        require(dealKey == offer.dealKey, MarketWrongDeal(offer.dealKey, dealKey));
    }

    /// @dev Windows of the slot whose opening has come, an open one included.
    function _opened(Filling calldata filling) private view returns (uint256) {
        uint256 next = SPACETIME.nextOpening(filling.offer.provider, block.number);
        return next > filling.firstWindow ? next - filling.firstWindow : 0;
    }

    function _shorten(Position memory spot, Offer calldata offer, uint256 end) private returns (uint256 remaining) {
        remaining = spot.word.end() - end;
        require(remaining != 0, MarketNothingToEnd(spot.word.end()));
        Slots.store(_deals[offer.dealKey].slots[offer.slot], spot.word.withEnd(end));
    }

    function _fail(Offer calldata offer) private {
        uint256 collateral = offer.collateral - _deals[offer.dealKey].reserves[offer.slot].penalty;
        (uint256 toClient, uint256 bonus, uint256 toCaller, uint256 burned) =
            _split(offer, collateral, CALLER_SHARE_BPS);
        emit SlotFailed(offer.dealKey, offer.provider, offer.slot, toClient, bonus, toCaller, burned);
        _retire(offer);
    }

    /// @dev Divides lost collateral. The burn takes the rounding, so the parts always add up.
    function _split(Offer calldata offer, uint256 lost, uint256 callerShareBps)
        private
        returns (uint256 toClient, uint256 bonus, uint256 toCaller, uint256 burned)
    {
        toClient = lost * CLIENT_SHARE_BPS / WHOLE;
        bonus = lost * REPAIRER_SHARE_BPS / WHOLE;
        toCaller = lost * callerShareBps / WHOLE;
        burned = lost - toClient - bonus - toCaller;
        _deals[offer.dealKey].reserves[offer.slot].bonus += uint128(bonus);
        _release(Bucket.Collateral, offer.client, toClient);
        VAULT.shift(Bucket.Collateral, Bucket.Bonds, bonus);
        _release(Bucket.Collateral, msg.sender, toCaller);
        _burn(Bucket.Collateral, burned);
    }

    function _retire(Offer calldata offer) private {
        SPACETIME.retire(offer.provider, offer.root);
    }
}
