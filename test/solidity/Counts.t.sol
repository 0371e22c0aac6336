// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Counts} from "../../contracts/libraries/Counts.sol";
import {Fuzz} from "./Fuzz.sol";

contract CountsTest is Fuzz {
    using Counts for uint256;

    uint256 private constant LAST = Counts.MIN_CLASS + Counts.CLASSES - 1;

    function testFuzz_WeightIsTheSumOfAllSizes(uint256 counts) external pure {
        counts >>= 1; // 15 classes of 17 bits
        uint256 sum;
        for (uint256 m = Counts.MIN_CLASS; m <= LAST; ++m) sum += counts.countOf(m) * 2 ** m;
        same(sum, counts.weight(), "weight");
        check(counts.weight() < 2 ** 45, "no lane outgrows 45 bits");
    }

    function testFuzz_OneMoreTouchesItsOwnClassOnly(uint256 counts, uint256 m) external pure {
        counts >>= 1;
        m = within(m, Counts.MIN_CLASS, LAST);
        if (counts.countOf(m) == Counts.MAX_COUNT) return;
        uint256 more = counts.plusOne(m);
        for (uint256 other = Counts.MIN_CLASS; other <= LAST; ++other) {
            same(counts.countOf(other) + (other == m ? 1 : 0), more.countOf(other), "count");
        }
        same(counts.weight() + (1 << m), more.weight(), "weight");
        same(counts, more.minusOne(m), "and back");
    }
}
