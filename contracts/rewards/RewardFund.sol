// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {IRewardFund} from "../interfaces/IRewardFund.sol";
import {IVault} from "../interfaces/IVault.sol";
import {Bucket} from "../types/Bucket.sol";

/// @title A fund in the vault's pools, and how a reward reaches a provider
abstract contract RewardFund is IRewardFund {
    IVault public immutable VAULT;
    IProviderRegistry public immutable REGISTRY;

    constructor(IVault vault, IProviderRegistry registry) {
        (VAULT, REGISTRY) = (vault, registry);
    }

    /// @inheritdoc IRewardFund
    function fund(uint256 amount) external {
        require(amount != 0, RewardNothingFunded());
        emit PoolFunded(msg.sender, amount);
        VAULT.lock(Bucket.Pools, msg.sender, amount);
    }

    /// @inheritdoc IRewardFund
    function available() public view returns (uint256) {
        return VAULT.held(address(this), Bucket.Pools);
    }

    /// @dev Claims that the fund cannot pay wait for it, whole. A provider that has left owes no stake.
    function _reward(address provider, uint256 amount) internal {
        uint256 most = available();
        require(amount <= most, RewardPoolTooSmall(amount, most));
        VAULT.release(Bucket.Pools, provider, amount);
        uint256 missing = Math.min(REGISTRY.missingStakeOf(provider), amount);
        if (missing != 0) REGISTRY.stakeEarned(provider, missing);
    }
}
