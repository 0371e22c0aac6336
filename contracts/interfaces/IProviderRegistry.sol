// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IOperatorLinks} from "./IOperatorLinks.sol";
import {Ask, Profile, ProviderView} from "../types/Provider.sol";

/// @title Providers: who they are, where they answer, what they ask, what they stake
interface IProviderRegistry is IOperatorLinks {
    event ProviderRegistered(address indexed provider, Profile profile, Ask ask);
    event ProfileUpdated(address indexed provider, Profile profile);
    event AskUpdated(address indexed provider, Ask ask);
    event OffersRevoked(address indexed provider, uint64 newEpoch);
    event Staked(address indexed provider, uint256 amount, uint256 stake);
    /// @dev A reward became stake.
    event StakeEarned(address indexed provider, uint256 amount, uint256 stake);
    /// @param newEpoch Of offers, should it ever come back.
    event ProviderLeft(address indexed provider, uint64 newEpoch);
    event UnstakeRequested(address indexed provider, uint256 amount, uint40 availableAt);
    event Unstaked(address indexed provider, uint256 amount, uint256 stake);
    /// @param burned Left the vault's stakes for the void.
    /// @param reward Went to `caller`, who did the accounting or waited in vain for bytes.
    event StakeSlashed(address indexed provider, address indexed caller, uint256 burned, uint256 reward, uint256 stake);

    /// @notice PROVIDER: registers the caller once.
    function register(Profile calldata profile, Ask calldata ask) external;
    function updateProfile(Profile calldata profile) external;
    function updateAsk(Ask calldata ask) external;

    /// @notice PROVIDER: makes every offer signed so far worthless.
    function revokeOffers() external;

    /// @notice PROVIDER: leaves the list; offers signed so far are worthless. Needs an empty bag, no stake and no open forced
    /// retrieval, so that nothing of it is left here that anybody could miss; it may register again.
    function deregister() external;

    /// @notice PROVIDER: moves `amount` from the caller's vault account into its stake, and lifts a suspension that this cures.
    function stake(uint256 amount) external;

    /// @notice PROVIDER: starts the unbonding of `amount`; it stays slashable until withdrawn. Replaces an earlier request, and lapses
    /// UNBONDING_DELAY blocks after it is ripe.
    function requestUnstake(uint256 amount) external;

    /// @notice PROVIDER: pays a ripe request into the caller's vault account, less what must stay: 32 beta W and, while the
    /// bag holds anything, MINIMUM_STAKE; what open forced retrievals may cost; what was earned, until the minimum was reached.
    /// The request is used up even where only a part could leave.
    /// Reverts while a closed window is not accounted for.
    function withdrawStake() external returns (uint256 amount);

    /// @notice SPACETIME: takes up to `amount` of stake; at most 5 % of it goes to `caller`, the rest burns. Returns what was
    /// taken. Everything burns if `caller` is zero: the accounting was a side effect that nobody needs to be paid for.
    function slash(address provider, uint256 amount, address caller) external returns (uint256 taken);

    /// @notice RETRIEVAL: takes up to `amount` of stake from a provider that withheld bytes; WITHHELD_SHARE_BPS of it goes to
    /// `requester`, the rest burns. Returns what was taken.
    function penalise(address provider, uint256 amount, address requester) external returns (uint256 taken);

    /// @notice REWARDS (a module of the vault): moves `amount`, which it just paid into the provider's vault account, on into its
    /// stake; locked until the minimum is reached.
    function stakeEarned(address provider, uint256 amount) external;

    /// @notice All that opening a deal asks about a provider, in one call.
    function standingOf(address provider) external view returns (bool registered, uint64 offerEpoch, uint256 stake);
    function isRegistered(address provider) external view returns (bool);
    function stakeOf(address provider) external view returns (uint256);
    function offerEpochOf(address provider) external view returns (uint64);
    function providerCount() external view returns (uint256);

    /// @notice The latest unbonding request: what is asked for (0 for none) and the block from which it may leave.
    function unstakeRequestOf(address provider) external view returns (uint256 amount, uint40 availableAt);

    /// @notice Stake that cannot leave before the provider has MINIMUM_STAKE.
    function earnedOf(address provider) external view returns (uint256);

    /// @notice What a registered provider's stake lacks to MINIMUM_STAKE; rewards go there first.
    function missingStakeOf(address provider) external view returns (uint256);

    /// @notice The `provider` field is zero for an account that never registered.
    function provider(address account) external view returns (ProviderView memory);

    /// @notice Providers in the order of registration, but the last takes the place of one that leaves; a page is shorter than
    /// `limit` only at the end.
    function providers(uint256 offset, uint256 limit) external view returns (ProviderView[] memory page);

    /// @notice Stake without which a provider cannot take replicas, whatever their weight.
    function MINIMUM_STAKE() external view returns (uint256);

    /// @notice Blocks between a request to unstake and its payment.
    function UNBONDING_DELAY() external view returns (uint256);

    /// @notice Basis points of a penalty for withheld bytes that go to who asked for them.
    function WITHHELD_SHARE_BPS() external view returns (uint256);
}
