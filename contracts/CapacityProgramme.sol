// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICapacityProgramme} from "./interfaces/ICapacityProgramme.sol";
import {ICapacityProofs} from "./interfaces/ICapacityProofs.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IVault} from "./interfaces/IVault.sol";
import {RewardFund} from "./rewards/RewardFund.sol";
import {CapacityParameters} from "./types/Capacity.sol";

/// @title The programme for proven empty capacity
/// @dev Every lane's window k opens in the k-th period since the genesis, so that its number names the period too.
contract CapacityProgramme is RewardFund, ICapacityProgramme {
    ISpacetimeProofs public immutable SPACETIME;
    ICapacityProofs public immutable PROOFS;
    uint256 public immutable RATE;
    uint256 public immutable MOST_PER_WINDOW;
    uint256 public immutable MOST_PER_PERIOD;
    uint40 public immutable FIRST_WINDOW;

    mapping(address provider => uint40) private _claimedTo; // slot 0
    /// @inheritdoc ICapacityProgramme
    mapping(uint256 window => uint256) public paidIn; // slot 1

    constructor(
        IVault vault,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        ICapacityProofs proofs,
        CapacityParameters memory parameters
    ) RewardFund(vault, registry) {
        (SPACETIME, PROOFS) = (spacetime, proofs);
        (RATE, MOST_PER_WINDOW) = (parameters.rate, parameters.mostPerWindow);
        (MOST_PER_PERIOD, FIRST_WINDOW) = (parameters.mostPerPeriod, parameters.firstWindow);
    }

    /// @inheritdoc ICapacityProgramme
    /// @dev Who is not registered would have its first stake paid out instead of locked.
    function claim(address provider, uint256 maxWindows) external returns (uint256 amount) {
        require(REGISTRY.isRegistered(provider), CapacityNotRegistered(provider));
        uint256 from = claimedTo(provider);
        uint256 closed = SPACETIME.closedWindows(provider);
        require(from < closed && maxWindows != 0, CapacityNothingDue(from, closed));
        uint256 to = from + Math.min(closed - from, maxWindows);
        for (uint256 window = from; window < to; ++window) {
            uint256 proven = PROOFS.provenCapacity(provider, uint40(window));
            if (proven == 0) continue;
            uint256 paid = paidIn[window];
            uint256 due = Math.min(_dueFor(proven), MOST_PER_PERIOD - paid);
            paidIn[window] = paid + due;
            amount += due;
        }
        _claimedTo[provider] = uint40(to);
        emit CapacityRewarded(provider, uint40(from), uint40(to), amount);
        _reward(provider, amount);
    }

    /// @inheritdoc ICapacityProgramme
    function claimedTo(address provider) public view returns (uint40) {
        uint40 reached = _claimedTo[provider];
        return reached < FIRST_WINDOW ? FIRST_WINDOW : reached;
    }

    /// @dev A source that claims more than 2^128 elements means all of them.
    function _dueFor(uint256 elements) private view returns (uint256) {
        return Math.min((Math.min(elements, type(uint128).max) * RATE) >> 64, MOST_PER_WINDOW);
    }
}
