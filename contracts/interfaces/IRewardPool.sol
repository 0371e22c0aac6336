// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Filling} from "../types/Deal.sol";
import {DownloadSession, DownloadStatus} from "../types/Download.sol";
import {IRewardFund} from "./IRewardFund.sol";

/// @title Rewards out of a fund, each below the protocol fee that was burned for what it rewards
/// @notice Who deals with itself pays the fee of 1 to earn at most 0.9 of it back, whatever the size or the duration.
interface IRewardPool is IRewardFund {
    error RewardShareAboveMost(uint256 most, uint256 found);
    /// @param from First window of the lane that is not rewarded; all before `settledTo` are settled.
    error RewardNothingDue(uint256 from, uint256 settledTo);
    error RewardDownloadNotPaid(DownloadStatus expected, DownloadStatus found);
    error RewardAlreadyPaid(bytes32 id);

    /// @param from First window of the claim, as the lane counts them, and the one after its last.
    /// @param proven Windows among these that were proven.
    event StorageRewarded(
        address indexed provider, bytes32 indexed root, uint40 from, uint40 to, uint256 proven, uint256 amount
    );
    event DownloadRewarded(bytes32 indexed id, address indexed seller, uint256 amount);

    /// @notice ANYONE: rewards the replica's provider for the proven ones among its next `maxWindows` settled windows.
    /// Warning: only while the filling is the one in its slot; claim before it is extended, topped up, handed over or replaced. A
    /// provider that goes claims before its stake leaves: what comes later builds a stake again while it is registered.
    function claimStorage(Filling calldata filling, uint256 maxWindows) external;

    /// @notice ANYONE: rewards the seller of a strict download that was paid, once.
    function claimDownload(DownloadSession calldata session) external;

    /// @notice One after the last window of the provider's lane for which the replica was rewarded; never goes back.
    function rewardedTo(address provider, bytes32 root) external view returns (uint40 window);
    function isDownloadRewarded(bytes32 id) external view returns (bool);
    /// @notice Reward for one proven window at `price`: rounded down, where the fee that it comes from was rounded up.
    function rewardPerWindow(uint256 price) external view returns (uint256);
    /// @notice Basis points of the burned fee that come back.
    function REWARD_BPS() external view returns (uint256);
}
