// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title A fund that rewards providers
/// @notice Nothing is minted, nobody can take the fund out again, and an empty one owes nothing. What reaches a registered provider
/// whose stake is below the minimum becomes stake, up to the minimum; the rest is free in its vault account.
interface IRewardFund {
    error RewardNothingFunded();
    error RewardPoolTooSmall(uint256 needed, uint256 available);

    event PoolFunded(address indexed from, uint256 amount);

    /// @notice ANYONE: adds `amount` of the caller's vault account to the fund, for good.
    function fund(uint256 amount) external;

    function available() external view returns (uint256);
}
