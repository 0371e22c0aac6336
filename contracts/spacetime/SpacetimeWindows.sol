// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ISpacetimeProofs} from "../interfaces/ISpacetimeProofs.sol";
import {Windows} from "../libraries/Windows.sol";

/// @title When a lane's windows open and close
abstract contract SpacetimeWindows is ISpacetimeProofs {
    using SafeCast for uint256;

    error WindowGapTooShort(uint256 period, uint256 windowLength);

    /// @inheritdoc ISpacetimeProofs
    uint256 public immutable GENESIS;
    /// @inheritdoc ISpacetimeProofs
    uint256 public immutable PERIOD;
    /// @inheritdoc ISpacetimeProofs
    uint256 public immutable WINDOW_LENGTH;

    /// @param genesis 0 for the block of the deployment.
    constructor(uint256 genesis, uint256 period, uint256 windowLength) {
        // Retired replicas leave in the gap, and provers of a chain that stalls need it: a fifth of the period at least.
        require(windowLength != 0 && windowLength + Math.ceilDiv(period, 5) <= period, WindowGapTooShort(period, windowLength));
        GENESIS = genesis == 0 ? block.number : genesis;
        (PERIOD, WINDOW_LENGTH) = (period, windowLength);
    }

    /// @inheritdoc ISpacetimeProofs
    function phaseOf(address provider) external view returns (uint256) {
        return Windows.phaseOf(provider, PERIOD);
    }

    /// @inheritdoc ISpacetimeProofs
    function openingOf(address provider, uint40 window) external view returns (uint256) {
        return _openingOf(provider, window);
    }

    /// @inheritdoc ISpacetimeProofs
    function closeOf(address provider, uint40 window) external view returns (uint256) {
        return _closeOf(provider, window);
    }

    /// @inheritdoc ISpacetimeProofs
    function nextOpening(address provider, uint256 blockNumber) external view returns (uint40) {
        return Windows.nextOpening(_firstOpening(provider), PERIOD, blockNumber).toUint40();
    }

    /// @inheritdoc ISpacetimeProofs
    function closedWindows(address provider) external view returns (uint40) {
        return uint40(_closedOf(provider));
    }

    /// @return drawn First window whose opening is still to come.
    /// @return closed First window that is not closed; one less than `drawn` while a window lasts.
    function _windowsOf(address provider) internal view returns (uint256 drawn, uint256 closed) {
        uint256 first = _firstOpening(provider);
        drawn = Windows.nextOpening(first, PERIOD, block.number);
        closed = Windows.closedAt(first, PERIOD, WINDOW_LENGTH, block.number);
    }

    function _closedOf(address provider) internal view returns (uint256) {
        return Windows.closedAt(_firstOpening(provider), PERIOD, WINDOW_LENGTH, block.number);
    }

    function _firstOpening(address provider) internal view returns (uint256) {
        return GENESIS + Windows.phaseOf(provider, PERIOD);
    }

    function _openingOf(address provider, uint256 window) internal view returns (uint256) {
        return Windows.openingOf(_firstOpening(provider), PERIOD, window);
    }

    function _closeOf(address provider, uint256 window) internal view returns (uint256) {
        return _openingOf(provider, window) + WINDOW_LENGTH;
    }
}
