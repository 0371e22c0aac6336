// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev A proof with the public inputs it is for, as `ISpacetimeVerifier.verifySpacetime` takes them one by one.
struct SpacetimeClaim {
    uint256[8] proof;
    uint256 c;
    uint256 v;
    uint256 r;
}
