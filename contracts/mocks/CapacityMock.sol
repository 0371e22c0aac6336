// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ICapacityProofs} from "../interfaces/ICapacityProofs.sol";

/// @dev A source of capacity proofs that says what a test tells it to.
contract CapacityMock is ICapacityProofs {
    mapping(address provider => mapping(uint40 window => uint256)) public provenCapacity;

    function prove(address provider, uint40 from, uint40 to, uint256 elements) external {
        for (uint40 window = from; window < to; ++window) {
            provenCapacity[provider][window] = elements;
        }
    }
}
