// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IKeyedVerifier} from "../interfaces/IKeyedVerifier.sol";
import {ISpacetimeVerifier} from "../interfaces/ISpacetimeVerifier.sol";
import {VerifyingKey} from "../types/VerifyingKey.sol";

/// @title Groth16 over BN254 for three public inputs
/// @notice Accepts (A, B, C) if e(A, B) = e(alpha, beta) e(X, gamma) e(C, delta) with X = ic_0 + c ic_1 + v ic_2 + r ic_3
/// (Groth 2016, https://eprint.iacr.org/2016/260). The key is given at deployment and kept in the code, so that one
/// source is reviewed for every circuit. The precompiles (EIP-196, EIP-197) refuse coordinates that are not below the
/// base field's order, points off the curve and points outside the subgroup.
contract Groth16Verifier is IKeyedVerifier {
    /// @dev With gamma = delta anybody can forge proofs without a secret: A = alpha, B = beta, C = -X.
    error VerifierGammaEqualsDelta();
    error VerifierMalformedKey();

    /// @dev Order of the scalar field, to which public inputs belong.
    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// @dev Order of the base field, to which coordinates belong.
    uint256 private constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    uint256 private immutable ALPHA_X;
    uint256 private immutable ALPHA_Y;
    uint256 private immutable BETA_X_IM;
    uint256 private immutable BETA_X_RE;
    uint256 private immutable BETA_Y_IM;
    uint256 private immutable BETA_Y_RE;
    uint256 private immutable GAMMA_X_IM;
    uint256 private immutable GAMMA_X_RE;
    uint256 private immutable GAMMA_Y_IM;
    uint256 private immutable GAMMA_Y_RE;
    uint256 private immutable DELTA_X_IM;
    uint256 private immutable DELTA_X_RE;
    uint256 private immutable DELTA_Y_IM;
    uint256 private immutable DELTA_Y_RE;
    uint256 private immutable IC0_X;
    uint256 private immutable IC0_Y;
    uint256 private immutable IC1_X;
    uint256 private immutable IC1_Y;
    uint256 private immutable IC2_X;
    uint256 private immutable IC2_Y;
    uint256 private immutable IC3_X;
    uint256 private immutable IC3_Y;

    bytes32 private immutable KEY_HASH;
    uint256 private immutable CHALLENGES;
    uint256 private immutable LEVELS;

    /// @param challenges K of the circuit that the key belongs to.
    /// @param levels D of that circuit.
    constructor(VerifyingKey memory key, uint256 challenges, uint256 levels) {
        // By x alone: gamma = -delta lets anybody forge as well, with C = X.
        require(keccak256(abi.encode(key.gamma[0])) != keccak256(abi.encode(key.delta[0])), VerifierGammaEqualsDelta());
        // The precompile takes the point at infinity, under which a factor of the equation vanishes with what it binds.
        require(_isSomewhere(key.beta) && _isSomewhere(key.gamma) && _isSomewhere(key.delta), VerifierMalformedKey());
        require(_isWellFormed(key), VerifierMalformedKey());
        (ALPHA_X, ALPHA_Y) = (key.alpha[0], key.alpha[1]);
        (BETA_X_IM, BETA_X_RE, BETA_Y_IM, BETA_Y_RE) = (key.beta[0][0], key.beta[0][1], key.beta[1][0], key.beta[1][1]);
        (GAMMA_X_IM, GAMMA_X_RE) = (key.gamma[0][0], key.gamma[0][1]);
        (GAMMA_Y_IM, GAMMA_Y_RE) = (key.gamma[1][0], key.gamma[1][1]);
        (DELTA_X_IM, DELTA_X_RE) = (key.delta[0][0], key.delta[0][1]);
        (DELTA_Y_IM, DELTA_Y_RE) = (key.delta[1][0], key.delta[1][1]);
        (IC0_X, IC0_Y, IC1_X, IC1_Y) = (key.ic[0][0], key.ic[0][1], key.ic[1][0], key.ic[1][1]);
        (IC2_X, IC2_Y, IC3_X, IC3_Y) = (key.ic[2][0], key.ic[2][1], key.ic[3][0], key.ic[3][1]);
        KEY_HASH = keccak256(abi.encode(key));
        (CHALLENGES, LEVELS) = (challenges, levels);
    }

    /// @inheritdoc ISpacetimeVerifier
    function verifySpacetime(uint256[8] calldata proof, uint256 c, uint256 v, uint256 r)
        public
        view
        virtual
        returns (bool)
    {
        // ecMul takes any scalar: c and c + R would be one statement with two names. -A needs its own check, because
        // Q - y would make a coordinate that the precompile has to refuse into one that it takes.
        if (c >= R || v >= R || r >= R || proof[1] >= Q) return false;

        uint256[5] memory sum;
        (sum[0], sum[1]) = (IC0_X, IC0_Y);
        _addMultiple(sum, IC1_X, IC1_Y, c);
        _addMultiple(sum, IC2_X, IC2_Y, v);
        _addMultiple(sum, IC3_X, IC3_Y, r);

        uint256[24] memory pairs;
        (pairs[0], pairs[1]) = (proof[0], proof[1] == 0 ? 0 : Q - proof[1]);
        (pairs[2], pairs[3], pairs[4], pairs[5]) = (proof[2], proof[3], proof[4], proof[5]);
        (pairs[6], pairs[7]) = (ALPHA_X, ALPHA_Y);
        (pairs[8], pairs[9], pairs[10], pairs[11]) = (BETA_X_IM, BETA_X_RE, BETA_Y_IM, BETA_Y_RE);
        (pairs[12], pairs[13]) = (sum[0], sum[1]);
        (pairs[14], pairs[15], pairs[16], pairs[17]) = (GAMMA_X_IM, GAMMA_X_RE, GAMMA_Y_IM, GAMMA_Y_RE);
        (pairs[18], pairs[19]) = (proof[6], proof[7]);
        (pairs[20], pairs[21], pairs[22], pairs[23]) = (DELTA_X_IM, DELTA_X_RE, DELTA_Y_IM, DELTA_Y_RE);
        bool ok;
        assembly ("memory-safe") {
            ok := staticcall(gas(), 0x08, pairs, 0x300, 0x00, 0x20)
            ok := and(ok, eq(mload(0x00), 1))
        }
        return ok;
    }

    /// @inheritdoc IKeyedVerifier
    function verifyingKey() public view virtual returns (VerifyingKey memory key) {
        key.alpha = [ALPHA_X, ALPHA_Y];
        key.beta = [[BETA_X_IM, BETA_X_RE], [BETA_Y_IM, BETA_Y_RE]];
        key.gamma = [[GAMMA_X_IM, GAMMA_X_RE], [GAMMA_Y_IM, GAMMA_Y_RE]];
        key.delta = [[DELTA_X_IM, DELTA_X_RE], [DELTA_Y_IM, DELTA_Y_RE]];
        key.ic = [[IC0_X, IC0_Y], [IC1_X, IC1_Y], [IC2_X, IC2_Y], [IC3_X, IC3_Y]];
    }

    /// @inheritdoc ISpacetimeVerifier
    function verifyingKeyHash() external view returns (bytes32) {
        return KEY_HASH;
    }

    /// @inheritdoc ISpacetimeVerifier
    function profile() external view returns (uint256 challenges, uint256 levels) {
        return (CHALLENGES, LEVELS);
    }

    /// @dev Adds scalar * (x, y) to the point in sum[0 .. 1]; the other three words are room to work in. The points are the
    /// key's, which the constructor tried: only a call without gas can fail, and must not go on with half a sum.
    function _addMultiple(uint256[5] memory sum, uint256 x, uint256 y, uint256 scalar) private view {
        (sum[2], sum[3], sum[4]) = (x, y, scalar);
        assembly ("memory-safe") {
            let product := add(sum, 0x40)
            let ok := staticcall(gas(), 0x07, product, 0x60, product, 0x40)
            if iszero(and(ok, staticcall(gas(), 0x06, sum, 0x80, sum, 0x40))) { revert(0, 0) }
        }
    }

    /// @dev Whether the precompile takes every point of the key: a key in another order of coordinates would deploy and
    /// then refuse every proof.
    function _isSomewhere(uint256[2][2] memory point) private pure returns (bool) {
        return (point[0][0] | point[0][1] | point[1][0] | point[1][1]) != 0;
    }

    function _isWellFormed(VerifyingKey memory key) private view returns (bool ok) {
        bytes memory pairs = abi.encodePacked(
            abi.encode(key.alpha, key.beta, key.ic[0], key.gamma, key.ic[1], key.delta),
            abi.encode(key.ic[2], key.gamma, key.ic[3], key.gamma)
        );
        assembly ("memory-safe") {
            ok := staticcall(gas(), 0x08, add(pairs, 0x20), mload(pairs), 0x00, 0x20)
        }
    }
}
