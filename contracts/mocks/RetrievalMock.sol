// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";

/// @dev Of forced retrieval only what the registry asks and is asked, with answers that a test chooses.
contract RetrievalMock {
    mapping(address provider => uint256) public exposureOf;

    function expose(address provider, uint256 amount) external {
        exposureOf[provider] = amount;
    }

    function penalise(IProviderRegistry registry, address provider, uint256 amount, address requester)
        external
        returns (uint256)
    {
        return registry.penalise(provider, amount, requester);
    }
}
