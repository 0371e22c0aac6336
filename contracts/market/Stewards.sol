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
        uint8 approvals = found.approvals;
        require(approvals < most, IDealChanges.MarketApprovalsUsedUp(most));
        found.approvals = approvals + 1;
        emit IDealChanges.ReplacementApproved(dealKey, steward, approvals + 1);
    }
}
