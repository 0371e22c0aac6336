// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IDealOpening} from "../interfaces/IDealOpening.sol";
import {ISettling} from "../interfaces/ISettling.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "../interfaces/ISpacetimeProofs.sol";
import {IVault} from "../interfaces/IVault.sol";
import {Deals} from "../libraries/Deals.sol";
import {Settlement} from "../libraries/Settlement.sol";
import {SlotWord} from "../libraries/Slots.sol";
import {Bucket} from "../types/Bucket.sol";
import {Filling, Offer, SlotStatus, Terms} from "../types/Deal.sol";
import {MarketParameters, Reserve} from "../types/Market.sol";
import {MarketState} from "./MarketState.sol";

/// @title How a slot is paid and how it fails, for whoever has to settle one before doing something else with it
abstract contract Settling is MarketState, ISettling {
    /// @dev Where a slot stands. Windows count from the replica's first.
    struct Position {
        SlotWord word;
        uint256 closed;
        /// Bitmap word of the first window that is not settled.
        uint256 proven;
    }

    uint256 public immutable CLIENT_SHARE_BPS;
    uint256 public immutable REPAIRER_SHARE_BPS;
    uint256 public immutable CALLER_SHARE_BPS;
    /// @dev Copied from SPACETIME, where it is immutable.
    uint256 internal immutable BETA;

    constructor(
        IVault vault,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        IOrderBook orders,
        MarketParameters memory parameters
    ) MarketState(vault, registry, spacetime, orders, parameters.protocolFeeBps) {
        uint256 shares = uint256(parameters.clientShareBps) + parameters.repairerShareBps + parameters.callerShareBps;
        require(shares <= WHOLE, MarketSharesAboveWhole(WHOLE, shares));
        require(parameters.protocolFeeBps <= WHOLE, MarketSharesAboveWhole(WHOLE, parameters.protocolFeeBps));
        CLIENT_SHARE_BPS = parameters.clientShareBps;
        REPAIRER_SHARE_BPS = parameters.repairerShareBps;
        CALLER_SHARE_BPS = parameters.callerShareBps;
        BETA = spacetime.BETA();
    }

    // ---------------------------------------------------------------- settling

    /// @dev Says nothing of whether the filling is the slot's: `tag` is what its replica's record keeps.
    function _locate(Filling calldata filling, Position memory spot) internal view returns (bytes24 tag) {
        Offer calldata offer = filling.offer;
        spot.word = _slot(offer.dealKey, offer.slot);
        uint256 first = filling.firstWindow;
        uint256 closed;
        unchecked {
            // Windows have 40 bits and counts 16.
            (tag, closed, spot.proven) = SPACETIME.settlementOf(offer.provider, offer.root, first + spot.word.settled());
            spot.closed = closed > first ? closed - first : 0;
        }
    }

    function _genuine(Filling calldata filling) internal view returns (SlotWord) {
        Position memory spot;
        _requireGenuine(filling, spot);
        return spot.word;
    }

    function _requireGenuine(Filling calldata filling, Position memory spot) internal view {
        bytes24 tag = _locate(filling, spot);
        bytes24 found = Deals.tagOf(filling);
        require(found == tag, MarketWrongFilling(tag, found));
        // The tag of an earlier occupant stays in its lane.
        (uint256 generation, uint256 offered) = (spot.word.generation(), filling.offer.generation);
        require(offered == generation, MarketWrongGeneration(generation, offered));
    }

    function _active(Filling calldata filling) internal view returns (Position memory spot) {
        _requireGenuine(filling, spot);
        SlotStatus status = spot.word.status();
        require(status == SlotStatus.Active, MarketSlotNotActive(status));
    }

    /// @dev Moves no money: the caller pays, so that a batch may pay once for many.
    function _settle(Position memory spot, Filling calldata filling, uint256 maxWindows)
        internal
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
            _setSlot(offer.dealKey, offer.slot, word);
            emit SlotSettled(offer.dealKey, provider, offer.slot, uint16(examined - missed), uint16(missed));
        }
    }

    /// @dev Whoever ends a slot settles it first: nobody chooses an end with a failure behind it that only has not been
    /// written down yet. At most 65 words of the bitmap.
    function _settleAll(Filling calldata filling) internal returns (Position memory spot, bool failed) {
        spot = _active(filling);
        (uint256 examined, uint256 missed) = _settle(spot, filling, spot.word.end());
        _pay(filling.offer, examined, missed);
        failed = spot.word.status() == SlotStatus.Failed;
        if (failed) _fail(filling.offer);
    }

    /// @dev A missed window never pays the client more than it had paid for it: else clients would attack providers.
    function _pay(Offer calldata offer, uint256 examined, uint256 missed) internal {
        uint256 price = offer.price;
        unchecked {
            // Of the windows examined; a price has 128 bits and a count 16.
            _release(Bucket.Escrows, offer.provider, (examined - missed) * price);
            _release(Bucket.Escrows, offer.client, missed * price);
        }
    }

    // ---------------------------------------------------------------- ending

    /// @dev A deal of the caller's own.
    function _ownDeal(bytes32 salt, Terms calldata terms) internal view returns (bytes32 dealKey) {
        dealKey = Deals.keyOf(msg.sender, salt, terms);
        require(_deals[dealKey].headerHash != 0, IDealOpening.DealUnknown(dealKey));
    }

    function _requireClient(Offer calldata offer) internal view {
        require(msg.sender == offer.client, MarketNotClient(offer.client, msg.sender));
    }

    function _requireTerms(Offer calldata offer, bytes32 salt, Terms calldata terms) internal pure {
        bytes32 dealKey = Deals.keyOf(offer.client, salt, terms);
        require(dealKey == offer.dealKey, MarketWrongDeal(offer.dealKey, dealKey));
    }

    /// @dev Windows of the slot whose opening has come, an open one included.
    function _opened(Filling calldata filling) internal view returns (uint256) {
        uint256 next = SPACETIME.nextOpening(filling.offer.provider, block.number);
        return next > filling.firstWindow ? next - filling.firstWindow : 0;
    }

    function _shorten(Position memory spot, Offer calldata offer, uint256 end) internal returns (uint256 remaining) {
        remaining = spot.word.end() - end;
        require(remaining != 0, MarketNothingToEnd(spot.word.end()));
        _setSlot(offer.dealKey, offer.slot, spot.word.withEnd(end));
    }

    function _fail(Offer calldata offer) internal {
        uint256 collateral = offer.collateral - _deals[offer.dealKey].reserves[offer.slot].penalty;
        (uint256 toClient, uint256 bonus, uint256 toCaller, uint256 burned) =
            _split(offer, collateral, CALLER_SHARE_BPS);
        emit SlotFailed(offer.dealKey, offer.provider, offer.slot, toClient, bonus, toCaller, burned);
        _retire(offer);
    }

    /// @dev Divides lost collateral. The burn takes the rounding, so the parts always add up.
    function _split(Offer calldata offer, uint256 lost, uint256 callerShareBps)
        internal
        returns (uint256 toClient, uint256 bonus, uint256 toCaller, uint256 burned)
    {
        toClient = lost * CLIENT_SHARE_BPS / WHOLE;
        bonus = lost * REPAIRER_SHARE_BPS / WHOLE;
        toCaller = lost * callerShareBps / WHOLE;
        burned = lost - toClient - bonus - toCaller;
        Reserve storage reserve = _deals[offer.dealKey].reserves[offer.slot];
        // What the last refiller has not claimed by now joins what the next one may earn.
        (reserve.bonus, reserve.earnedFrom) = (reserve.bonus + uint112(bonus), 0);
        _release(Bucket.Collateral, offer.client, toClient);
        VAULT.shift(Bucket.Collateral, Bucket.Bonds, bonus);
        _release(Bucket.Collateral, msg.sender, toCaller);
        _burn(Bucket.Collateral, burned);
    }

    /// @dev Windows whose price waits in escrow for another replica of a slot that has none.
    function _left(SlotWord word, Reserve storage reserve) internal view returns (uint256) {
        return word.end() - word.settled() + reserve.left;
    }

    /// @dev Settled windows of the provider's own, one of which must be proven for the refiller's bonus.
    function _bonusWindows(Filling calldata filling, SlotWord word, uint256 earnedFrom)
        internal
        view
        returns (uint256 from, uint256 end)
    {
        if (earnedFrom == 0) return (0, 0);
        from = _start(filling.offer) + earnedFrom - 1;
        end = filling.firstWindow + word.settled();
    }

    /// @dev First window of the replica in its lane: that of its filling, until an extension or a top-up made another one.
    function _start(Offer calldata offer) internal view returns (uint256) {
        return SPACETIME.recordOf(offer.provider, offer.root).firstWindow;
    }

    function _payBonus(Offer calldata offer) internal {
        Deal storage deal = _deals[offer.dealKey];
        Reserve storage reserve = deal.reserves[offer.slot];
        uint256 amount = reserve.bonus;
        (reserve.bonus, reserve.earnedFrom) = (0, 0);
        address refiller = deal.refillers[offer.slot];
        emit BonusClaimed(offer.dealKey, refiller, offer.slot, amount);
        _release(Bucket.Bonds, refiller, amount);
    }

    function _retire(Offer calldata offer) internal {
        SPACETIME.retire(offer.provider, offer.root, false);
    }
}
