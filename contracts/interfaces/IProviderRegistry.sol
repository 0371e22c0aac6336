// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Ask, Profile, ProviderView} from "../types/Provider.sol";

/// @title Providers: who they are, where they answer, what they ask, what they stake
interface IProviderRegistry {
    event ProviderRegistered(address indexed provider, Profile profile, Ask ask);
    event ProfileUpdated(address indexed provider, Profile profile);
    event AskUpdated(address indexed provider, Ask ask);
    event OffersRevoked(address indexed provider, uint64 newEpoch);
    event Staked(address indexed provider, uint256 amount, uint256 stake);
    event UnstakeRequested(address indexed provider, uint256 amount, uint40 availableAt);
    event Unstaked(address indexed provider, uint256 amount, uint256 stake);
    /// @param burned Left the vault's stakes for the void.
    /// @param reward Went to `caller`, who did the accounting.
    event StakeSlashed(address indexed provider, address indexed caller, uint256 burned, uint256 reward, uint256 stake);

    /// @notice PROVIDER: registers the caller once.
    function register(Profile calldata profile, Ask calldata ask) external;
    function updateProfile(Profile calldata profile) external;
    function updateAsk(Ask calldata ask) external;

    /// @notice PROVIDER: makes every offer signed so far worthless.
    function revokeOffers() external;

    /// @notice PROVIDER: moves `amount` from the caller's vault account into its stake, and lifts a suspension that this cures.
    function stake(uint256 amount) external;

    /// @notice PROVIDER: starts the unbonding of `amount`; it stays slashable until withdrawn. Replaces an earlier request.
    function requestUnstake(uint256 amount) external;

    /// @notice PROVIDER: pays out a ripe request as far as the lane is accounted for and keeps 32 beta W.
    function withdrawStake() external returns (uint256 amount);

    /// @notice SPACETIME: takes up to `amount` of stake; `reward` of it goes to `caller`, the rest burns. Returns what was taken.
    function slash(address provider, uint256 amount, address caller) external returns (uint256 taken);

    function isRegistered(address provider) external view returns (bool);
    function stakeOf(address provider) external view returns (uint256);
    function offerEpochOf(address provider) external view returns (uint64);
    function providerCount() external view returns (uint256);
    function provider(address account) external view returns (ProviderView memory);
    function providers(uint256 offset, uint256 limit) external view returns (ProviderView[] memory page);
}
