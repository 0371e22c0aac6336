// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDealOpening} from "./interfaces/IDealOpening.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IStorageMarket} from "./interfaces/IStorageMarket.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Deals} from "./libraries/Deals.sol";
import {Endings} from "./libraries/Endings.sol";
import {Settlement} from "./libraries/Settlement.sol";
import {SlotWord, Slots} from "./libraries/Slots.sol";
import {DealOpening} from "./market/DealOpening.sol";
import {MarketState} from "./market/MarketState.sol";
import {Bucket} from "./types/Bucket.sol";
import {DealRequest, Offer, PermitDeposit, SignedOffer, SlotClaim, SlotState, SlotStatus, Terms} from "./types/Deal.sol";
import {MarketParameters, Reserve} from "./types/Market.sol";

/// @title Deals: opened in one transaction, paid from the bitmap, ended by rules that everybody can recompute
/// @dev Holds no token and calls none: money moves between buckets of the vault. Per slot one word is kept; what else a
/// call needs comes in its calldata and is checked against the hash in that word. The code that begins deals is a contract
/// of its own (24,576 bytes are not enough for both), fixed at deployment: no proxy, nothing to upgrade.
contract StorageMarket is MarketState, AccessManaged, Pausable, IStorageMarket {
    /// @dev One address and the sum of what is due to it, so that a batch pays runs of one party with one move.
    struct Payee {
        address account;
        uint256 amount;
    }

    /// @dev Where a claimed slot stands. Windows count from the replica's first.
    struct Position {
        bytes32 dealKey;
        /// First bytes of the claimed offer's hash.
        bytes24 offerHash;
        SlotWord word;
        uint256 firstWindow;
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
    function fillSlots(bytes32, Terms calldata, Offer[] calldata, SignedOffer[] calldata, uint256)
        external
        whenNotPaused
    {
        _runOpening();
    }

    /// @inheritdoc IStorageMarket
    function cancel(SlotClaim calldata claim) external {
        require(msg.sender == claim.client, MarketNotClient(claim.client, msg.sender));
        (Position memory spot, bool failed) = _settleAll(claim);
        if (failed) return;
        Terms calldata terms = claim.terms;
        Offer calldata offer = claim.offer;
        uint256 end = Endings.cancelled(spot.word.end(), terms.minWindows, _opened(spot, offer.provider));
        uint256 rest = _shorten(spot, offer.slot, end) * offer.price;
        uint256 fee = uint256(terms.cancelFeeWindows) * offer.price;
        if (fee > rest) fee = rest;
        // Who misses gives a reason to leave.
        if (spot.closed != 0 && !SPACETIME.isProven(offer.provider, uint40(spot.firstWindow + spot.closed - 1))) fee = 0;
        emit SlotCancelled(spot.dealKey, offer.provider, offer.slot, uint16(end), rest - fee, fee);
        _release(Bucket.Escrows, claim.client, rest - fee);
        _release(Bucket.Escrows, offer.provider, fee);
    }

    /// @inheritdoc IStorageMarket
    function drop(SlotClaim calldata claim) external {
        require(msg.sender == claim.client, MarketNotClient(claim.client, msg.sender));
        (Position memory spot, bool failed) = _settleAll(claim);
        if (failed) return;
        Offer calldata offer = claim.offer;
        require(spot.closed < claim.terms.coolingOff, MarketCoolingOffOver(claim.terms.coolingOff, spot.closed));
        uint256 end = Endings.stopped(spot.word.end(), _opened(spot, offer.provider));
        uint256 rest = _shorten(spot, offer.slot, end) * offer.price;
        emit SlotDropped(spot.dealKey, offer.provider, offer.slot, uint16(end), rest);
        _release(Bucket.Escrows, claim.client, rest);
    }

    // ---------------------------------------------------------------- PROVIDER

    /// @inheritdoc IStorageMarket
    function forfeit(SlotClaim calldata claim) external {
        Offer calldata offer = claim.offer;
        require(msg.sender == offer.provider, MarketNotProvider(offer.provider, msg.sender));
        (Position memory spot, bool failed) = _settleAll(claim);
        if (failed) return;
        uint256 end = Endings.stopped(spot.word.end(), _opened(spot, offer.provider));
        uint256 remaining = _shorten(spot, offer.slot, end);
        uint256 penalty = Endings.penalty(
            remaining, offer.price, CHALLENGES - CHALLENGES / 4, (BETA << offer.m) >> 64
        );
        // A slot is forfeited at most once, because nothing remains after it: the whole collateral is still there.
        if (penalty > offer.collateral) penalty = offer.collateral;
        _deals[spot.dealKey].reserves[offer.slot].penalty = uint128(penalty);
        emit SlotForfeited(spot.dealKey, offer.provider, offer.slot, uint16(end), penalty);
        _release(Bucket.Escrows, claim.client, remaining * offer.price);
        // No share for the caller: it is the provider itself.
        _split(spot.dealKey, claim, penalty, 0);
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IStorageMarket
    function settle(SlotClaim calldata claim, uint256 maxWindows) external {
        Position memory spot = _active(claim);
        (uint256 examined, uint256 missed) = _settle(spot, claim, maxWindows);
        require(examined != 0, MarketNothingDue(spot.word.settled(), spot.word.end()));
        _pay(claim, examined, missed);
        if (spot.word.status() == SlotStatus.Failed) _fail(spot.dealKey, claim);
    }

    /// @inheritdoc IStorageMarket
    function settleMany(SlotClaim[] calldata claims, uint256 maxWindows) external returns (bool[] memory done) {
        done = new bool[](claims.length);
        Payee memory client;
        Payee memory provider;
        for (uint256 i = 0; i < claims.length; ++i) {
            SlotClaim calldata claim = claims[i];
            Offer calldata offer = claim.offer;
            Position memory spot = _locate(claim);
            // A slot that ended or changed hands since the batch was put together must not stop the rest.
            if (spot.dealKey != offer.dealKey || spot.offerHash != spot.word.offerHash()) continue;
            if (spot.word.status() != SlotStatus.Active) continue;
            _track(spot, offer);
            (uint256 examined, uint256 missed) = _settle(spot, claim, maxWindows);
            if (examined == 0) continue;
            done[i] = true;
            _accrue(provider, offer.provider, (examined - missed) * offer.price);
            _accrue(client, claim.client, missed * offer.price);
            if (spot.word.status() == SlotStatus.Failed) _fail(spot.dealKey, claim);
        }
        _release(Bucket.Escrows, provider.account, provider.amount);
        _release(Bucket.Escrows, client.account, client.amount);
    }

    /// @inheritdoc IStorageMarket
    function release(SlotClaim calldata claim) external {
        Position memory spot = _genuine(claim);
        Offer calldata offer = claim.offer;
        SlotWord word = spot.word;
        Deal storage deal = _deals[spot.dealKey];
        SlotState storage slot = deal.slots[offer.slot];
        if (word.status() == SlotStatus.Active) {
            require(word.settled() == word.end(), MarketNotSettled(word.end(), word.settled()));
            Slots.store(slot, word.withStatus(SlotStatus.Ended));
            uint256 collateral = offer.collateral - deal.reserves[offer.slot].penalty;
            emit SlotReleased(spot.dealKey, offer.provider, offer.slot, collateral);
            _release(Bucket.Collateral, offer.provider, collateral);
            _retire(offer);
            return;
        }
        // What waits for a refill of the slot is the client's to give up waiting for.
        uint256 escrow = (word.end() - word.settled()) * offer.price;
        uint256 bonus = deal.reserves[offer.slot].bonus;
        require(escrow + bonus != 0, MarketNothingToRelease());
        require(msg.sender == claim.client, MarketNotClient(claim.client, msg.sender));
        Slots.store(slot, word.withStatus(SlotStatus.Ended).withEnd(word.settled()));
        deal.reserves[offer.slot].bonus = 0;
        emit SlotReclaimed(spot.dealKey, claim.client, offer.slot, escrow, bonus);
        _release(Bucket.Escrows, claim.client, escrow);
        _release(Bucket.Bonds, claim.client, bonus);
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

    /// @dev Reads the slot that a claim names; whether the claim is true is the caller's question.
    function _locate(SlotClaim calldata claim) private view returns (Position memory spot) {
        spot.dealKey = Deals.keyOf(claim.client, claim.salt, claim.terms);
        spot.word = Slots.load(_deals[spot.dealKey].slots[claim.offer.slot]);
        spot.offerHash = bytes24(Deals.hash(claim.offer));
    }

    /// @dev An offer that the slot was filled with names this client and deal, so client, salt and terms are right too.
    function _genuine(SlotClaim calldata claim) private view returns (Position memory spot) {
        spot = _locate(claim);
        require(spot.dealKey == claim.offer.dealKey, MarketWrongDeal(claim.offer.dealKey, spot.dealKey));
        require(spot.offerHash == spot.word.offerHash(), MarketWrongOffer(spot.word.offerHash(), spot.offerHash));
    }

    function _active(SlotClaim calldata claim) private view returns (Position memory spot) {
        spot = _genuine(claim);
        require(spot.word.status() == SlotStatus.Active, MarketSlotNotActive(spot.word.status()));
        _track(spot, claim.offer);
    }

    function _track(Position memory spot, Offer calldata offer) private view {
        uint256 closed;
        (spot.firstWindow, closed, spot.proven) =
            SPACETIME.progressOf(offer.provider, offer.root, spot.word.settled());
        spot.closed = closed > spot.firstWindow ? closed - spot.firstWindow : 0;
    }

    /// @dev Moves no money: the caller pays, so that a batch may pay once for many.
    function _settle(Position memory spot, SlotClaim calldata claim, uint256 maxWindows)
        private
        returns (uint256 examined, uint256 missed)
    {
        Offer calldata offer = claim.offer;
        SlotWord word = spot.word;
        uint256 settled = word.settled();
        uint256 due = Math.min(Math.min(spot.closed, word.end()) - settled, maxWindows);
        if (due == 0) return (0, 0);
        uint256 survivable = claim.terms.maxMisses - word.missed();
        (examined, missed) = Settlement.tally(
            SPACETIME, offer.provider, spot.firstWindow + settled, due, survivable, spot.proven
        );
        word = word.advanced(examined, missed);
        if (missed > survivable) word = word.withStatus(SlotStatus.Failed);
        spot.word = word;
        Slots.store(_deals[spot.dealKey].slots[offer.slot], word);
        unchecked {
            // A price has 128 bits and a count 16.
            uint256 proven = examined - missed;
            emit SlotSettled(
                spot.dealKey,
                offer.provider,
                offer.slot,
                uint16(settled + examined),
                uint16(proven),
                uint16(missed),
                proven * offer.price,
                missed * offer.price
            );
        }
    }

    /// @dev Whoever ends a slot settles it first: nobody chooses an end with a failure behind it that only has not been
    /// written down yet. At most 257 words of the bitmap.
    function _settleAll(SlotClaim calldata claim) private returns (Position memory spot, bool failed) {
        spot = _active(claim);
        (uint256 examined, uint256 missed) = _settle(spot, claim, spot.word.end());
        _pay(claim, examined, missed);
        failed = spot.word.status() == SlotStatus.Failed;
        if (failed) _fail(spot.dealKey, claim);
    }

    /// @dev A missed window never pays the client more than it had paid for it: else clients would attack providers.
    function _pay(SlotClaim calldata claim, uint256 examined, uint256 missed) private {
        _release(Bucket.Escrows, claim.offer.provider, (examined - missed) * claim.offer.price);
        _release(Bucket.Escrows, claim.client, missed * claim.offer.price);
    }

    function _accrue(Payee memory payee, address account, uint256 amount) private {
        if (payee.account != account) {
            _release(Bucket.Escrows, payee.account, payee.amount);
            payee.account = account;
            payee.amount = 0;
        }
        payee.amount += amount;
    }

    // ---------------------------------------------------------------- ending

    /// @dev Windows of the slot whose opening has come, an open one included.
    function _opened(Position memory spot, address provider) private view returns (uint256) {
        uint256 next = SPACETIME.nextOpening(provider, block.number);
        return next > spot.firstWindow ? next - spot.firstWindow : 0;
    }

    function _shorten(Position memory spot, uint8 slot, uint256 end) private returns (uint256 remaining) {
        remaining = spot.word.end() - end;
        require(remaining != 0, MarketNothingToEnd(spot.word.end()));
        Slots.store(_deals[spot.dealKey].slots[slot], spot.word.withEnd(end));
    }

    function _fail(bytes32 dealKey, SlotClaim calldata claim) private {
        Offer calldata offer = claim.offer;
        uint256 collateral = offer.collateral - _deals[dealKey].reserves[offer.slot].penalty;
        (uint256 toClient, uint256 bonus, uint256 toCaller, uint256 burned) =
            _split(dealKey, claim, collateral, CALLER_SHARE_BPS);
        emit SlotFailed(dealKey, offer.provider, offer.slot, toClient, bonus, toCaller, burned);
        _retire(offer);
    }

    /// @dev Divides lost collateral. The burn takes the rounding, so the parts always add up.
    function _split(bytes32 dealKey, SlotClaim calldata claim, uint256 lost, uint256 callerShareBps)
        private
        returns (uint256 toClient, uint256 bonus, uint256 toCaller, uint256 burned)
    {
        toClient = lost * CLIENT_SHARE_BPS / WHOLE;
        bonus = lost * REPAIRER_SHARE_BPS / WHOLE;
        toCaller = lost * callerShareBps / WHOLE;
        burned = lost - toClient - bonus - toCaller;
        _deals[dealKey].reserves[claim.offer.slot].bonus += uint128(bonus);
        _release(Bucket.Collateral, claim.client, toClient);
        VAULT.shift(Bucket.Collateral, Bucket.Bonds, bonus);
        _release(Bucket.Collateral, msg.sender, toCaller);
        _burn(Bucket.Collateral, burned);
    }

    function _retire(Offer calldata offer) private {
        SPACETIME.retire(offer.provider, offer.root);
    }
}
