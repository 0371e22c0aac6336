// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {AddResult, LaneView, ReplicaRecord} from "../types/Spacetime.sol";

/// @title Proofs of spacetime: one bag of replicas, one proof and one bit per provider and window
/// @notice Window k of provider p opens at block `genesis + phase(p) + k * period`; a proof is valid for
/// opening < block <= close (`opening + windowLength`); a window is closed when block > close.
/// An addition has no event here: the market tells of it, with the whole offer and the first window.
interface ISpacetimeProofs {
    event ReplicaRetired(address indexed provider, bytes32 indexed root);
    event ReplicaRemoved(address indexed provider, bytes32 indexed root);
    event SpacetimeProven(address indexed provider, uint40 indexed window, address caller);
    event MissesAccounted(address indexed provider, uint40 from, uint40 through, uint256 missed, uint256 taken);
    event LaneSuspended(address indexed provider);
    event LaneResumed(address indexed provider);

    /// @notice MARKET: puts a replica into the bag; it counts from the next opening on. Never reverts for the provider's state.
    /// @param offerHash EIP-712 struct hash of the offer that it fills a slot with.
    /// @param stake The provider's, as the registry told the caller a moment ago.
    function add(address provider, uint8 m, bytes32 root, bytes32 offerHash, uint256 stake)
        external
        returns (AddResult result, uint256 firstWindow);

    /// @notice MARKET: the replica is paid by another offer from now on, or from another window.
    function setTag(address provider, bytes32 root, bytes32 offerHash, uint40 firstWindow) external;

    /// @notice MARKET: the replica's deal is over. It leaves the bag now, or by `sweep` once no unproven window is open.
    /// @param forget Clears its tag, for a slot that another provider takes over in the same generation.
    function retire(address provider, bytes32 root, bool forget) external returns (bool removed);

    /// @notice PINS: a quarter of the draws of `window`, the next to open, go to this active replica, in place of any other pin.
    function pin(address provider, uint40 window, bytes32 root) external;

    /// @notice ANYONE: removes retired replicas; reverts with WindowOpen(closesAt) while a window is open and unproven.
    function sweep(address provider, bytes32[] calldata roots) external;

    /// @notice ANYONE: proves `provider`'s open window. `proof` is a, b, c in precompile order; `c` the digest of the challenges.
    function submitProof(address provider, uint40 window, uint256[8] calldata proof, uint256 c) external;

    /// @notice ANYONE: burns stake for up to `maxWindows` closed windows that were missed; earns the caller at most 5 % of it.
    /// @return accounted First window that is not accounted for.
    function account(address provider, uint256 maxWindows) external returns (uint40 accounted);

    /// @notice REGISTRY: re-judges the lane's suspension after its stake rose, or fell for another reason than a miss.
    function stakeRaised(address provider) external;

    function phaseOf(address provider) external view returns (uint256);
    function openingOf(address provider, uint40 window) external view returns (uint256);
    function closeOf(address provider, uint40 window) external view returns (uint256);

    /// @notice Smallest window whose opening is later than `blockNumber`.
    function nextOpening(address provider, uint256 blockNumber) external view returns (uint40 window);

    /// @notice Number of closed windows at the current block, which is the first window that is not closed.
    function closedWindows(address provider) external view returns (uint40);

    function isProven(address provider, uint40 window) external view returns (bool);

    /// @notice Proven bits of windows 256 * index .. 256 * index + 255, lowest first.
    function provenWord(address provider, uint256 index) external view returns (uint256);

    /// @notice All that paying for a replica asks, in one call.
    /// @return tag Of the record.
    /// @return closed `closedWindows`.
    /// @return word The `provenWord` that holds `window`.
    function settlementOf(address provider, bytes32 root, uint256 window)
        external
        view
        returns (bytes24 tag, uint256 closed, uint256 word);

    /// @notice Of the filling that the market pays the replica for; zero if it was handed over or never there.
    function tagOf(address provider, bytes32 root) external view returns (bytes24);

    function lane(address provider) external view returns (LaneView memory);
    function recordOf(address provider, bytes32 root) external view returns (ReplicaRecord memory);
    function rootAt(address provider, uint8 m, uint24 index) external view returns (bytes32);

    /// @notice The replica that the window is pinned to, of the last window pinned and the one before; zero if none, or if it
    /// left the bag.
    function pinOf(address provider, uint40 window) external view returns (bytes32 root);

    /// @notice Padded elements in all bags.
    function totalWeight() external view returns (uint256);

    /// @notice Padded elements in the bag, W.
    function weightOf(address provider) external view returns (uint256);

    /// @notice Stake below which nothing can be added at the current weight: ceil(32 beta W / 2^64).
    function requiredStake(address provider) external view returns (uint256);

    /// @notice Whether every closed window is accounted for.
    function isAccounted(address provider) external view returns (bool);

    /// @notice Randomness of a window; reverts before the block after its opening and once the beacon has forgotten it.
    function seedOf(address provider, uint40 window) external view returns (bytes32);

    /// @notice The challenge vector (root_1, position_1, ..., root_K, position_K) of an open window.
    function challengesOf(address provider, uint40 window) external view returns (uint256[] memory vector);

    /// @notice The highest price per window that the proofs can stand for: K' * beta * 2^m / 4 / 2^64.
    function priceLimit(uint8 m) external view returns (uint256);

    /// @notice Challenges per window, K.
    function CHALLENGES() external view returns (uint256);
    /// @notice Levels of the circuit, D: a replica has at most 2^(3 D) elements.
    function LEVELS() external view returns (uint256);
    function GENESIS() external view returns (uint256);
    function PERIOD() external view returns (uint256);
    function WINDOW_LENGTH() external view returns (uint256);
    /// @notice Base units of stake burned per element and miss, times 2^64.
    function BETA() external view returns (uint256);
    /// @notice The most padded elements in one lane.
    function MAX_WEIGHT() external view returns (uint256);
}
