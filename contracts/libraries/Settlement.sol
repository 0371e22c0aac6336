// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ISpacetimeProofs} from "../interfaces/ISpacetimeProofs.sol";
import {Bits} from "./Bits.sol";

/// @title What a provider's bitmap says about a run of windows
library Settlement {
    /// @notice Reads `count` closed windows from `first` on and stops right after the miss number `survivable + 1`, wherever
    /// the caller cut its runs: that is why `settle(a); settle(b)` pays what `settle(a + b)` pays.
    /// @return examined Windows read, the failing one included.
    /// @return missed Misses among them; more than `survivable` exactly if the replica failed.
    function tally(ISpacetimeProofs proofs, address provider, uint256 first, uint256 count, uint256 survivable)
        internal
        view
        returns (uint256 examined, uint256 missed)
    {
        while (examined < count) {
            uint256 window = first + examined;
            uint256 offset = window & 255;
            uint256 take = 256 - offset;
            if (take > count - examined) take = count - examined;

            uint256 misses = ~(proofs.provenWord(provider, window >> 8) >> offset) & Bits.low(take);
            uint256 found = Bits.popcount(misses);
            if (missed + found > survivable) {
                return (examined + Bits.select(misses, survivable - missed) + 1, survivable + 1);
            }
            missed += found;
            examined += take;
        }
    }
}
