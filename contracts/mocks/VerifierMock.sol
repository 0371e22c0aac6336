// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ISpacetimeVerifier} from "../interfaces/ISpacetimeVerifier.sol";

/// @title A verifier for tests that are not about proofs: proof[0] says whether it is good
contract VerifierMock is ISpacetimeVerifier {
    uint256 private immutable CHALLENGES;
    uint256 private immutable LEVELS;

    constructor(uint256 challenges, uint256 levels) {
        (CHALLENGES, LEVELS) = (challenges, levels);
    }

    /// @inheritdoc ISpacetimeVerifier
    function verifySpacetime(uint256[8] calldata proof, uint256, uint256, uint256) external pure returns (bool) {
        return proof[0] == 1;
    }

    /// @inheritdoc ISpacetimeVerifier
    function verifyingKeyHash() external pure returns (bytes32) {
        return 0;
    }

    /// @inheritdoc ISpacetimeVerifier
    function profile() external view returns (uint256 challenges, uint256 levels) {
        return (CHALLENGES, LEVELS);
    }
}
