// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IRewardPool} from "./interfaces/IRewardPool.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IStorageMarket} from "./interfaces/IStorageMarket.sol";
import {IStrictDownload} from "./interfaces/IStrictDownload.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Replicas} from "./libraries/Replicas.sol";
import {Settlement} from "./libraries/Settlement.sol";
import {MarketState} from "./market/MarketState.sol";
import {RewardFund} from "./rewards/RewardFund.sol";
import {Filling, SlotState} from "./types/Deal.sol";
import {DownloadSession, DownloadStatus} from "./types/Download.sol";

/// @title Rewards
/// @dev The market burns its fee on the price of every window that it fills a slot for; a window is rewarded only once it is
/// settled and if its bit is set, with a share of that one window's fee. So a replica earns less than was burned for it even if
/// it proves them all, and a window that a cancel, a failure or a miss took from it earns nothing though its fee is gone.
/// This leans on two rules of the market: every window that a filling covers had its fee burned at the price in the filling, or above; and
/// no window of a lane is covered twice for one root, because fillings of a replica follow each other without overlap.
/// The pool trusts neither with its own money: windows are numbered as the lane numbers them, and no claim goes back.
contract RewardPool is RewardFund, IRewardPool {
    uint256 private constant WHOLE = 10_000;
    /// @dev Basis points. At the whole fee, dealing with oneself would be free.
    uint256 public constant MAX_REWARD_BPS = 9_000;

    IStorageMarket public immutable MARKET;
    ISpacetimeProofs public immutable SPACETIME;
    IStrictDownload public immutable DOWNLOADS;
    /// @inheritdoc IRewardPool
    uint256 public immutable REWARD_BPS;
    /// @dev Copied from MARKET, where it is immutable.
    uint256 private immutable FEE_BPS;

    /// @inheritdoc IRewardPool
    mapping(address provider => mapping(bytes32 root => uint40)) public rewardedTo; // slot 0
    /// @inheritdoc IRewardPool
    mapping(bytes32 id => bool) public isDownloadRewarded; // slot 1

    constructor(
        IVault vault,
        IStorageMarket market,
        ISpacetimeProofs spacetime,
        IStrictDownload downloads,
        uint256 rewardBps
    ) RewardFund(vault, MarketState(address(market)).REGISTRY()) {
        require(rewardBps <= MAX_REWARD_BPS, RewardShareAboveMost(MAX_REWARD_BPS, rewardBps));
        (MARKET, SPACETIME, DOWNLOADS) = (market, spacetime, downloads);
        REWARD_BPS = rewardBps;
        FEE_BPS = MarketState(address(market)).PROTOCOL_FEE_BPS();
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IRewardPool
    function claimStorage(Filling calldata filling, uint256 maxWindows) external {
        SlotState memory state = Replicas.requireKnown(MARKET, filling);
        (address provider, bytes32 root) = (filling.offer.provider, filling.offer.root);
        uint256 from = filling.firstWindow;
        uint256 end = from + state.settled;
        uint256 reached = rewardedTo[provider][root];
        if (reached > from) from = reached;
        uint256 due = from < end ? end - from : 0;
        if (due > maxWindows) due = maxWindows;
        require(due != 0, RewardNothingDue(from, end));
        uint256 word = SPACETIME.provenWord(provider, from >> 8);
        (, uint256 missed) = Settlement.tally(SPACETIME, provider, from, due, due, word);
        uint256 proven = due - missed;

        rewardedTo[provider][root] = uint40(from + due);
        uint256 amount = proven * rewardPerWindow(filling.offer.price);
        emit StorageRewarded(provider, root, uint40(from), uint40(from + due), proven, amount);
        _reward(provider, amount);
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
        _reward(session.seller, amount);
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IRewardPool
    function rewardPerWindow(uint256 price) public view returns (uint256) {
        return price * FEE_BPS * REWARD_BPS / (WHOLE * WHOLE);
    }
}
