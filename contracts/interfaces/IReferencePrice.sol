// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title A price per GiB and period that follows how much of the providers' stake is in use
/// @notice A signal: the order book falls back on it where a client names no price, and nobody is obliged by it. It reads stake
/// and the weight that stake is required for, never declared capacity, which costs nothing to declare.
interface IReferencePrice {
    error ReferenceStart(uint256 mostTick, uint256 found);
    error ReferenceLeastPrice();

    /// @param tick Where the price stands after the periods that have passed.
    /// @param utilisation In 1/10,000; moves the price from now on.
    event ReferencePoked(uint256 period, uint256 tick, uint256 utilisation);

    /// @notice ANYONE: moves the price by the periods since the last call, at the utilisation recorded then, and records the
    /// utilisation of now.
    function poke() external;

    /// @notice Base units per GiB (2^30 bytes of padded elements) and window, as `poke` would leave it.
    function price() external view returns (uint256);

    /// @notice ANYONE: pokes, and returns half and twice the price of one window of 2^m elements, neither above `most`.
    function range(uint8 m, uint256 most) external returns (uint128 floor, uint128 cap);
}
