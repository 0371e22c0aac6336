// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IRewardFund} from "./IRewardFund.sol";

/// @title A programme that pays for proven empty capacity, out of a fund and under caps of its own
/// @notice Nobody burned a fee for an empty disk, so nothing here is bounded by one: whoever funds the programme gives its money away, at
/// most `mostPerPeriod` a period, to whoever proves capacity. One operator may have many identities, so the cap of a window holds
/// back one lane and not one operator; the cap of a period holds back all.
interface ICapacityProgramme is IRewardFund {
    error CapacityNotRegistered(address provider);
    error CapacityNothingDue(uint256 claimedTo, uint256 closed);

    /// @param from First window of the claim, and the one after its last.
    /// @param amount May be less than was proven: what a period's cap leaves goes to who claims first.
    event CapacityRewarded(address indexed provider, uint40 from, uint40 to, uint256 amount);

    /// @notice ANYONE: rewards a registered provider for up to `maxWindows` of its closed windows.
    function claim(address provider, uint256 maxWindows) external returns (uint256 amount);

    /// @notice First window of the provider that is not claimed for.
    function claimedTo(address provider) external view returns (uint40 window);

    /// @notice Base units that were paid for the period in which the lanes' windows of this number open.
    function paidIn(uint256 window) external view returns (uint256);
}
