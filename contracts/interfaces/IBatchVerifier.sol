// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {SpacetimeClaim} from "../types/SpacetimeClaim.sol";

/// @title Many Groth16 proofs under one key for little more than one pairing each
interface IBatchVerifier {
    /// @notice Whether every claim holds; one that does not spoils the answer for all. Reverts for an empty list, of which
    /// nothing can be said. Costs N + 3 pairings where N single calls cost 4 N.
    /// @dev A list with a false claim passes with probability at most 2^-253 per list that somebody tries: see the contract.
    function verifyBatch(SpacetimeClaim[] calldata claims) external view returns (bool);
}
