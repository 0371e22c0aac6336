// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {SpacetimeProofs} from "../SpacetimeProofs.sol";
import {AddResult} from "../types/Spacetime.sol";

/// @title A market that fills bags by the hundred, where deals are not the subject
contract MarketMock {
    error NotAdded(bytes32 root, AddResult result);

    function addMany(SpacetimeProofs spacetime, address provider, uint8 m, bytes32[] calldata roots) external {
        uint256 stake = spacetime.REGISTRY().stakeOf(provider);
        for (uint256 i; i < roots.length; ++i) {
            (AddResult result,) = spacetime.add(provider, m, roots[i], keccak256(abi.encode(roots[i])), stake);
            require(result == AddResult.Added, NotAdded(roots[i], result));
        }
    }
}
