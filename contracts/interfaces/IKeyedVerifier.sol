// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {VerifyingKey} from "../types/VerifyingKey.sol";
import {ISpacetimeVerifier} from "./ISpacetimeVerifier.sol";

/// @title A spacetime verifier that shows the key it verifies with
interface IKeyedVerifier is ISpacetimeVerifier {
    /// @notice Reverts where the verifier itself would: a development key off the local chains.
    function verifyingKey() external view returns (VerifyingKey memory);
}
