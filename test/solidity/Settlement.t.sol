// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Settlement} from "../../contracts/libraries/Settlement.sol";
import {ISpacetimeProofs} from "../../contracts/interfaces/ISpacetimeProofs.sol";
import {Fuzz} from "./Fuzz.sol";

contract SettlementTest is Fuzz {
    uint256 private constant WINDOWS = 1_024;

    uint256[4] private _bitmap;

    /// @dev The lane's bitmap, as the library asks for it.
    function provenWord(address, uint256 index) external view returns (uint256) {
        return _bitmap[index];
    }

    function testFuzz_TallyStopsAtTheMissThatIsOneTooMany(
        uint256[4] calldata bitmap,
        uint256 first,
        uint256 count,
        uint256 survivable
    ) external {
        _bitmap = bitmap;
        first = within(first, 0, WINDOWS - 1);
        count = within(count, 1, WINDOWS - first);
        survivable = within(survivable, 0, 600);
        (uint256 examined, uint256 missed) = _tally(first, count, survivable);
        (uint256 expectedExamined, uint256 expectedMissed) = _oneByOne(first, count, survivable);
        same(expectedExamined, examined, "examined");
        same(expectedMissed, missed, "missed");
    }

    function testFuzz_TwoRunsFindWhatOneRunFinds(
        uint256[4] calldata bitmap,
        uint256 first,
        uint256 count,
        uint256 cut,
        uint256 survivable
    ) external {
        _bitmap = bitmap;
        first = within(first, 0, WINDOWS - 2);
        count = within(count, 2, WINDOWS - first);
        cut = within(cut, 1, count - 1);
        survivable = within(survivable, 0, 600);
        (uint256 examined, uint256 missed) = _tally(first, count, survivable);
        (uint256 examinedOnce, uint256 missedOnce) = _tally(first, cut, survivable);
        if (missedOnce <= survivable) {
            (uint256 more, uint256 missedMore) = _tally(first + cut, count - cut, survivable - missedOnce);
            (examinedOnce, missedOnce) = (examinedOnce + more, missedOnce + missedMore);
        }
        same(examined, examinedOnce, "examined");
        same(missed, missedOnce, "missed");
    }

    function _tally(uint256 first, uint256 count, uint256 survivable) private view returns (uint256, uint256) {
        return Settlement.tally(
            ISpacetimeProofs(address(this)), address(0), first, count, survivable, _bitmap[first >> 8]
        );
    }

    function _oneByOne(uint256 first, uint256 count, uint256 survivable)
        private
        view
        returns (uint256 examined, uint256 missed)
    {
        for (; examined < count && missed <= survivable; ++examined) {
            uint256 window = first + examined;
            if ((_bitmap[window / 256] >> (window % 256)) & 1 == 0) ++missed;
        }
    }
}
