// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ISpacetimeProofs} from "../interfaces/ISpacetimeProofs.sol";

/// @title What a lane calls of the registry, over stakes that a test sets
contract RegistryMock {
    uint256 public constant MINIMUM_STAKE = 0;

    mapping(address provider => uint256) public stakeOf;

    event Slashed(address indexed provider, uint256 asked, uint256 taken, address caller);

    /// @dev Everybody is registered and has revoked nothing.
    function standingOf(address provider) external view returns (bool registered, uint64 offerEpoch, uint256 stake) {
        return (true, 0, stakeOf[provider]);
    }

    function isRegistered(address provider) external view returns (bool) {
        return stakeOf[provider] != 0;
    }

    function setStake(address provider, uint256 amount) external {
        stakeOf[provider] = amount;
    }

    function raise(ISpacetimeProofs spacetime, address provider, uint256 amount) external {
        stakeOf[provider] += amount;
        spacetime.stakeRaised(provider);
    }

    function slash(address provider, uint256 amount, address caller) external returns (uint256 taken) {
        taken = amount < stakeOf[provider] ? amount : stakeOf[provider];
        stakeOf[provider] -= taken;
        emit Slashed(provider, amount, taken, caller);
    }
}
