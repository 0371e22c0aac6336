// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBeacon} from "./interfaces/IBeacon.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {ISpacetimeVerifier} from "./interfaces/ISpacetimeVerifier.sol";
import {Bitmap} from "./libraries/Bitmap.sol";
import {Challenges} from "./libraries/Challenges.sol";
import {Counts} from "./libraries/Counts.sol";
import {Deals} from "./libraries/Deals.sol";
import {Lane, Lanes} from "./libraries/Lanes.sol";
import {Pins} from "./libraries/Pins.sol";
import {RecordWord} from "./libraries/Records.sol";
import {SpacetimeWindows} from "./spacetime/SpacetimeWindows.sol";
import {AddResult, LaneView, ReplicaRecord, ReplicaStatus, SpacetimeParameters} from "./types/Spacetime.sol";

/// @title Proofs of spacetime
/// @notice The bag of a lane changes only when every closed window is accounted for, and never while it matters to a draw:
/// additions leave a snapshot, removals wait. So the counts at any unaccounted window's opening are known, which draws and
/// burns both need. Stake is only ever touched through the registry, escrow not at all.
contract SpacetimeProofs is SpacetimeWindows {
    using Bitmap for mapping(uint256 word => uint256);
    using Counts for uint256;
    using Lanes for Lane;
    using Pins for Lane;

    error SpacetimeNotMarket(address market, address caller);
    error SpacetimeNotRegistry(address registry, address caller);
    error SpacetimeNotPins(address pins, address caller);
    error ReplicaInvalidClass(uint256 max, uint8 m);
    error ReplicaInvalidRoot(bytes32 root);
    error ReplicaNotActive(bytes32 root, ReplicaStatus status);
    /// @dev The window draws from the bag until it is proven or closed.
    error WindowOpen(uint256 closesAt);
    /// @dev A proof is valid for opening < block <= closesAt.
    error WindowNotOpen(uint256 opening, uint256 closesAt, uint256 blockNumber);
    /// @dev A pin is for the window that opens next: nobody may say what one asks whose seed may be known.
    error WindowNotNext(uint256 next, uint40 window);
    /// @dev More closed windows than one call may account for: call `account` first.
    error LaneTooFarBehind(uint40 accounted, uint256 closed);
    error WindowAlreadyProven(address provider, uint40 window);
    error LaneIsSuspended(address provider);
    error WindowBagEmpty(address provider, uint40 window);
    error ProofNotAFieldElement(uint256 c);
    error ProofInvalid();
    error BeaconLifetimeTooShort(uint256 needed, uint256 lifetime);
    error VerifierInvalidProfile(uint256 challenges, uint256 levels);

    /// @dev Stake that an addition must leave behind, and below which proofs stop, in misses of the whole bag.
    uint256 private constant ADMISSION_MISSES = 32;
    uint256 private constant SUSPENSION_MISSES = 4;
    /// @dev Words of the bitmap that a change of the bag reads at most; a lane further behind has to be accounted for first,
    /// so that nobody's neglect makes somebody else's `openDeal` too expensive.
    uint256 private constant CATCH_UP_WORDS = 4;
    /// @dev Blocks by which the beacon must remember longer than a window lasts.
    uint256 private constant BEACON_MARGIN = 64;

    IProviderRegistry public immutable REGISTRY;
    address public immutable MARKET;
    address public immutable PINS;
    ISpacetimeVerifier public immutable VERIFIER;
    IBeacon public immutable BEACON;

    /// @inheritdoc ISpacetimeProofs
    uint256 public immutable CHALLENGES;
    /// @inheritdoc ISpacetimeProofs
    uint256 public immutable LEVELS;
    /// @inheritdoc ISpacetimeProofs
    uint256 public immutable BETA;
    /// @inheritdoc ISpacetimeProofs
    uint256 public immutable MAX_WEIGHT;
    uint256 private immutable MAX_CLASS;
    /// @dev Copied from REGISTRY, where it is immutable.
    uint256 private immutable MINIMUM_STAKE;

    mapping(address provider => Lane) private _lanes; // slot 0
    /// @inheritdoc ISpacetimeProofs
    uint256 public totalWeight; // slot 1

    /// @param market and `pins` may be addresses that get their code later.
    constructor(
        SpacetimeParameters memory parameters,
        IProviderRegistry registry,
        address market,
        ISpacetimeVerifier verifier,
        IBeacon beacon,
        address pins
    ) SpacetimeWindows(parameters.genesis, parameters.period, parameters.windowLength) {
        uint256 remembered = parameters.windowLength + BEACON_MARGIN;
        uint256 lifetime = beacon.lifetime();
        require(remembered < lifetime, BeaconLifetimeTooShort(remembered + 1, lifetime));
        (CHALLENGES, LEVELS) = verifier.profile();
        // The smallest replica has five levels; 3 D + 4 bits must stay below the field.
        require(CHALLENGES != 0 && LEVELS > 4 && LEVELS < 64, VerifierInvalidProfile(CHALLENGES, LEVELS));

        MAX_CLASS = Math.min(3 * LEVELS, Counts.MIN_CLASS + Counts.CLASSES - 1);
        MINIMUM_STAKE = registry.MINIMUM_STAKE();
        (BETA, MAX_WEIGHT) = (parameters.beta, parameters.maxWeight);
        (REGISTRY, MARKET, VERIFIER, BEACON, PINS) = (registry, market, verifier, beacon, pins);
    }

    modifier onlyMarket() {
        require(msg.sender == MARKET, SpacetimeNotMarket(MARKET, msg.sender));
        _;
    }

    // MARKET

    /// @inheritdoc ISpacetimeProofs
    function add(address provider, uint8 m, bytes32 root, bytes32 offerHash, uint256 stake)
        external
        onlyMarket
        returns (AddResult result, uint256 firstWindow)
    {
        require(m >= Counts.MIN_CLASS && m <= MAX_CLASS, ReplicaInvalidClass(MAX_CLASS, m));
        require(root != 0 && uint256(root) < Challenges.SCALAR_FIELD, ReplicaInvalidRoot(root));
        Lane storage lane_ = _lanes[provider];
        if (lane_.records[root].status() != ReplicaStatus.Unknown) return (AddResult.RootTaken, 0);

        uint256 counts = lane_.counts;
        uint256 newWeight = counts.weight() + (1 << m);
        if (counts.countOf(m) == Counts.MAX_COUNT || newWeight > MAX_WEIGHT) return (AddResult.LaneFull, 0);

        (uint256 drawn, uint256 closed) = _windowsOf(provider);
        uint256 accounted = lane_.accounted;
        if (!_catchUp(provider, lane_, closed, address(0))) return (AddResult.LaneBehind, 0);
        if (lane_.suspended) return (AddResult.Suspended, 0);
        if (lane_.accounted != accounted) stake = REGISTRY.stakeOf(provider);
        if (stake < Math.max(_burn(newWeight, ADMISSION_MISSES), MINIMUM_STAKE)) return (AddResult.InsufficientStake, 0);

        // What opened on an empty bag can be neither proven nor missed. Otherwise whoever adds after the seed is known could
        // choose what the window asks.
        if (counts == 0) lane_.accounted = uint40(drawn);
        else if (_drawsFromBag(lane_, drawn, closed)) lane_.keepSnapshot(uint40(drawn));
        lane_.insert(counts, m, root, Deals.tagOf(offerHash, drawn), drawn);
        unchecked {
            totalWeight += 1 << m; // a lane's is below 2^45
        }
        return (AddResult.Added, drawn);
    }

    /// @inheritdoc ISpacetimeProofs
    function setTag(address provider, bytes32 root, bytes32 offerHash, uint40 firstWindow) external onlyMarket {
        Lane storage lane_ = _lanes[provider];
        lane_.records[root] = _activeRecord(lane_, root).withTag(Deals.tagOf(offerHash, firstWindow));
    }

    /// @inheritdoc ISpacetimeProofs
    function retire(address provider, bytes32 root, bool forget) external onlyMarket returns (bool removed) {
        Lane storage lane_ = _lanes[provider];
        RecordWord record = _activeRecord(lane_, root).withStatus(ReplicaStatus.Retired);
        lane_.records[root] = forget ? record.withTag(0) : record;
        emit ReplicaRetired(provider, root);

        (uint256 drawn, uint256 closed) = _windowsOf(provider);
        removed = !_drawsFromBag(lane_, drawn, closed) && _catchUp(provider, lane_, closed, address(0));
        if (removed) {
            totalWeight -= _remove(provider, lane_, root);
            _judge(provider, lane_);
        }
    }

    // PINS

    /// @inheritdoc ISpacetimeProofs
    function pin(address provider, uint40 window, bytes32 root) external {
        require(msg.sender == PINS, SpacetimeNotPins(PINS, msg.sender));
        (uint256 next,) = _windowsOf(provider);
        require(window == next, WindowNotNext(next, window));
        Lane storage lane_ = _lanes[provider];
        _activeRecord(lane_, root);
        lane_.pin(window, root);
    }

    // REGISTRY

    /// @inheritdoc ISpacetimeProofs
    function stakeRaised(address provider) external {
        require(msg.sender == address(REGISTRY), SpacetimeNotRegistry(address(REGISTRY), msg.sender));
        _judge(provider, _lanes[provider]);
    }

    // ANYONE

    /// @inheritdoc ISpacetimeProofs
    function sweep(address provider, bytes32[] calldata roots) external {
        Lane storage lane_ = _lanes[provider];
        (uint256 drawn, uint256 closed) = _windowsOf(provider);
        require(!_drawsFromBag(lane_, drawn, closed), WindowOpen(_closeOf(provider, closed)));
        require(_catchUp(provider, lane_, closed, msg.sender), LaneTooFarBehind(lane_.accounted, closed));
        uint256 removed;
        for (uint256 i; i < roots.length; ++i) {
            // Skipping what somebody else removed a moment ago keeps a list from being spoilt by one of its roots.
            if (lane_.records[roots[i]].status() == ReplicaStatus.Retired) removed += _remove(provider, lane_, roots[i]);
        }
        if (removed != 0) totalWeight -= removed;
        _judge(provider, lane_);
    }

    /// @inheritdoc ISpacetimeProofs
    function submitProof(address provider, uint40 window, uint256[8] calldata proof, uint256 c) external {
        require(c < Challenges.SCALAR_FIELD, ProofNotAFieldElement(c));
        Lane storage lane_ = _lanes[provider];
        require(!lane_.suspended, LaneIsSuspended(provider));
        (bytes32 seed, uint256[] memory w) = _challenges(provider, lane_, window);

        uint256 r =
            Challenges.point(provider, window, CHALLENGES, LEVELS, seed, c, Challenges.hashOf(w));
        require(VERIFIER.verifySpacetime(proof, c, Challenges.horner(w, r), r), ProofInvalid());
        lane_.proven.set(window);
        emit SpacetimeProven(provider, window, msg.sender);
    }

    /// @inheritdoc ISpacetimeProofs
    function account(address provider, uint256 maxWindows) external returns (uint40 accounted) {
        Lane storage lane_ = _lanes[provider];
        uint256 closed = _closedOf(provider);
        return _account(provider, lane_, closed, maxWindows, msg.sender);
    }

    // VIEW

    /// @inheritdoc ISpacetimeProofs
    function isProven(address provider, uint40 window) external view returns (bool) {
        return _lanes[provider].proven.isSet(window);
    }

    /// @inheritdoc ISpacetimeProofs
    function provenWord(address provider, uint256 index) external view returns (uint256) {
        return _lanes[provider].proven[index];
    }

    /// @inheritdoc ISpacetimeProofs
    function settlementOf(address provider, bytes32 root, uint256 window)
        external
        view
        returns (bytes24 tag, uint256 closed, uint256 word)
    {
        Lane storage lane_ = _lanes[provider];
        tag = lane_.records[root].tag();
        closed = _closedOf(provider);
        word = lane_.proven[window >> 8];
    }

    /// @inheritdoc ISpacetimeProofs
    function tagOf(address provider, bytes32 root) external view returns (bytes24) {
        return _lanes[provider].records[root].tag();
    }

    /// @inheritdoc ISpacetimeProofs
    function lane(address provider) external view returns (LaneView memory) {
        Lane storage lane_ = _lanes[provider];
        return LaneView({
            counts: lane_.counts,
            snapshot: lane_.snapshot,
            snapshotWindow: lane_.snapshotEnd == 0 ? type(uint40).max : lane_.snapshotEnd - 1,
            accounted: lane_.accounted,
            suspended: lane_.suspended
        });
    }

    /// @inheritdoc ISpacetimeProofs
    function recordOf(address provider, bytes32 root) external view returns (ReplicaRecord memory) {
        return _lanes[provider].records[root].view_();
    }

    /// @inheritdoc ISpacetimeProofs
    function rootAt(address provider, uint8 m, uint24 index) external view returns (bytes32) {
        return _lanes[provider].roots[Lanes.place(m, index)];
    }

    /// @inheritdoc ISpacetimeProofs
    function pinOf(address provider, uint40 window) external view returns (bytes32) {
        return _lanes[provider].pinnedFor(window);
    }

    /// @inheritdoc ISpacetimeProofs
    function weightOf(address provider) external view returns (uint256) {
        return _lanes[provider].counts.weight();
    }

    /// @inheritdoc ISpacetimeProofs
    function requiredStake(address provider) external view returns (uint256) {
        return _burn(_lanes[provider].counts.weight(), ADMISSION_MISSES);
    }

    /// @inheritdoc ISpacetimeProofs
    function isAccounted(address provider) external view returns (bool) {
        Lane storage lane_ = _lanes[provider];
        uint256 closed = _closedOf(provider);
        return lane_.accounted >= closed || lane_.counts == 0;
    }

    /// @inheritdoc ISpacetimeProofs
    function seedOf(address provider, uint40 window) external view returns (bytes32) {
        return _seedOf(provider, window, _openingOf(provider, window));
    }

    /// @inheritdoc ISpacetimeProofs
    function challengesOf(address provider, uint40 window) external view returns (uint256[] memory vector) {
        (, vector) = _challenges(provider, _lanes[provider], window);
    }

    /// @inheritdoc ISpacetimeProofs
    function priceLimit(uint8 m) external view returns (uint256) {
        // A quarter of the draws may be pinned elsewhere, so only the rest counts.
        return (Pins.freeOf(CHALLENGES) * BETA << m) >> 66;
    }

    // INTERNAL

    function _activeRecord(Lane storage lane_, bytes32 root) private view returns (RecordWord record) {
        record = lane_.records[root];
        require(record.status() == ReplicaStatus.Active, ReplicaNotActive(root, record.status()));
    }

    /// @dev Burns stake for the misses among [accounted, min(closed, accounted + maxWindows)).
    function _account(address provider, Lane storage lane_, uint256 closed, uint256 maxWindows, address caller)
        private
        returns (uint40 accounted)
    {
        uint256 from = lane_.accounted;
        if (from >= closed) return uint40(from);
        uint256 counts = lane_.counts;
        // The last change was a removal, for which everything was accounted: no window since then had anything to prove.
        uint256 end = counts == 0 ? closed : from + Math.min(closed - from, maxWindows);
        accounted = uint40(end);
        lane_.accounted = accounted;
        if (counts == 0) return accounted;

        uint256 missed = lane_.proven.countUnset(from, end);
        if (missed == 0) return accounted;
        uint256 burnPerMiss = _burn(counts.weight(), 1);
        uint256 amount = missed * burnPerMiss;
        // A snapshot is kept with all windows before its own accounted for: only the first can have one.
        if (lane_.snapshotEnd == from + 1 && !lane_.proven.isSet(from)) {
            amount = amount - burnPerMiss + _burn(lane_.snapshot.weight(), 1);
        }
        uint256 taken = REGISTRY.slash(provider, amount, caller);
        emit MissesAccounted(provider, uint40(from), accounted - 1, missed, taken);
        _judge(provider, lane_);
    }

    /// @dev Accounts for every closed window, or does nothing and returns false if those are in too many words.
    function _catchUp(address provider, Lane storage lane_, uint256 closed, address caller) private returns (bool) {
        if (lane_.counts == 0) return true;
        uint256 from = lane_.accounted;
        if (closed > from && ((closed - 1) >> 8) - (from >> 8) >= CATCH_UP_WORDS) return false;
        _account(provider, lane_, closed, closed, caller);
        return true;
    }

    function _remove(address provider, Lane storage lane_, bytes32 root) private returns (uint256 weight) {
        weight = 1 << lane_.remove(root);
        emit ReplicaRemoved(provider, root);
    }

    /// @dev Suspends a lane whose stake is below four misses of its bag, and lifts the suspension once it is not.
    function _judge(address provider, Lane storage lane_) private {
        bool suspended = REGISTRY.stakeOf(provider) < _burn(lane_.counts.weight(), SUSPENSION_MISSES);
        if (suspended == lane_.suspended) return;
        lane_.suspended = suspended;
        if (suspended) emit LaneSuspended(provider);
        else emit LaneResumed(provider);
    }

    /// @dev Seed and challenge vector of a window that is open and not proven.
    function _challenges(address provider, Lane storage lane_, uint40 window)
        private
        view
        returns (bytes32 seed, uint256[] memory w)
    {
        uint256 opening = _openingOf(provider, window);
        uint256 closesAt = opening + WINDOW_LENGTH;
        require(
            opening < block.number && block.number <= closesAt, WindowNotOpen(opening, closesAt, block.number)
        );
        // Once proven the bag may change in its places too, and the vector could not be had again.
        require(!lane_.proven.isSet(window), WindowAlreadyProven(provider, window));
        uint256 counts = lane_.countsFor(window);
        require(counts != 0 && window >= lane_.accounted, WindowBagEmpty(provider, window));
        bytes32 pinned = lane_.pinnedFor(window);
        uint256 draws = pinned == 0 ? CHALLENGES : Pins.freeOf(CHALLENGES);
        seed = _seedOf(provider, window, opening);
        w = Challenges.vector(lane_.roots, counts, seed, CHALLENGES, draws, LEVELS);
        if (pinned != 0) Pins.fill(w, draws, pinned, lane_.records[pinned].m(), seed, LEVELS);
    }

    function _seedOf(address provider, uint40 window, uint256 opening) private view returns (bytes32) {
        return keccak256(abi.encode(BEACON.randomnessAt(opening), provider, window));
    }

    /// @dev Whether a window that is not proven draws from the bag now: between its opening, in which its seed is made, and
    /// its close, unless it opened on an empty bag.
    function _drawsFromBag(Lane storage lane_, uint256 drawn, uint256 closed) private view returns (bool) {
        return drawn != closed && lane_.accounted != drawn && !lane_.proven.isSet(closed);
    }

    /// @dev ceil(misses * beta * W / 2^64): what that many missed windows of W padded elements burn.
    function _burn(uint256 weight, uint256 misses) private view returns (uint256) {
        return Math.ceilDiv(misses * BETA * weight, 1 << 64);
    }
}
