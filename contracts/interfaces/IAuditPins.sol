// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Filling} from "../types/Deal.sol";
import {PinBid} from "../types/Pin.sol";

/// @title Audit pins: a client makes the next window of its provider ask for its own replica
/// @notice A quarter of the window's draws (floor(K / 4)) then falls on that replica, however much else the provider holds.
/// Prices are bounded by the other three quarters, so that a provider who pins bytes of its own gains nothing by it.
interface IAuditPins {
    error PinNotClient(address client, address caller);
    /// @dev The circuit has too few challenges: a quarter of them is none.
    error PinNoDraws(uint256 least, uint256 challenges);
    error PinReplicaOver(uint256 end, uint256 window);
    error PinFeeTooLow(uint256 needed, uint256 fee);
    error PinMinimumFeeZero();

    event ReplicaPinned(
        address indexed provider, uint40 indexed window, bytes32 indexed root, address client, uint128 fee
    );

    /// @notice CLIENT of an active replica: pins the lane's next window (the next one to open) to it and burns `fee` of the
    /// caller's vault account. Another pin of the same window is outbid by twice its fee, which stays burned.
    /// Warning: if the replica leaves the bag before the opening, the window is drawn from the whole bag.
    function pin(Filling calldata filling, uint128 fee) external;

    /// @notice What a pin of the lane's next window costs at least now.
    function leastFee(address provider) external view returns (uint256);

    /// @notice The highest bid so far, for the last window that anybody pinned.
    function bidOf(address provider) external view returns (PinBid memory);

    /// @notice The least fee of any pin.
    function MINIMUM_FEE() external view returns (uint256);
}
