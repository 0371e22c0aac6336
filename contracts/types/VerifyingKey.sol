// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev A Groth16 verifying key over BN254 for three public inputs. Points are in the order of the EVM's precompiles
/// (EIP-197): x, y; coordinates over Fq2 have their imaginary part first.
struct VerifyingKey {
    uint256[2] alpha;
    uint256[2][2] beta;
    uint256[2][2] gamma;
    uint256[2][2] delta;
    /// One for the constant 1, then one a public input: c, v, r.
    uint256[2][4] ic;
}
