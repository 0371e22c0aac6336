// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title Groth16 verifier of the spacetime circuit
interface ISpacetimeVerifier {
    /// @param proof a, b, c in precompile order (b with the imaginary coordinate first).
    /// @param c Digest of the challenge vector.
    /// @param v Horner value of the vector at r.
    /// @param r The point, derived from everything the proof must be bound to.
    function verifySpacetime(uint256[8] calldata proof, uint256 c, uint256 v, uint256 r) external view returns (bool);

    /// @notice keccak256 of the verifying key's ABI encoding: what `circuits.json` lists for production.
    function verifyingKeyHash() external view returns (bytes32);

    /// @notice K and D of the circuit that the key belongs to.
    function profile() external view returns (uint256 challenges, uint256 levels);
}
