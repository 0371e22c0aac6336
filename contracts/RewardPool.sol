// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IRewardPool} from "./interfaces/IRewardPool.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IStorageMarket} from "./interfaces/IStorageMarket.sol";
import {IStrictDownload} from "./interfaces/IStrictDownload.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Deals} from "./libraries/Deals.sol";
import {Replicas} from "./libraries/Replicas.sol";
import {Settlement} from "./libraries/Settlement.sol";
import {MarketState} from "./market/MarketState.sol";
import {Bucket} from "./types/Bucket.sol";
import {Filling, Offer, SlotState} from "./types/Deal.sol";
import {DownloadSession, DownloadStatus} from "./types/Download.sol";

/// @title Rewards
/// @dev The market burns its fee on the price of every window that it fills a slot for; a window is rewarded only once it is
/// settled and if its bit is set, with a share of that one window's fee. So a replica earns less than was burned for it even if
/// it proves them all, and a window that a cancel, a failure or a miss took from it earns nothing though its fee is gone.
/// This leans on two rules of the market: every window between a slot's `settled` and its `end` had its fee burned at the price
/// of the offer behind the slot, and that price never rises over windows that were filled at a lower one.
contract RewardPool is IRewardPool {
    uint256 private constant WHOLE = 10_000;
    /// @dev Basis points. At the whole fee, dealing with oneself would be free.
    uint256 public constant MAX_REWARD_BPS = 9_000;

    IVault public immutable VAULT;
    IStorageMarket public immutable MARKET;
    ISpacetimeProofs public immutable SPACETIME;
    IStrictDownload public immutable DOWNLOADS;
    /// @inheritdoc IRewardPool
    uint256 public immutable REWARD_BPS;
    /// @dev Copied from MARKET, where it is immutable.
    uint256 private immutable FEE_BPS;

    /// @inheritdoc IRewardPool
    mapping(bytes32 replicaId => uint16) public rewardedOf; // slot 0
    /// @inheritdoc IRewardPool
    mapping(bytes32 id => bool) public isDownloadRewarded; // slot 1

    constructor(
        IVault vault,
        IStorageMarket market,
        ISpacetimeProofs spacetime,
        IStrictDownload downloads,
        uint256 rewardBps
    ) {
        require(rewardBps <= MAX_REWARD_BPS, RewardShareAboveMost(MAX_REWARD_BPS, rewardBps));
        (VAULT, MARKET, SPACETIME, DOWNLOADS) = (vault, market, spacetime, downloads);
        REWARD_BPS = rewardBps;
        FEE_BPS = MarketState(address(market)).PROTOCOL_FEE_BPS();
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IRewardPool
    function fund(uint256 amount) external {
        require(amount != 0, RewardNothingFunded());
        emit PoolFunded(msg.sender, amount);
        VAULT.lock(Bucket.Pools, msg.sender, amount);
    }

    /// @inheritdoc IRewardPool
    function claimStorage(Filling calldata filling, uint256 maxWindows) external {
        SlotState memory state = Replicas.requireKnown(MARKET, filling);
        Offer calldata replica = filling.offer;
        // Not the offer's hash: a replica that gets a new offer in its slot is the same windows still.
        bytes32 id = Deals.replicaIdOf(replica.dealKey, replica.slot, replica.generation);
        uint256 rewarded = rewardedOf[id];
        uint256 due = state.settled - rewarded;
        if (due > maxWindows) due = maxWindows;
        require(due != 0, RewardNothingDue(rewarded, state.settled));
        uint256 first = filling.firstWindow + rewarded;
        uint256 word = SPACETIME.provenWord(replica.provider, first >> 8);
        (, uint256 missed) = Settlement.tally(SPACETIME, replica.provider, first, due, due, word);
        uint256 proven = due - missed;

        rewardedOf[id] = uint16(rewarded + due);
        uint256 amount = proven * rewardPerWindow(replica.price);
        emit StorageRewarded(id, replica.provider, uint16(rewarded + due), proven, amount);
        _pay(replica.provider, amount);
    }

    /// @inheritdoc IRewardPool
    function claimDownload(DownloadSession calldata session) external {
        bytes32 id = DOWNLOADS.hashSession(session);
        DownloadStatus status = DOWNLOADS.statusOf(id);
        require(status == DownloadStatus.Paid, RewardDownloadNotPaid(DownloadStatus.Paid, status));
        require(!isDownloadRewarded[id], RewardAlreadyPaid(id));
        isDownloadRewarded[id] = true;
        uint256 amount = DOWNLOADS.feeOf(session.price) * REWARD_BPS / WHOLE;
        emit DownloadRewarded(id, session.seller, amount);
        _pay(session.seller, amount);
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IRewardPool
    function available() public view returns (uint256) {
        return VAULT.held(address(this), Bucket.Pools);
    }

    /// @inheritdoc IRewardPool
    function rewardPerWindow(uint256 price) public view returns (uint256) {
        return price * FEE_BPS * REWARD_BPS / (WHOLE * WHOLE);
    }

    // ---------------------------------------------------------------- inner

    /// @dev Claims that the fund cannot pay wait for it, whole.
    function _pay(address account, uint256 amount) private {
        uint256 most = available();
        require(amount <= most, RewardPoolTooSmall(amount, most));
        VAULT.release(Bucket.Pools, account, amount);
    }
}
