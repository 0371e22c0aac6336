// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Endings} from "../../contracts/libraries/Endings.sol";
import {Fuzz} from "./Fuzz.sol";

contract EndingsTest is Fuzz {
    function testFuzz_ACancelPaysTheNextOpeningAndTheLeastWindowsAndNeverProlongs(uint16 end, uint16 least, uint16 opened)
        external
        pure
    {
        uint256 cancelled = Endings.cancelled(end, least, opened);
        check(cancelled <= end, "never longer");
        check(cancelled == end || cancelled > opened, "the next opening is paid");
        check(cancelled == end || cancelled >= least, "the least windows are paid");
        check(cancelled == end || cancelled == uint256(opened) + 1 || cancelled == least, "and no more");
    }

    function testFuzz_AStopCountsWhatHasOpened(uint16 end, uint16 opened) external pure {
        uint256 stopped = Endings.stopped(end, opened);
        same(end < opened ? end : opened, stopped, "stopped");
    }

    function testFuzz_APenaltyIsBelowHidingAndBelowHalfOfWhatRemains(uint16 remaining, uint112 price, uint8 kept, uint112 burn)
        external
        pure
    {
        kept = uint8(within(kept, 1, type(uint8).max));
        uint256 penalty = Endings.penalty(remaining, price, kept, burn);
        check(2 * penalty <= uint256(remaining) * price, "half");
        check(penalty <= uint256(remaining) * ((uint256(kept) - 1) * price + uint256(kept) * burn), "hiding");
    }

    function testFuzz_APenaltyNeverGrowsAsWindowsPass(uint16 remaining, uint112 price, uint8 kept, uint112 burn)
        external
        pure
    {
        kept = uint8(within(kept, 1, type(uint8).max));
        if (remaining == 0) return;
        uint256 later = Endings.penalty(remaining - 1, price, kept, burn);
        check(later <= Endings.penalty(remaining, price, kept, burn), "later is cheaper");
    }
}
