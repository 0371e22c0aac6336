// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IForcedRetrieval} from "./interfaces/IForcedRetrieval.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Profiles} from "./libraries/Profiles.sol";
import {Bucket} from "./types/Bucket.sol";
import {Ask, Profile, ProviderView, RegistryParameters} from "./types/Provider.sol";

error RegistryUnbondingDelay(uint256 most, uint256 found);
error RegistryAlreadyRegistered(address provider);
error RegistryNotRegistered(address provider);
error RegistryNotSpacetime(address expected, address found);
error RegistryNotRetrieval(address expected, address found);
error RegistryZeroAmount();
error RegistryUnstakeAboveStake(uint256 stake, uint256 requested);
error RegistryNothingRequested(address provider);
error RegistryUnstakeTooEarly(uint40 availableAt, uint256 blockNumber);
error RegistryLaneBehind(address provider);
error RegistryStakeNeeded(uint256 needed, uint256 stake);

/// @title Providers: who they are, where they answer, what they ask, what they stake
contract ProviderRegistry is IProviderRegistry {
    using Profiles for Ask;
    using Profiles for Profile;
    using SafeCast for uint256;

    struct Provider {
        // slot 0: all that opening a deal or a window's accounting reads
        uint128 stake;
        uint64 offerEpoch;
        uint40 unstakeAvailableAt;
        bool registered;
        // slot 1
        uint128 unstakeRequested;
        Ask ask;
        Profile profile;
    }

    /// @dev In 1/10,000 of what is taken. Small, so that a provider accounting on itself still loses nearly all.
    uint256 public constant ACCOUNTING_REWARD_BPS = 500;

    /// @inheritdoc IProviderRegistry
    /// @dev Enough to make asking worth its gas; a provider that asks itself and keeps silent still loses three quarters.
    uint256 public constant WITHHELD_SHARE_BPS = 2_500;

    /// @dev Far beyond any sensible delay, and far below what a block number of 40 bits can take.
    uint256 public constant MAX_UNBONDING_DELAY = 2 ** 32;

    IVault public immutable VAULT;
    ISpacetimeProofs public immutable SPACETIME;
    IForcedRetrieval public immutable RETRIEVAL;
    /// @inheritdoc IProviderRegistry
    uint256 public immutable MINIMUM_STAKE;
    /// @inheritdoc IProviderRegistry
    uint256 public immutable UNBONDING_DELAY;

    mapping(address account => Provider) private _providers;
    address[] private _list;

    /// @param spacetime and `retrieval` may be addresses that get their code later; they alone may take stake.
    constructor(
        IVault vault,
        ISpacetimeProofs spacetime,
        IForcedRetrieval retrieval,
        RegistryParameters memory parameters
    ) {
        uint256 delay = parameters.unbondingDelay;
        require(delay <= MAX_UNBONDING_DELAY, RegistryUnbondingDelay(MAX_UNBONDING_DELAY, delay));
        VAULT = vault;
        SPACETIME = spacetime;
        RETRIEVAL = retrieval;
        MINIMUM_STAKE = parameters.minimumStake;
        UNBONDING_DELAY = delay;
    }

    modifier onlyRegistered() {
        require(_providers[msg.sender].registered, RegistryNotRegistered(msg.sender));
        _;
    }

    // ---------------------------------------------------------------- PROVIDER

    /// @inheritdoc IProviderRegistry
    function register(Profile calldata profile, Ask calldata ask) external {
        Provider storage self = _providers[msg.sender];
        require(!self.registered, RegistryAlreadyRegistered(msg.sender));
        profile.validate();
        ask.validate();
        self.registered = true;
        self.profile = profile;
        self.ask = ask;
        _list.push(msg.sender);
        emit ProviderRegistered(msg.sender, profile, ask);
    }

    /// @inheritdoc IProviderRegistry
    function updateProfile(Profile calldata profile) external onlyRegistered {
        profile.validate();
        _providers[msg.sender].profile = profile;
        emit ProfileUpdated(msg.sender, profile);
    }

    /// @inheritdoc IProviderRegistry
    function updateAsk(Ask calldata ask) external onlyRegistered {
        ask.validate();
        _providers[msg.sender].ask = ask;
        emit AskUpdated(msg.sender, ask);
    }

    /// @inheritdoc IProviderRegistry
    function revokeOffers() external onlyRegistered {
        uint64 epoch = ++_providers[msg.sender].offerEpoch;
        emit OffersRevoked(msg.sender, epoch);
    }

    /// @inheritdoc IProviderRegistry
    /// @dev Open to accounts that register later: stake and profile come in either order.
    function stake(uint256 amount) external {
        require(amount != 0, RegistryZeroAmount());
        Provider storage self = _providers[msg.sender];
        uint128 raised = self.stake + amount.toUint128();
        self.stake = raised;
        emit Staked(msg.sender, amount, raised);
        VAULT.lock(Bucket.Stakes, msg.sender, amount);
        SPACETIME.stakeRaised(msg.sender);
    }

    /// @inheritdoc IProviderRegistry
    function requestUnstake(uint256 amount) external {
        require(amount != 0, RegistryZeroAmount());
        Provider storage self = _providers[msg.sender];
        require(amount <= self.stake, RegistryUnstakeAboveStake(self.stake, amount));
        uint40 availableAt = uint40(block.number + UNBONDING_DELAY);
        self.unstakeRequested = uint128(amount);
        self.unstakeAvailableAt = availableAt;
        emit UnstakeRequested(msg.sender, amount, availableAt);
    }

    /// @inheritdoc IProviderRegistry
    /// @dev A request is used up at once: kept in part, it would be ripe for ever and the delay would guard nothing.
    function withdrawStake() external returns (uint256 amount) {
        Provider storage self = _providers[msg.sender];
        require(self.unstakeRequested != 0, RegistryNothingRequested(msg.sender));
        uint40 availableAt = self.unstakeAvailableAt;
        require(block.number >= availableAt, RegistryUnstakeTooEarly(availableAt, block.number));
        // Misses that nobody burned yet still have a claim on this stake.
        require(SPACETIME.isAccounted(msg.sender), RegistryLaneBehind(msg.sender));

        uint256 held = self.stake;
        uint256 needed = _neededStake(msg.sender);
        require(held > needed, RegistryStakeNeeded(needed, held));
        amount = Math.min(self.unstakeRequested, held - needed);
        uint128 left = uint128(held - amount);
        self.stake = left;
        self.unstakeRequested = 0;
        self.unstakeAvailableAt = 0;
        emit Unstaked(msg.sender, amount, left);
        VAULT.release(Bucket.Stakes, msg.sender, amount);
    }

    // ---------------------------------------------------------------- SPACETIME

    /// @inheritdoc IProviderRegistry
    function slash(address provider_, uint256 amount, address caller) external returns (uint256 taken) {
        require(msg.sender == address(SPACETIME), RegistryNotSpacetime(address(SPACETIME), msg.sender));
        return _take(provider_, amount, caller, caller == address(0) ? 0 : ACCOUNTING_REWARD_BPS);
    }

    // ---------------------------------------------------------------- RETRIEVAL

    /// @inheritdoc IProviderRegistry
    function penalise(address provider_, uint256 amount, address requester) external returns (uint256 taken) {
        require(msg.sender == address(RETRIEVAL), RegistryNotRetrieval(address(RETRIEVAL), msg.sender));
        taken = _take(provider_, amount, requester, WITHHELD_SHARE_BPS);
        SPACETIME.stakeRaised(provider_);
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IProviderRegistry
    function standingOf(address account) external view returns (bool registered, uint64 offerEpoch, uint256 stake_) {
        Provider storage found = _providers[account];
        return (found.registered, found.offerEpoch, found.stake);
    }

    /// @inheritdoc IProviderRegistry
    function isRegistered(address account) external view returns (bool) {
        return _providers[account].registered;
    }

    /// @inheritdoc IProviderRegistry
    function stakeOf(address account) external view returns (uint256) {
        return _providers[account].stake;
    }

    /// @inheritdoc IProviderRegistry
    function offerEpochOf(address account) external view returns (uint64) {
        return _providers[account].offerEpoch;
    }

    /// @inheritdoc IProviderRegistry
    function unstakeRequestOf(address account) external view returns (uint256 amount, uint40 availableAt) {
        return (_providers[account].unstakeRequested, _providers[account].unstakeAvailableAt);
    }

    /// @inheritdoc IProviderRegistry
    function providerCount() external view returns (uint256) {
        return _list.length;
    }

    /// @inheritdoc IProviderRegistry
    function provider(address account) external view returns (ProviderView memory) {
        return _view(account);
    }

    /// @inheritdoc IProviderRegistry
    function providers(uint256 offset, uint256 limit) external view returns (ProviderView[] memory page) {
        uint256 count = _list.length;
        page = new ProviderView[](offset < count ? Math.min(limit, count - offset) : 0);
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = _view(_list[offset + i]);
        }
    }

    function _take(address account, uint256 amount, address beneficiary, uint256 shareBps)
        private
        returns (uint256 taken)
    {
        Provider storage slashed = _providers[account];
        taken = Math.min(amount, slashed.stake);
        uint128 left = uint128(slashed.stake - taken);
        slashed.stake = left;
        uint256 reward = (taken * shareBps) / 10_000;
        emit StakeSlashed(account, beneficiary, taken - reward, reward, left);
        VAULT.burn(Bucket.Stakes, taken - reward);
        VAULT.release(Bucket.Stakes, beneficiary, reward);
    }

    function _view(address account) private view returns (ProviderView memory) {
        Provider storage found = _providers[account];
        return ProviderView({
            provider: found.registered ? account : address(0),
            profile: found.profile,
            ask: found.ask,
            stake: found.stake,
            offerEpoch: found.offerEpoch,
            suspended: SPACETIME.lane(account).suspended
        });
    }

    /// @dev What must stay: an empty bag holds nobody's bytes and binds nothing, but a provider that was asked for bytes
    /// cannot leave before it answers. Requests need active replicas, so nobody can hold back who has left.
    function _neededStake(address account) private view returns (uint256 needed) {
        if (SPACETIME.weightOf(account) != 0) needed = Math.max(SPACETIME.requiredStake(account), MINIMUM_STAKE);
        needed += RETRIEVAL.exposureOf(account);
    }
}
