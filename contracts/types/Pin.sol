// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev The highest fee burned for a pin of a lane, and the window it was for.
struct PinBid {
    uint128 fee;
    uint40 window;
}
