// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Filling} from "../types/Deal.sol";
import {DownloadSession, DownloadStatus} from "../types/Download.sol";

/// @title Rewards out of a fund, each below the protocol fee that was burned for what it rewards
/// @notice Who deals with itself pays the fee of 1 to earn at most 0.9 of it back, whatever the size or the duration. Nothing
/// is minted, nobody can take the fund out again, and an empty pool owes nothing.
interface IRewardPool {
    error RewardShareAboveMost(uint256 most, uint256 found);
    error RewardNothingFunded();
    error RewardNothingDue(uint256 rewarded, uint256 settled);
    error RewardPoolTooSmall(uint256 needed, uint256 available);
    error RewardDownloadNotPaid(DownloadStatus expected, DownloadStatus found);
    error RewardAlreadyPaid(bytes32 id);

    event PoolFunded(address indexed from, uint256 amount);
    /// @param rewarded Settled windows of the replica that are rewarded so far, this claim included.
    /// @param proven Windows among this claim's that were proven.
    event StorageRewarded(
        bytes32 indexed replicaId, address indexed provider, uint16 rewarded, uint256 proven, uint256 amount
    );
    event DownloadRewarded(bytes32 indexed id, address indexed seller, uint256 amount);

    /// @notice ANYONE: adds `amount` of the caller's vault account to the fund, for good.
    function fund(uint256 amount) external;

    /// @notice ANYONE: rewards the replica's provider for the proven ones among its next `maxWindows` settled windows.
    /// Warning: only while the replica is the one in its slot; claim before it hands over or is replaced.
    function claimStorage(Filling calldata filling, uint256 maxWindows) external;

    /// @notice ANYONE: rewards the seller of a strict download that was paid, once.
    function claimDownload(DownloadSession calldata session) external;

    function available() external view returns (uint256);
    /// @notice Settled windows of a replica (`StorageMarket.replicaIdOf`) that are rewarded.
    function rewardedOf(bytes32 replicaId) external view returns (uint16 windows);
    function isDownloadRewarded(bytes32 id) external view returns (bool);
    /// @notice Reward for one proven window at `price`: rounded down, where the fee that it comes from was rounded up.
    function rewardPerWindow(uint256 price) external view returns (uint256);
    /// @notice Basis points of the burned fee that come back.
    function REWARD_BPS() external view returns (uint256);
}
