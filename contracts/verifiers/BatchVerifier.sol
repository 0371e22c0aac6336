// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";
import {IKeyedVerifier} from "../interfaces/IKeyedVerifier.sol";
import {SpacetimeClaim} from "../types/SpacetimeClaim.sol";
import {VerifyingKey} from "../types/VerifyingKey.sol";

/// @title Batch verification by a random linear combination
/// @notice With F_i = e(A_i, B_i) e(alpha, beta)^-1 e(X_i, gamma)^-1 e(C_i, delta)^-1, claim i holds if F_i = 1. Checked is
/// the product of all F_i^(s_i), in which alpha, gamma and delta stand once:
///   prod e(s_i A_i, B_i) * e(-(sum s_i) alpha, beta) * e(-sum s_i X_i, gamma) * e(-sum s_i C_i, delta) = 1
/// All F_i lie in a group of prime order R. If one of them is not 1, then for any choice of the other weights at most one
/// value of its own makes the product 1. Weights are hashes, reduced modulo R, of everything that the product depends on:
/// so a list with a false claim passes with probability at most 6 / 2^256 < 2^-253 (the hash taken for a random function;
/// no residue has more than 6 preimages), and an attacker who tries q lists succeeds with at most q times that.
contract BatchVerifier is IBatchVerifier {
    error BatchIsEmpty();
    /// @dev The verifier shows a key with a point that the curve does not have.
    error BatchMalformedKey();

    /// @dev Orders of the scalar field and of the base field.
    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    /// @dev Words of a pair for the pairing precompile: a point of G1 and one of G2.
    uint256 private constant PAIR = 6;

    IKeyedVerifier public immutable VERIFIER;

    /// @dev Weighted sums over the claims, modulo R: of 1, c, v, r.
    struct Sums {
        uint256 one;
        uint256 c;
        uint256 v;
        uint256 r;
    }

    constructor(IKeyedVerifier verifier) {
        VERIFIER = verifier;
    }

    /// @inheritdoc IBatchVerifier
    function verifyBatch(SpacetimeClaim[] calldata claims) external view returns (bool ok) {
        uint256 count = claims.length;
        require(count != 0, BatchIsEmpty());
        VerifyingKey memory key = VERIFIER.verifyingKey();
        bytes32 seed = _seedOf(key, claims);

        uint256[] memory pairs = new uint256[](PAIR * (count + 3));
        uint256[2] memory sumOfC;
        Sums memory sums;
        for (uint256 i; i < count; ++i) {
            SpacetimeClaim calldata claim = claims[i];
            // ecMul takes any scalar: c and c + R would be one statement with two names.
            if (claim.c >= R || claim.v >= R || claim.r >= R) return false;
            uint256 weight = uint256(keccak256(abi.encode(seed, i))) % R;
            sums.one = addmod(sums.one, weight, R);
            sums.c = addmod(sums.c, mulmod(weight, claim.c, R), R);
            sums.v = addmod(sums.v, mulmod(weight, claim.v, R), R);
            sums.r = addmod(sums.r, mulmod(weight, claim.r, R), R);

            uint256[2] memory a = [claim.proof[0], claim.proof[1]];
            uint256[2] memory c = [claim.proof[6], claim.proof[7]];
            // The precompiles refuse coordinates outside the field and points off the curve; B's the pairing refuses.
            if (!_scale(a, weight) || !_scale(c, weight)) return false;
            _add(sumOfC, c);
            _setPair(pairs, i, a, [[claim.proof[2], claim.proof[3]], [claim.proof[4], claim.proof[5]]]);
        }
        _setKeyPairs(pairs, count, key, sums, sumOfC);
        assembly ("memory-safe") {
            ok := staticcall(gas(), 0x08, add(pairs, 0x20), mul(mload(pairs), 0x20), 0x00, 0x20)
            ok := and(ok, eq(mload(0x00), 1))
        }
    }

    /// @dev Whoever could change anything that the product depends on after the weights are known could cancel one wrong
    /// factor with another: so chain, contract, key, every proof and every input are in it, and the number of claims.
    function _seedOf(VerifyingKey memory key, SpacetimeClaim[] calldata claims) private view returns (bytes32) {
        return keccak256(
            abi.encode("holdfast/batch/v1", block.chainid, address(this), keccak256(abi.encode(key)), claims)
        );
    }

    /// @dev The three pairs that all claims share, behind theirs.
    function _setKeyPairs(
        uint256[] memory pairs,
        uint256 count,
        VerifyingKey memory key,
        Sums memory sums,
        uint256[2] memory sumOfC
    ) private view {
        uint256[2] memory x;
        _addMultiple(x, key.ic[0], sums.one);
        _addMultiple(x, key.ic[1], sums.c);
        _addMultiple(x, key.ic[2], sums.v);
        _addMultiple(x, key.ic[3], sums.r);
        require(_scale(key.alpha, sums.one), BatchMalformedKey());
        _setPair(pairs, count, _negated(key.alpha), key.beta);
        _setPair(pairs, count + 1, _negated(x), key.gamma);
        _setPair(pairs, count + 2, _negated(sumOfC), key.delta);
    }

    function _setPair(uint256[] memory pairs, uint256 index, uint256[2] memory g1, uint256[2][2] memory g2) private pure {
        uint256 first = PAIR * index;
        (pairs[first], pairs[first + 1]) = (g1[0], g1[1]);
        (pairs[first + 2], pairs[first + 3]) = (g2[0][0], g2[0][1]);
        (pairs[first + 4], pairs[first + 5]) = (g2[1][0], g2[1][1]);
    }

    /// @dev Only of what a precompile returned, whose y is below Q.
    function _negated(uint256[2] memory point) private pure returns (uint256[2] memory) {
        return [point[0], point[1] == 0 ? 0 : Q - point[1]];
    }

    function _addMultiple(uint256[2] memory sum, uint256[2] memory point, uint256 scalar) private view {
        uint256[2] memory product = [point[0], point[1]];
        require(_scale(product, scalar), BatchMalformedKey());
        _add(sum, product);
    }

    /// @dev point = scalar * point, in place.
    function _scale(uint256[2] memory point, uint256 scalar) private view returns (bool ok) {
        uint256[3] memory input = [point[0], point[1], scalar];
        assembly ("memory-safe") {
            ok := staticcall(gas(), 0x07, input, 0x60, point, 0x40)
        }
    }

    /// @dev sum = sum + point, in place. Both come from a precompile: only a call without gas can fail.
    function _add(uint256[2] memory sum, uint256[2] memory point) private view {
        uint256[4] memory input = [sum[0], sum[1], point[0], point[1]];
        assembly ("memory-safe") {
            if iszero(staticcall(gas(), 0x06, input, 0x80, sum, 0x40)) { revert(0, 0) }
        }
    }
}
