// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Filling, Offer} from "../types/Deal.sol";
import {RetrievalRequest} from "../types/Retrieval.sol";

/// @title Forced retrieval: one group of a replica, on chain, or stake burns
/// @notice For bytes that a provider proves and does not hand out. An honest provider loses nothing by any number of requests:
/// each answer earns the bond, which is more than its gas. Silence costs stake, part of which is the requester's.
/// Only the replica's own client can make an answer fail, by asking for another group just before; that costs it a bond.
/// Warning: a request outlives its slot. Who holds bytes keeps them until the request is answered or over.
interface IForcedRetrieval {
    error RetrievalAnswerBlocks(uint256 most, uint256 found);
    /// @dev The requester's share of the penalty must exceed the bond, or asking costs more gas than silence pays.
    error RetrievalPenaltyTooSmall(uint256 least, uint256 found);
    /// @dev Every provider with a replica had the minimum stake, and strangers may put an eighth of it at risk.
    error RetrievalPenaltyAboveStake(uint256 most, uint256 found);
    error RetrievalGroupOutside(uint256 groups, uint256 found);
    /// @dev All windows that the replica is paid for are closed.
    error RetrievalReplicaOver(uint256 end, uint256 closed);
    error RetrievalAlreadyRequested(uint40 answerBy);
    /// @dev More would put more than an eighth of the provider's stake at risk; the replica's own client may ask still.
    error RetrievalTooManyOpen(uint256 most, uint256 found);
    error RetrievalNotRequested(bytes32 replica);
    error RetrievalTooLate(uint256 answerBy, uint256 blockNumber);
    error RetrievalTooEarly(uint256 answerBy, uint256 blockNumber);
    error RetrievalWrongLength(uint256 expected, uint256 found);
    error RetrievalWrongGroup(bytes32 expectedDataRoot, bytes32 found);

    /// @param replica `idOf` its offer.
    event GroupRequested(
        bytes32 indexed replica, address indexed provider, address indexed requester, uint32 group, uint40 answerBy
    );
    /// @dev The replica's client asked, and goes first; the bond went back.
    event RequestDisplaced(bytes32 indexed replica, address indexed requester);
    /// @dev The bytes are in the log because there they cost nothing: calldata has a floor price (EIP-7623) above it.
    event GroupAnswered(bytes32 indexed replica, address indexed provider, uint32 group, bytes data);
    event GroupWithheld(
        bytes32 indexed replica, address indexed provider, address indexed requester, uint32 group, uint256 taken
    );

    /// @notice ANYONE: asks for a group of an active replica; locks the bond from the caller's vault account. One request
    /// per replica at a time, and of strangers only so many per provider that an eighth of its stake answers for all that are open;
    /// the replica's client takes the place of anybody else's, whose bond returns.
    function request(Filling calldata filling, uint32 group) external;

    /// @notice PROVIDER, or anyone with the bytes: answers until the request's last block. The bond goes to the provider, whoever
    /// sends, so that copying an answer out of the queue earns nothing.
    function answer(Offer calldata replica, bytes calldata data, bytes32[] calldata path) external;

    /// @notice ANYONE: after the last block without an answer, returns the bond and slashes the provider: by the penalty, as long as
    /// all that was taken for answer times that ended in the same stretch of ANSWER_BLOCKS stays within an eighth of its stake.
    function expire(Offer calldata replica) external;

    /// @notice A replica's name here: a hash of provider, root, dataRoot and number of groups, which no change of its deal touches.
    function idOf(Offer calldata replica) external pure returns (bytes32);

    /// @param replica `idOf` its offer.
    function requestOf(bytes32 replica) external view returns (RetrievalRequest memory);
    /// @notice Stake that open requests may cost a provider; it cannot be unstaked meanwhile.
    function exposureOf(address provider) external view returns (uint256);
    /// @notice Base units that a request locks: gas of the dearest answer x UNITS_PER_GAS, and a margin.
    function BOND() external view returns (uint256);
    /// @notice Base units of stake that a silence costs, unless others of its time cost an eighth of the stake already.
    function PENALTY() external view returns (uint256);
    function ANSWER_BLOCKS() external view returns (uint256);
}
