// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Windows} from "../../contracts/libraries/Windows.sol";
import {Fuzz} from "./Fuzz.sol";

contract WindowsTest is Fuzz {
    function testFuzz_NextOpeningIsTheSmallestOneAfterTheBlock(uint40 first, uint40 period, uint40 block_) external pure {
        period = uint40(within(period, 1, type(uint40).max));
        uint256 next = Windows.nextOpening(first, period, block_);
        check(Windows.openingOf(first, period, next) > block_, "after");
        if (next != 0) check(Windows.openingOf(first, period, next - 1) <= block_, "smallest");
    }

    function testFuzz_ClosedCountsTheWindowsWhoseLastBlockIsPast(uint40 first, uint40 period, uint40 length, uint40 block_)
        external
        pure
    {
        period = uint40(within(period, 5, type(uint40).max));
        length = uint40(within(length, 1, (uint256(period) * 4) / 5));
        uint256 closed = Windows.closedAt(first, period, length, block_);
        check(Windows.openingOf(first, period, closed) + length >= block_, "the next one is not closed");
        if (closed != 0) check(Windows.openingOf(first, period, closed - 1) + length < block_, "the last one is");
        uint256 open = Windows.nextOpening(first, period, block_) - closed;
        check(open <= 1, "at most one window at a time");
    }

    function testFuzz_PhaseIsWithinThePeriod(address provider, uint40 period) external pure {
        if (period == 0) return;
        check(Windows.phaseOf(provider, period) < period, "phase");
    }
}
