// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev What a deployment fixes for good.
struct ReferenceParameters {
    /// Base units per GiB and period below which the price never falls; above zero, or it could never rise again.
    uint128 leastPrice;
    /// Where the price begins: leastPrice x (1 + 1/1024)^startTick.
    uint16 startTick;
}
