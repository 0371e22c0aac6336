// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev What a deployment fixes for good.
struct RetrievalParameters {
    /// Blocks that a provider has for its answer.
    uint40 answerBlocks;
    /// Base units of the token that a unit of gas is worth at the highest gas price that an answer should cost nothing at.
    uint128 unitsPerGas;
    /// Base units of stake that silence costs.
    uint128 penalty;
}

/// @dev One storage word per replica.
struct RetrievalRequest {
    /// Zero while nobody asks.
    address requester;
    /// Last block for the answer.
    uint40 answerBy;
    uint32 group;
}
