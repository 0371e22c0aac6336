// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Bucket} from "../types/Bucket.sol";

/// @dev Proofs and a vault at once, as the reference price reads them where nobody has staked or stored anything.
contract ReferenceMock {
    uint256 public immutable PERIOD;
    uint256 public immutable BETA;
    uint256 public constant totalWeight = 0;

    constructor(uint256 period, uint256 beta) {
        (PERIOD, BETA) = (period, beta);
    }

    function held(address, Bucket) external pure returns (uint256) {
        return 0;
    }
}
