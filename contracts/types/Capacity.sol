// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev What a programme fixes for good.
struct CapacityParameters {
    /// Base units per element and window, times 2^64.
    uint128 rate;
    /// Base units that one provider earns in one window at most.
    uint128 mostPerWindow;
    /// Base units that all providers together earn for one period at most.
    uint128 mostPerPeriod;
    /// First window that is rewarded: what came before was nobody's promise.
    uint40 firstWindow;
}

/// @dev A sector that goes when a replica comes.
struct Yield {
    bytes32 id;
    bytes32 replica;
}

struct SectorView {
    bytes32 id;
    bytes32 root;
    uint8 m;
    /// Whether it is in the provider's bag still.
    bool active;
}
