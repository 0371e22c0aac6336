// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IForcedRetrieval} from "./interfaces/IForcedRetrieval.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IStorageMarket} from "./interfaces/IStorageMarket.sol";
import {IVault} from "./interfaces/IVault.sol";
import {DataRoots} from "./libraries/DataRoots.sol";
import {Replicas} from "./libraries/Replicas.sol";
import {Bucket} from "./types/Bucket.sol";
import {Filling, Offer, SlotState} from "./types/Deal.sol";
import {RetrievalParameters, RetrievalRequest} from "./types/Retrieval.sol";

/// @title Forced retrieval
/// @dev One request per replica: its name is a hash of what stays the same while its deal is extended or topped up, so that no second
/// request is open under another offer, and which vouches for the dataRoot when an offer comes again. The penalty is stake, not collateral: the market's money stays the market's alone, and stake
/// outlives the slot.
contract ForcedRetrieval is IForcedRetrieval {
    /// @dev Gas of an answer whose bytes are all non-zero, with the longest path (2^18 groups), measured in
    /// test/contracts/forced-retrieval.test.ts: 40 a byte of calldata, which is above what the execution costs.
    uint256 public constant ANSWER_GAS = 700_000;
    /// @dev Basis points by which the bond exceeds the gas.
    uint256 public constant MARGIN_BPS = 2_500;
    /// @dev What one answer time's silence costs is at most this part of a provider's stake, whoever asked and however often: who
    /// asks for everything at once, more than a provider gets into a period's blocks, or while it is away, would take an honest
    /// one's whole stake. Anybody is a client by opening a deal for dust, so a client's requests cost no more than others'. Strangers
    /// may not ask for more at a time; a replica's client may, once per replica, and gets its bytes or its bond.
    uint256 public constant EXPOSED_PART = 8;
    uint256 private constant WHOLE = 10_000;
    /// @dev Far beyond any sensible wait, and far below what a block number of 40 bits can take.
    uint256 public constant MAX_ANSWER_BLOCKS = 2 ** 32;

    IVault public immutable VAULT;
    IStorageMarket public immutable MARKET;
    IProviderRegistry public immutable REGISTRY;
    ISpacetimeProofs public immutable SPACETIME;
    /// @inheritdoc IForcedRetrieval
    uint256 public immutable ANSWER_BLOCKS;
    uint256 public immutable UNITS_PER_GAS;
    /// @inheritdoc IForcedRetrieval
    uint256 public immutable BOND;
    /// @inheritdoc IForcedRetrieval
    uint256 public immutable PENALTY;

    mapping(bytes32 replica => RetrievalRequest) private _requests; // slot 0
    mapping(address provider => uint256) private _open; // slot 1
    /// @dev Stake that was taken for requests whose answer times ended in the same stretch of ANSWER_BLOCKS. By when they ended, not
    /// by when somebody expires them: one outage would be taken for in every stretch after it.
    mapping(address provider => mapping(uint256 stretch => uint256)) private _taken; // slot 2

    constructor(
        IVault vault,
        IStorageMarket market,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        RetrievalParameters memory parameters
    ) {
        uint256 answerBlocks = parameters.answerBlocks;
        require(
            answerBlocks != 0 && answerBlocks <= MAX_ANSWER_BLOCKS,
            RetrievalAnswerBlocks(MAX_ANSWER_BLOCKS, answerBlocks)
        );
        uint256 bond = ANSWER_GAS * parameters.unitsPerGas * (WHOLE + MARGIN_BPS) / WHOLE;
        uint256 least = bond * WHOLE / registry.WITHHELD_SHARE_BPS();
        require(parameters.penalty >= least, RetrievalPenaltyTooSmall(least, parameters.penalty));
        // Below it a stranger could not ask a provider with the least stake for anything.
        uint256 most = registry.MINIMUM_STAKE() / EXPOSED_PART;
        require(parameters.penalty <= most, RetrievalPenaltyAboveStake(most, parameters.penalty));
        (VAULT, MARKET, REGISTRY, SPACETIME) = (vault, market, registry, spacetime);
        (ANSWER_BLOCKS, UNITS_PER_GAS) = (answerBlocks, parameters.unitsPerGas);
        (BOND, PENALTY) = (bond, parameters.penalty);
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IForcedRetrieval
    function request(Filling calldata filling, uint32 group) external {
        SlotState memory state = Replicas.requireActive(MARKET, filling);
        Offer calldata replica = filling.offer;
        bytes32 id = _idOf(replica);
        require(group < replica.groups, RetrievalGroupOutside(replica.groups, group));
        // A slot stays active until somebody releases it, but nobody pays for its bytes after the last window.
        uint256 closed = SPACETIME.closedWindows(replica.provider);
        uint256 end = uint256(filling.firstWindow) + state.end;
        // A slot that was left before its first window is paid for by nobody, though that window is still to come.
        require(state.end != 0 && closed < end, RetrievalReplicaOver(end, closed));
        RetrievalRequest storage open = _requests[id];
        address displaced = open.requester;
        // A provider could keep asking itself, for groups that it likes to show, so that nobody else ever can. So the client
        // goes first; but neither past itself, nor past a silence that has its price already.
        require(
            displaced == address(0)
                || (msg.sender == replica.client && displaced != msg.sender && block.number <= open.answerBy),
            RetrievalAlreadyRequested(open.answerBy)
        );

        if (displaced == address(0)) _count(replica);
        uint40 answerBy = uint40(block.number + ANSWER_BLOCKS);
        _requests[id] = RetrievalRequest({requester: msg.sender, answerBy: answerBy, group: group});
        if (displaced != address(0)) emit RequestDisplaced(id, displaced);
        emit GroupRequested(id, replica.provider, msg.sender, group, answerBy);
        VAULT.lock(Bucket.Bonds, msg.sender, BOND);
        if (displaced != address(0)) VAULT.release(Bucket.Bonds, displaced, BOND);
    }

    /// @inheritdoc IForcedRetrieval
    function answer(Offer calldata replica, bytes calldata data, bytes32[] calldata path) external {
        (bytes32 id, RetrievalRequest memory open) = _requested(replica);
        require(block.number <= open.answerBy, RetrievalTooLate(open.answerBy, block.number));
        require(data.length == DataRoots.GROUP_BYTES, RetrievalWrongLength(DataRoots.GROUP_BYTES, data.length));
        bytes32 found = DataRoots.rootFrom(DataRoots.leafOf(data), open.group, replica.groups, path);
        require(found == replica.dataRoot, RetrievalWrongGroup(replica.dataRoot, found));

        _close(id, replica.provider);
        emit GroupAnswered(id, replica.provider, open.group, data);
        VAULT.release(Bucket.Bonds, replica.provider, BOND);
    }

    /// @inheritdoc IForcedRetrieval
    function expire(Offer calldata replica) external {
        (bytes32 id, RetrievalRequest memory open) = _requested(replica);
        require(block.number > open.answerBy, RetrievalTooEarly(open.answerBy, block.number));
        _close(id, replica.provider);
        uint256 taken = _penalise(replica.provider, open);
        emit GroupWithheld(id, replica.provider, open.requester, open.group, taken);
        VAULT.release(Bucket.Bonds, open.requester, BOND);
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IForcedRetrieval
    function idOf(Offer calldata replica) external pure returns (bytes32) {
        return _idOf(replica);
    }

    /// @inheritdoc IForcedRetrieval
    function requestOf(bytes32 replica) external view returns (RetrievalRequest memory) {
        return _requests[replica];
    }

    /// @inheritdoc IForcedRetrieval
    function exposureOf(address provider) external view returns (uint256) {
        return _open[provider] * PENALTY;
    }

    // ---------------------------------------------------------------- inner

    function _count(Offer calldata replica) private {
        uint256 open = _open[replica.provider] + 1;
        _open[replica.provider] = open;
        if (msg.sender == replica.client) return;
        uint256 most = REGISTRY.stakeOf(replica.provider) / (EXPOSED_PART * PENALTY);
        require(open <= most, RetrievalTooManyOpen(most, open));
    }

    /// @dev The first silence of a stretch costs a whole penalty, whatever stake is left.
    function _penalise(address provider, RetrievalRequest memory open) private returns (uint256 taken) {
        uint256 stretch = open.answerBy / ANSWER_BLOCKS;
        uint256 before = _taken[provider][stretch];
        uint256 most = Math.max((REGISTRY.stakeOf(provider) + before) / EXPOSED_PART, PENALTY);
        uint256 penalty = Math.min(PENALTY, Math.saturatingSub(most, before));
        if (penalty == 0) return 0;
        taken = REGISTRY.penalise(provider, penalty, open.requester);
        _taken[provider][stretch] = before + taken;
    }

    /// @dev What an answer and its judgement need is in it, so that nothing else of an offer has to be believed.
    function _idOf(Offer calldata replica) private pure returns (bytes32) {
        return keccak256(abi.encode(replica.provider, replica.root, replica.dataRoot, replica.groups));
    }

    /// @dev The offer is known to be the replica's: its name found a request, and a request was made for it when it was active.
    function _requested(Offer calldata replica) private view returns (bytes32 id, RetrievalRequest memory open) {
        id = _idOf(replica);
        open = _requests[id];
        require(open.requester != address(0), RetrievalNotRequested(id));
    }

    function _close(bytes32 id, address provider) private {
        delete _requests[id];
        --_open[provider];
    }
}
