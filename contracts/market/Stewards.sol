// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IDealChanges} from "../interfaces/IDealChanges.sol";
import {Terms} from "../types/Deal.sol";
import {Stewardship} from "../types/Market.sol";
import {MarketState} from "./MarketState.sol";

/// @title Who may approve a replacement while the client is away, and how often
/// @dev n - k approvals leave k replicas that the client has chosen itself: enough for its file, whatever the steward did.
abstract contract Stewards is MarketState {
    /// @dev Uses up one of the steward's approvals, or reverts. `terms` must be those of the deal.
    function _countApproval(
        address steward,
        bytes32 dealKey,
        Terms calldata terms,
        uint256 price,
        uint256 collateral
    ) internal {
        _requireApproval(steward, dealKey, terms, price, collateral);
        _useApproval(steward, dealKey);
    }

    /// @dev Reverts unless the steward may approve of this now. `terms` must be those of the deal.
    function _requireApproval(
        address steward,
        bytes32 dealKey,
        Terms calldata terms,
        uint256 price,
        uint256 collateral
    ) internal view {
        Stewardship storage found = _deals[dealKey].stewardship;
        address acting = terms.steward;
        if (found.named) {
            acting = found.steward;
            require(block.number <= found.until, IDealChanges.MarketStewardExpired(found.until, block.number));
            require(price <= found.maxPrice, IDealChanges.MarketStewardPrice(found.maxPrice, price));
            require(
                collateral >= found.minCollateral,
                IDealChanges.MarketStewardCollateral(found.minCollateral, collateral)
            );
        }
        require(acting == steward, IDealChanges.MarketNotSteward(acting, steward));
        uint8 most = terms.slots - terms.threshold;
        require(found.approvals < most, IDealChanges.MarketApprovalsUsedUp(most));
    }

    /// @dev What `_requireApproval` allowed has happened.
    function _useApproval(address steward, bytes32 dealKey) internal {
        uint8 approvals = ++_deals[dealKey].stewardship.approvals;
        emit IDealChanges.ReplacementApproved(dealKey, steward, approvals);
    }
}
