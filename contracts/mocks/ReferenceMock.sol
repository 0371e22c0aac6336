// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Bucket} from "../types/Bucket.sol";

/// @dev Proofs and a vault at once, as the reference price reads them; nobody has staked or stored anything until told.
contract ReferenceMock {
    uint256 public immutable PERIOD;
    uint256 public immutable BETA;
    uint256 public totalWeight;
    uint256 private _staked;

    constructor(uint256 period, uint256 beta) {
        (PERIOD, BETA) = (period, beta);
    }

    function set(uint256 weight, uint256 staked) external {
        (totalWeight, _staked) = (weight, staked);
    }

    function held(address, Bucket) external view returns (uint256) {
        return _staked;
    }
}
