// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {LaneView} from "../types/Spacetime.sol";

/// @dev Of the proofs only what the registry asks, with answers that a test chooses; any raised stake lifts a suspension.
contract SpacetimeMock {
    mapping(address provider => bool) public isAccounted;
    mapping(address provider => uint256) public requiredStake;
    mapping(address provider => uint256) public weightOf;
    mapping(address provider => bool) private _suspended;
    mapping(address provider => uint256) public raisedTo;
    mapping(address provider => uint40) public closedWindows;

    function close(address provider, uint40 windows) external {
        closedWindows[provider] = windows;
    }

    function set(address provider, bool accounted, uint256 required, uint256 weight, bool suspended) external {
        isAccounted[provider] = accounted;
        requiredStake[provider] = required;
        weightOf[provider] = weight;
        _suspended[provider] = suspended;
    }

    function lane(address provider) external view returns (LaneView memory view_) {
        view_.suspended = _suspended[provider];
    }

    function stakeRaised(address provider) external {
        raisedTo[provider] = IProviderRegistry(msg.sender).stakeOf(provider);
        _suspended[provider] = false;
    }

    function slash(IProviderRegistry registry, address provider, uint256 amount, address caller)
        external
        returns (uint256)
    {
        return registry.slash(provider, amount, caller);
    }
}
