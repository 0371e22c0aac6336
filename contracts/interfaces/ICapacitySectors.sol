// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {SectorView} from "../types/Capacity.sol";
import {ICapacityProofs} from "./ICapacityProofs.sol";

/// @title Sectors: unused space filled with labels that cost more to make again than to keep
/// @notice A sector is 2^m labels, each a hash of its provider, its number, its place and six labels before it, and counts 2^m elements.
/// Once in each of its proving windows a provider may prove that it can open the labels that are drawn over all its sectors.
/// Nothing is lost by a miss and no stake is asked: nobody's bytes are at risk, and who claims W elements and keeps h of
/// them earns (h / W)^K of the reward for W on average, never more than that for h.
/// @dev A sector gives way to a replica in the transaction that opens the replica's deal, without a call to this contract: `yieldTo` names the
/// replica before, and whatever asks about a window looks up whether the lane's bag holds it since before that window's opening.
interface ICapacitySectors is ICapacityProofs {
    error SectorNotRegistered(address provider);
    error SectorInvalidClass(uint256 max, uint8 m);
    error SectorInvalidRoot(bytes32 root);
    error SectorActive(uint64 sector);
    error SectorNotActive(uint64 sector);
    error SectorTooMany(uint256 most);
    error SectorTooMuchWeight(uint256 most, uint256 found);
    /// @dev Yields are looked at whenever a window is proven.
    error SectorTooManyYields(uint256 most, uint256 found);
    /// @dev The replica is or was in the provider's bag: nothing can wait for it.
    error SectorReplicaKnown(bytes32 replica);
    /// @dev The window draws from the sectors until it is proven or closed.
    error CapacityWindowOpen(uint256 closesAt);
    error CapacityWindowNotOpen(uint256 opening, uint256 closesAt, uint256 blockNumber);
    error CapacityAlreadyProven(address provider, uint40 window);
    error CapacityNothingToProve(address provider, uint40 window);
    error CapacityLaneSuspended(address provider);
    error CapacityNotAFieldElement(uint256 c);
    error CapacityProofInvalid();
    error CapacityInvalidProfile(uint256 challenges, uint256 levels);

    event SectorAdded(address indexed provider, bytes32 indexed id, uint64 sector, uint8 m, bytes32 root);
    /// @param replica What took the sector's place; zero if its provider gave it up.
    event SectorRemoved(address indexed provider, bytes32 indexed id, bytes32 replica);
    event SectorYields(address indexed provider, bytes32 indexed id, bytes32 indexed replica);
    event SectorsKept(address indexed provider, bytes32 indexed replica);
    event CapacityProven(address indexed provider, uint40 indexed window, uint256 elements, address caller);

    /// @notice PROVIDER (registered): commits to a filled sector, which counts from the next opening on.
    /// @param sector The provider's own number for it; free again once the sector is gone.
    /// @param root Of the 8-ary Poseidon tree over its 2^m labels.
    function addSector(uint64 sector, uint8 m, bytes32 root) external;

    /// @notice PROVIDER: gives a sector up; reverts while a window that draws from it is open and unproven.
    function removeSector(uint64 sector) external;

    /// @notice PROVIDER: these sectors go at the opening from which the replica counts, if it ever comes; not before and not after. To be
    /// called before the replica's deal is opened. Of several replicas that a sector yields to the first takes its place.
    function yieldTo(uint64[] calldata sectors, bytes32 replica) external;

    /// @notice PROVIDER: takes `yieldTo` back for a replica that did not come.
    function keepFrom(bytes32 replica) external;

    /// @notice ANYONE: removes the sectors whose places replicas took. Everything else here does so first.
    function collect(address provider) external;

    /// @notice ANYONE: proves `provider`'s open window. `proof` is a, b, c in precompile order; `c` the digest of the challenges.
    function submitProof(address provider, uint40 window, uint256[8] calldata proof, uint256 c) external;

    /// @notice The field element in every label of the sector.
    function idOf(address provider, uint64 sector) external view returns (bytes32 id);

    function sectorOf(address provider, uint64 sector) external view returns (SectorView memory);

    /// @notice Labels in all sectors, those included whose places replicas took and nobody collected yet.
    function weightOf(address provider) external view returns (uint256);

    /// @notice Sectors in wait for a replica, and that replica.
    function yieldsOf(address provider) external view returns (bytes32[] memory ids, bytes32[] memory replicas);

    /// @notice Randomness of a window; reverts before the block after its opening and once the beacon has forgotten it.
    function seedOf(address provider, uint40 window) external view returns (bytes32);

    /// @notice The challenge vector (root_1, id_1, places_1, ..., root_K, id_K, places_K) of an open window, after `collect`.
    function challengesOf(address provider, uint40 window) external view returns (uint256[] memory vector);

    /// @notice Challenges per window, K.
    function CHALLENGES() external view returns (uint256);
    /// @notice Levels of the circuit, D: a sector has at most 2^(3 D) labels.
    function LEVELS() external view returns (uint256);
    /// @notice The most sectors that a provider has. Who keeps nothing makes K sectors again each window, whatever their size, so
    /// what that costs beside keeping them all falls with their number.
    function MAX_SECTORS() external view returns (uint256);
    /// @notice The most elements that a provider's sectors and replicas have together when a sector is added.
    function MAX_WEIGHT() external view returns (uint256);
}
