// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {VerifyingKey} from "../types/VerifyingKey.sol";
import {Groth16Verifier} from "./Groth16Verifier.sol";

/// @title Verifier for keys that one machine made up
/// @notice Whoever made a development key can forge proofs with it, so this works only on chains that nobody's money is on.
contract DevelopmentVerifier is Groth16Verifier {
    error VerifierNotALocalChain(uint256 chainId);

    uint256 private constant HARDHAT = 31_337;
    uint256 private constant GANACHE = 1337;

    constructor(VerifyingKey memory key, uint256 challenges, uint256 levels) Groth16Verifier(key, challenges, levels) {
        _requireLocalChain();
    }

    /// @inheritdoc Groth16Verifier
    function verifySpacetime(uint256[8] calldata proof, uint256 c, uint256 v, uint256 r)
        public
        view
        override
        returns (bool)
    {
        // Again at every call: a fork of a local chain may carry its state to another id.
        _requireLocalChain();
        return super.verifySpacetime(proof, c, v, r);
    }

    /// @inheritdoc Groth16Verifier
    function verifyingKey() public view override returns (VerifyingKey memory) {
        _requireLocalChain();
        return super.verifyingKey();
    }

    function _requireLocalChain() private view {
        require(block.chainid == HARDHAT || block.chainid == GANACHE, VerifierNotALocalChain(block.chainid));
    }
}
