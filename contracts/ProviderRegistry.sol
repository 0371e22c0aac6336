// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IForcedRetrieval} from "./interfaces/IForcedRetrieval.sol";
import {IOperatorLinks} from "./interfaces/IOperatorLinks.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Profiles} from "./libraries/Profiles.sol";
import {OperatorLinks} from "./registry/OperatorLinks.sol";
import {Bucket} from "./types/Bucket.sol";
import {Ask, Profile, ProviderView, RegistryParameters} from "./types/Provider.sol";

error RegistryUnbondingDelay(uint256 most, uint256 found);
error RegistryAlreadyRegistered(address provider);
error RegistryNotRegistered(address provider);
error RegistryNotSpacetime(address expected, address found);
error RegistryNotRetrieval(address expected, address found);
error RegistryNotModule(address caller);
error RegistryZeroAmount();
error RegistryUnstakeAboveStake(uint256 stake, uint256 requested);
error RegistryNothingRequested(address provider);
error RegistryUnstakeTooEarly(uint40 availableAt, uint256 blockNumber);
error RegistryUnstakeLapsed(uint256 lastBlock, uint256 blockNumber);
error RegistryLaneBehind(address provider);
error RegistryStakeNeeded(uint256 needed, uint256 stake);
error RegistryBagNotEmpty(uint256 weight);
error RegistryStakeLeft(uint256 stake);
error RegistryRetrievalOpen(uint256 exposure);

/// @title Providers: who they are, where they answer, what they ask, what they stake
contract ProviderRegistry is OperatorLinks, IProviderRegistry {
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
        /// Of the stake: earned before the minimum was reached, and locked until it is.
        uint128 earned;
        // slot 2
        uint40 place;
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

    // slot 0: OperatorLinks
    mapping(address account => Provider) private _providers; // slot 1
    address[] private _list; // slot 2

    /// @param spacetime and `retrieval` may be addresses that get their code later; they alone may take stake.
    constructor(
        IVault vault,
        ISpacetimeProofs spacetime,
        IForcedRetrieval retrieval,
        RegistryParameters memory parameters
    ) {
        uint256 delay = parameters.unbondingDelay;
        require(delay != 0 && delay <= MAX_UNBONDING_DELAY, RegistryUnbondingDelay(MAX_UNBONDING_DELAY, delay));
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
        self.place = uint40(_list.length);
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

    /// @inheritdoc IOperatorLinks
    function declareOperator(address operator) external onlyRegistered {
        _declare(msg.sender, operator);
    }

    /// @inheritdoc IProviderRegistry
    /// @dev The list's last entry takes the place, so that leaving costs the same however many there are. The epoch goes on: an
    /// offer of the old life must not bind the new one.
    function deregister() external onlyRegistered {
        Provider storage self = _providers[msg.sender];
        uint256 weight = SPACETIME.weightOf(msg.sender);
        require(weight == 0, RegistryBagNotEmpty(weight));
        require(self.stake == 0, RegistryStakeLeft(self.stake));
        uint256 exposure = RETRIEVAL.exposureOf(msg.sender);
        require(exposure == 0, RegistryRetrievalOpen(exposure));

        (uint64 epoch, uint40 place) = (self.offerEpoch + 1, self.place);
        delete _providers[msg.sender];
        self.offerEpoch = epoch;
        address last = _list[_list.length - 1];
        _list.pop();
        if (last != msg.sender) {
            _list[place] = last;
            _providers[last].place = place;
        }
        emit ProviderLeft(msg.sender, epoch);
        _unlink(msg.sender);
    }

    /// @inheritdoc IProviderRegistry
    /// @dev Open to accounts that register later: stake and profile come in either order.
    function stake(uint256 amount) external {
        require(amount != 0, RegistryZeroAmount());
        uint256 raised = _raise(msg.sender, amount);
        emit Staked(msg.sender, amount, raised);
        _lockRaised(msg.sender, amount);
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
    /// @dev A request is used up at once, and lapses: kept in part or for later, it would be ripe for ever, and who always has one
    /// ripe leaves without any delay once it knows that it will be slashed.
    function withdrawStake() external returns (uint256 amount) {
        Provider storage self = _providers[msg.sender];
        require(self.unstakeRequested != 0, RegistryNothingRequested(msg.sender));
        uint40 availableAt = self.unstakeAvailableAt;
        require(block.number >= availableAt, RegistryUnstakeTooEarly(availableAt, block.number));
        uint256 lastBlock = availableAt + UNBONDING_DELAY;
        require(block.number <= lastBlock, RegistryUnstakeLapsed(lastBlock, block.number));
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

    // ---------------------------------------------------------------- REWARDS

    /// @inheritdoc IProviderRegistry
    /// @dev For modules alone: a stranger's gift would hold who wants to leave.
    function stakeEarned(address provider_, uint256 amount) external {
        require(VAULT.isModule(msg.sender), RegistryNotModule(msg.sender));
        uint256 raised = _raise(provider_, amount);
        if (raised < MINIMUM_STAKE) _providers[provider_].earned += amount.toUint128();
        emit StakeEarned(provider_, amount, raised);
        _lockRaised(provider_, amount);
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
    function earnedOf(address account) public view returns (uint256) {
        return Math.min(_providers[account].earned, _providers[account].stake);
    }

    /// @inheritdoc IProviderRegistry
    function missingStakeOf(address account) external view returns (uint256) {
        Provider storage found = _providers[account];
        return found.registered && found.stake < MINIMUM_STAKE ? MINIMUM_STAKE - found.stake : 0;
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

    function _raise(address account, uint256 amount) private returns (uint128 raised) {
        Provider storage self = _providers[account];
        uint128 held = self.stake;
        raised = held + amount.toUint128();
        self.stake = raised;
        uint128 earned = self.earned;
        // What was slashed of it meanwhile must not bind what is brought now.
        if (earned != 0) self.earned = raised >= MINIMUM_STAKE ? 0 : uint128(Math.min(earned, held));
    }

    function _lockRaised(address account, uint256 amount) private {
        VAULT.lock(Bucket.Stakes, account, amount);
        SPACETIME.stakeRaised(account);
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
            suspended: SPACETIME.lane(account).suspended,
            operator: operatorOf(account)
        });
    }

    /// @dev What must stay: an empty bag holds nobody's bytes and binds nothing, but a provider that was asked for bytes
    /// cannot leave before it answers. Requests need active replicas, so nobody can hold back who has left.
    function _neededStake(address account) private view returns (uint256 needed) {
        if (SPACETIME.weightOf(account) != 0) needed = Math.max(SPACETIME.requiredStake(account), MINIMUM_STAKE);
        needed = Math.max(needed + RETRIEVAL.exposureOf(account), earnedOf(account));
    }
}
