// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ICapacityProofs} from "./interfaces/ICapacityProofs.sol";
import {ICapacitySectors} from "./interfaces/ICapacitySectors.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {ISpacetimeVerifier} from "./interfaces/ISpacetimeVerifier.sol";
import {Challenges} from "./libraries/Challenges.sol";
import {Counts} from "./libraries/Counts.sol";
import {DrSample} from "./libraries/DrSample.sol";
import {Lane, Lanes} from "./libraries/Lanes.sol";
import {Windows} from "./libraries/Windows.sol";
import {SectorView, Yield} from "./types/Capacity.sol";
import {ReplicaRecord, ReplicaStatus} from "./types/Spacetime.sol";

/// @title Light proofs of capacity
/// @notice The bag of sectors is a lane's bag of replicas, under the same rule: what a window draws from is what was there at its opening.
/// Additions leave a snapshot, removals by the provider wait. Sectors that yielded go first of all in any call: which of them
/// a window still draws from was settled before its seed.
contract CapacityProofs is ICapacitySectors {
    using Counts for uint256;
    using Lanes for Lane;

    /// @dev Sectors for each challenge: see MAX_SECTORS and `npm run bench -- capacity`.
    uint256 private constant SECTORS_PER_CHALLENGE = 16;
    uint256 private constant MAX_YIELDS = 16;
    /// @dev Windows' proven elements, 64 bits each, in one word.
    uint256 private constant WINDOWS_PER_WORD = 4;

    struct Space {
        /// Of ids in place of roots.
        Lane bag;
        uint256 sectors;
        Yield[] yields;
        mapping(uint256 word => uint256) proven;
    }

    IProviderRegistry public immutable REGISTRY;
    ISpacetimeProofs public immutable SPACETIME;
    ISpacetimeVerifier public immutable VERIFIER;
    /// @inheritdoc ICapacitySectors
    uint256 public immutable CHALLENGES;
    /// @inheritdoc ICapacitySectors
    uint256 public immutable LEVELS;
    /// @inheritdoc ICapacitySectors
    uint256 public immutable MAX_SECTORS;
    /// @inheritdoc ICapacitySectors
    uint256 public immutable MAX_WEIGHT;
    uint256 private immutable MAX_CLASS;
    /// @dev Copied from SPACETIME, where they are immutable.
    uint256 private immutable GENESIS;
    uint256 private immutable PERIOD;
    uint256 private immutable WINDOW_LENGTH;

    mapping(address provider => Space) private _spaces; // slot 0
    mapping(bytes32 id => bytes32) private _roots; // slot 1

    /// @param verifier Of the capacity circuit.
    constructor(IProviderRegistry registry, ISpacetimeProofs spacetime, ISpacetimeVerifier verifier) {
        (CHALLENGES, LEVELS) = verifier.profile();
        // The smallest sector has five levels; seven indices and the depth have to fit the field side by side.
        require(CHALLENGES != 0 && LEVELS > 4 && LEVELS < 12, CapacityInvalidProfile(CHALLENGES, LEVELS));
        uint256 largest = Counts.MIN_CLASS + Counts.CLASSES - 1;
        MAX_CLASS = 3 * LEVELS < largest ? 3 * LEVELS : largest;
        MAX_SECTORS = SECTORS_PER_CHALLENGE * CHALLENGES;
        (REGISTRY, SPACETIME, VERIFIER) = (registry, spacetime, verifier);
        (GENESIS, PERIOD, WINDOW_LENGTH) = (spacetime.GENESIS(), spacetime.PERIOD(), spacetime.WINDOW_LENGTH());
        MAX_WEIGHT = spacetime.MAX_WEIGHT();
    }

    // PROVIDER

    /// @inheritdoc ICapacitySectors
    function addSector(uint64 sector, uint8 m, bytes32 root) external {
        require(REGISTRY.isRegistered(msg.sender), SectorNotRegistered(msg.sender));
        require(m >= Counts.MIN_CLASS && m <= MAX_CLASS, SectorInvalidClass(MAX_CLASS, m));
        require(root != 0 && uint256(root) < Challenges.SCALAR_FIELD, SectorInvalidRoot(root));
        Space storage space = _spaces[msg.sender];
        (uint256 drawn, uint256 closed) = _collect(msg.sender, space);
        bytes32 id = idOf(msg.sender, sector);
        require(!_isActive(space, id), SectorActive(sector));
        require(space.sectors < MAX_SECTORS, SectorTooMany(MAX_SECTORS));
        uint256 counts = space.bag.counts;
        uint256 weight = counts.weight() + SPACETIME.weightOf(msg.sender) + (1 << m);
        require(weight <= MAX_WEIGHT, SectorTooMuchWeight(MAX_WEIGHT, weight));

        if (_draws(space, drawn, closed)) space.bag.keepSnapshot(uint40(drawn));
        space.bag.insert(counts, m, id, 0, drawn);
        ++space.sectors;
        _roots[id] = root;
        emit SectorAdded(msg.sender, id, sector, m, root);
    }

    /// @inheritdoc ICapacitySectors
    function removeSector(uint64 sector) external {
        Space storage space = _spaces[msg.sender];
        (uint256 drawn, uint256 closed) = _collect(msg.sender, space);
        bytes32 id = idOf(msg.sender, sector);
        require(_isActive(space, id), SectorNotActive(sector));
        require(!_draws(space, drawn, closed), CapacityWindowOpen(_openingOf(msg.sender, closed) + WINDOW_LENGTH));
        _remove(msg.sender, space, id, 0);
    }

    /// @inheritdoc ICapacitySectors
    function yieldTo(uint64[] calldata sectors, bytes32 replica) external {
        Space storage space = _spaces[msg.sender];
        _collect(msg.sender, space);
        ReplicaStatus status = SPACETIME.recordOf(msg.sender, replica).status;
        // What is in the bag may count already: its sectors would leave a window that draws from them.
        require(status == ReplicaStatus.Unknown, SectorReplicaKnown(replica));
        uint256 yields = space.yields.length + sectors.length;
        require(yields <= MAX_YIELDS, SectorTooManyYields(MAX_YIELDS, yields));
        for (uint256 i = 0; i < sectors.length; ++i) {
            bytes32 id = idOf(msg.sender, sectors[i]);
            require(_isActive(space, id), SectorNotActive(sectors[i]));
            space.yields.push(Yield(id, replica));
            emit SectorYields(msg.sender, id, replica);
        }
    }

    /// @inheritdoc ICapacitySectors
    function keepFrom(bytes32 replica) external {
        Space storage space = _spaces[msg.sender];
        _collect(msg.sender, space);
        Yield[] storage yields = space.yields;
        uint256 kept;
        for (uint256 i = 0; i < yields.length; ++i) {
            if (yields[i].replica != replica) yields[kept++] = yields[i];
        }
        _shorten(yields, kept);
        emit SectorsKept(msg.sender, replica);
    }

    // ANYONE

    /// @inheritdoc ICapacitySectors
    function collect(address provider) external {
        _collect(provider, _spaces[provider]);
    }

    /// @inheritdoc ICapacitySectors
    function submitProof(address provider, uint40 window, uint256[8] calldata proof, uint256 c) external {
        require(c < Challenges.SCALAR_FIELD, CapacityNotAFieldElement(c));
        // Who owes its clients stake has no business with empty disks.
        require(!SPACETIME.lane(provider).suspended, CapacityLaneSuspended(provider));
        Space storage space = _spaces[provider];
        _collect(provider, space);
        (bytes32 seed, uint256[] memory w, uint256 elements) = _challenges(provider, space, window);

        uint256 r = Challenges.point(provider, window, CHALLENGES, LEVELS, seed, c, Challenges.hashOf(w));
        require(VERIFIER.verifySpacetime(proof, c, Challenges.horner(w, r), r), CapacityProofInvalid());
        space.proven[window / WINDOWS_PER_WORD] |= elements << _shiftOf(window);
        emit CapacityProven(provider, window, elements, msg.sender);
    }

    // VIEW

    /// @inheritdoc ICapacityProofs
    function provenCapacity(address provider, uint40 window) external view returns (uint256) {
        return _provenIn(_spaces[provider], window);
    }

    /// @inheritdoc ICapacitySectors
    function idOf(address provider, uint64 sector) public view returns (bytes32) {
        bytes32 name = keccak256(abi.encode("holdfast/sector/v1", block.chainid, address(this), provider, sector));
        return bytes32(uint256(name) % Challenges.SCALAR_FIELD);
    }

    /// @inheritdoc ICapacitySectors
    function sectorOf(address provider, uint64 sector) external view returns (SectorView memory) {
        bytes32 id = idOf(provider, sector);
        ReplicaRecord memory record = _spaces[provider].bag.records[id].view_();
        return SectorView(id, _roots[id], record.m, record.status == ReplicaStatus.Active);
    }

    /// @inheritdoc ICapacitySectors
    function weightOf(address provider) external view returns (uint256) {
        return _spaces[provider].bag.counts.weight();
    }

    /// @inheritdoc ICapacitySectors
    function yieldsOf(address provider) external view returns (bytes32[] memory ids, bytes32[] memory replicas) {
        Yield[] storage yields = _spaces[provider].yields;
        (ids, replicas) = (new bytes32[](yields.length), new bytes32[](yields.length));
        for (uint256 i = 0; i < ids.length; ++i) {
            (ids[i], replicas[i]) = (yields[i].id, yields[i].replica);
        }
    }

    /// @inheritdoc ICapacitySectors
    function seedOf(address provider, uint40 window) public view returns (bytes32) {
        return keccak256(abi.encode("holdfast/capacity/v1", SPACETIME.seedOf(provider, window)));
    }

    /// @inheritdoc ICapacitySectors
    function challengesOf(address provider, uint40 window) external view returns (uint256[] memory vector) {
        (, vector,) = _challenges(provider, _spaces[provider], window);
    }

    // INTERNAL

    /// @dev Removes what yielded to replicas that count for the latest window that opened, in the order of the list.
    /// @return drawn First window whose opening is still to come.
    /// @return closed First window that is not closed; one less than `drawn` while a window lasts.
    function _collect(address provider, Space storage space) private returns (uint256 drawn, uint256 closed) {
        uint256 first = GENESIS + Windows.phaseOf(provider, PERIOD);
        drawn = Windows.nextOpening(first, PERIOD, block.number);
        closed = Windows.closedAt(first, PERIOD, WINDOW_LENGTH, block.number);

        Yield[] storage yields = space.yields;
        uint256 kept;
        for (uint256 i = 0; i < yields.length; ++i) {
            Yield memory waiting = yields[i];
            ReplicaRecord memory record = SPACETIME.recordOf(provider, waiting.replica);
            if (record.status == ReplicaStatus.Unknown || record.firstWindow >= drawn) yields[kept++] = waiting;
            else if (_isActive(space, waiting.id)) _remove(provider, space, waiting.id, waiting.replica);
        }
        _shorten(yields, kept);
    }

    function _shorten(Yield[] storage yields, uint256 length) private {
        while (yields.length > length) yields.pop();
    }

    function _remove(address provider, Space storage space, bytes32 id, bytes32 replica) private {
        space.bag.remove(id);
        --space.sectors;
        emit SectorRemoved(provider, id, replica);
    }

    function _isActive(Space storage space, bytes32 id) private view returns (bool) {
        return space.bag.records[id].status() == ReplicaStatus.Active;
    }

    /// @dev Whether a window that is not proven draws from the sectors now.
    function _draws(Space storage space, uint256 drawn, uint256 closed) private view returns (bool) {
        return drawn != closed && _provenIn(space, closed) == 0;
    }

    function _provenIn(Space storage space, uint256 window) private view returns (uint256) {
        return uint64(space.proven[window / WINDOWS_PER_WORD] >> _shiftOf(window));
    }

    function _shiftOf(uint256 window) private pure returns (uint256) {
        return 64 * (window % WINDOWS_PER_WORD);
    }

    function _openingOf(address provider, uint256 window) private view returns (uint256) {
        return Windows.openingOf(GENESIS + Windows.phaseOf(provider, PERIOD), PERIOD, window);
    }

    /// @dev Seed, challenge vector and all labels of a window that is open and not proven.
    function _challenges(address provider, Space storage space, uint40 window)
        private
        view
        returns (bytes32 seed, uint256[] memory w, uint256 elements)
    {
        uint256 opening = _openingOf(provider, window);
        uint256 closesAt = opening + WINDOW_LENGTH;
        require(
            opening < block.number && block.number <= closesAt,
            CapacityWindowNotOpen(opening, closesAt, block.number)
        );
        require(_provenIn(space, window) == 0, CapacityAlreadyProven(provider, window));
        uint256 counts = space.bag.countsFor(window);
        require(counts != 0, CapacityNothingToProve(provider, window));
        elements = counts.weight();
        seed = seedOf(provider, window);
        w = _withParents(Challenges.vector(space.bag.roots, counts, seed, CHALLENGES, CHALLENGES, LEVELS));
    }

    /// @param drawn (id_1, position_1, ..., id_K, position_K)
    function _withParents(uint256[] memory drawn) private view returns (uint256[] memory w) {
        uint256 bits = 3 * LEVELS;
        w = new uint256[](3 * CHALLENGES);
        for (uint256 j = 0; j < CHALLENGES; ++j) {
            bytes32 id = bytes32(drawn[2 * j]);
            uint256 position = drawn[2 * j + 1];
            uint256 places = DrSample.places(id, position & ((1 << bits) - 1), bits);
            (w[3 * j], w[3 * j + 1]) = (uint256(_roots[id]), uint256(id));
            w[3 * j + 2] = places | ((position >> bits) << (bits * (1 + DrSample.PARENTS)));
        }
    }
}
